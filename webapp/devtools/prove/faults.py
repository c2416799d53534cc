"""Fault injection between the shop and Stripe, by the simulator's control API."""

import threading
from contextlib import suppress
from random import Random
from typing import Any

import httpx

from webapp.adapters.payments.port import LedgerEntry
from webapp.devtools.prove.counters import Counters

POLL_S = 0.5
CHARGE, REFUND = "payment_intents.create", "refunds.create"
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_reply", "target": CHARGE, "probability": 0.06},
    {"kind": "drop_reply", "target": REFUND, "probability": 0.1},
    {"kind": "timeout", "target": CHARGE, "probability": 0.004, "seconds": 18},
    {"kind": "slow", "target": CHARGE, "probability": 0.02, "seconds": 1},
    {"kind": "error_before", "probability": 0.03},
    {"kind": "error_after", "probability": 0.04},
    {"kind": "rate_limit", "probability": 0.02},
    {"kind": "duplicate_webhook", "probability": 0.15},
    {"kind": "delay_webhook", "probability": 0.05, "seconds": 10},
    {"kind": "reorder_webhook", "probability": 0.1, "seconds": 5},
    {"kind": "lose_webhook", "probability": 0.05},
)
LOST_REPLY: dict[str, Any] = {
    "kind": "drop_reply",
    "target": CHARGE,
    "probability": 0.7,
}
"""For mutants: most responses to a charge are lost, also those to the SDK's own retries."""


class SimulatorClient:
    """Client of the simulator's control API; a killed simulator loses its armed faults."""

    def __init__(
        self,
        address: str,
        api_key: str,
        random: Random,
        faults: tuple[dict[str, Any], ...],
    ) -> None:
        self._control = f"{address}/_simulator"
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._armed = [
            {"count": None, "seed": random.getrandbits(31), **fault} for fault in faults
        ]

    def arm_faults(self) -> None:
        """Raises `httpx.HTTPError`."""
        self.clear_faults()
        for fault in self._armed:
            self._request("POST", "faults", json=fault)

    def clear_faults(self) -> None:
        self._request("DELETE", "faults")

    def count_triggered(self) -> int | None:
        """Return how often faults were triggered; `None` when none are armed any more."""
        faults = self._request("GET", "faults")["faults"]
        return sum(fault["struck"] for fault in faults) if faults else None

    def count_waiting_webhooks(self) -> int:
        waiting: int = self._read_state()["deliveries"].get("waiting", 0)
        return waiting

    def read_ledger(self) -> list[LedgerEntry]:
        """Return all payments by order."""
        return [LedgerEntry.from_row(row) for row in self._read_state()["orders"]]

    def _read_state(self) -> dict[str, Any]:
        """Return counts of objects, charges by order, and webhook deliveries by state."""
        return self._request("GET", "state", timeout=30)

    def _request(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        url = f"{self._control}/{path}"
        response = httpx.request(method, url, headers=self._headers, **more)
        body: dict[str, Any] = response.raise_for_status().json()
        return body


class FaultInjector(threading.Thread):
    """Keeps the faults armed while buyers run, also after a restart of the simulator."""

    def __init__(self, simulator: SimulatorClient, counters: Counters) -> None:
        super().__init__(name="fault-injector", daemon=True)
        self._simulator = simulator
        self._counters = counters
        self._stopping = threading.Event()
        self._triggered_before_restart = 0
        self._triggered_now = 0

    def run(self) -> None:
        while not self._stopping.is_set():
            with suppress(httpx.HTTPError):
                self._poll()
            self._stopping.wait(POLL_S)

    def stop(self) -> None:
        """Stop and disarm all faults. Raises `httpx.HTTPError`."""
        self._stopping.set()
        self.join()
        self._simulator.clear_faults()

    def _poll(self) -> None:
        triggered = self._simulator.count_triggered()
        if triggered is None:
            # Faults triggered between the last poll and the kill are not counted.
            self._triggered_before_restart += self._triggered_now
            self._triggered_now = 0
            self._simulator.arm_faults()
        else:
            self._triggered_now = triggered
            self._counters.set_value(
                "faults", self._triggered_before_restart + self._triggered_now
            )
