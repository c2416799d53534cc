"""What goes wrong between the shop and Stripe, armed in the simulator."""

import threading
from contextlib import suppress
from random import Random
from typing import Any

import httpx

from webapp.devtools.prove.counters import Counters

LOOK_SECONDS = 0.5
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
# Every answer to a charge of these is lost, also those to the SDK's own repetitions.
LOST_REPLY_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "drop_reply", "target": CHARGE, "probability": 0.7},
    {"kind": "duplicate_webhook", "probability": 0.5},
    {"kind": "lose_webhook", "probability": 0.3},
)


class SimulatorClient:
    """The switches of the simulator, which forgets its faults when it is killed."""

    def __init__(
        self, address: str, random: Random, faults: tuple[dict[str, Any], ...]
    ) -> None:
        self._control = f"{address}/_simulator"
        self._armed = [
            {"count": None, "seed": random.getrandbits(31), **fault} for fault in faults
        ]

    def break_things(self) -> None:
        """Raises `httpx.HTTPError`."""
        self.lift()
        for fault in self._armed:
            httpx.post(f"{self._control}/faults", json=fault).raise_for_status()

    def lift(self) -> None:
        httpx.delete(f"{self._control}/faults").raise_for_status()

    def struck(self) -> int | None:
        """How often; `None` when they have been forgotten."""
        listed = httpx.get(f"{self._control}/faults").raise_for_status()
        faults = listed.json()["faults"]
        return sum(fault["struck"] for fault in faults) if faults else None

    def read_state(self) -> dict[str, Any]:
        """Objects, money by order, webhooks on their way."""
        answer = httpx.get(f"{self._control}/state", timeout=30).raise_for_status()
        state: dict[str, Any] = answer.json()
        return state


class FaultInjector(threading.Thread):
    """Keeps the faults armed while buyers buy, also after the simulator was killed."""

    def __init__(self, stripe: SimulatorClient, tally: Counters) -> None:
        super().__init__(name="breaker", daemon=True)
        self._stripe = stripe
        self._tally = tally
        self._stopping = threading.Event()
        self._before = 0
        self._now = 0

    def run(self) -> None:
        while not self._stopping.is_set():
            with suppress(httpx.HTTPError):
                self._look()
            self._stopping.wait(LOOK_SECONDS)

    def stop(self) -> None:
        """Faults are lifted when it returns. Raises `httpx.HTTPError`."""
        self._stopping.set()
        self.join()
        self._stripe.lift()

    def _look(self) -> None:
        struck = self._stripe.struck()
        if struck is None:
            # What struck in the moment before it was killed is not known.
            self._before, self._now = self._before + self._now, 0
            self._stripe.break_things()
        else:
            self._now = struck
            self._tally.set_value("faults", self._before + self._now)
