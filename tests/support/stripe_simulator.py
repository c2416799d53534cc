"""Runs the Stripe simulator in its own process and controls it over HTTP."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import stripe

from tests.support.ports import free_port
from tests.support.waiting import eventually
from webapp.adapters.payments.stripe import StripeGateway

API_KEY = "sk_test_of_the_tests"
WEBHOOK_SECRET = "whsec_of_the_tests"
SITE = "http://shop.test"
START_TIMEOUT_S = 25.0
MODULE = "webapp.devtools.stripe_simulator.serve"


@dataclass
class RunningSimulator:
    folder: Path
    webhook_port: int
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @cached_property
    def http(self) -> httpx.Client:
        """Client for requests that the SDK would not send; cached: a new one costs 20 ms."""
        return httpx.Client(base_url=self.address)

    @cached_property
    def control(self) -> httpx.Client:
        """Client of the control API, with its key."""
        headers = {"Authorization": f"Bearer {API_KEY}"}
        return httpx.Client(base_url=f"{self.address}/_simulator", headers=headers)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", MODULE],
            env=os.environ
            | {
                "VAR_DIR": str(self.folder),
                "STRIPE_SIMULATOR_PORT": str(self.port),
                "PORT": str(self.webhook_port),
                "STRIPE_API_KEY": API_KEY,
                "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
                "LOG_LEVEL": "ERROR",
            },
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self._is_responding, within=START_TIMEOUT_S)

    def kill(self) -> None:
        """Kill all processes as a power cut would: no signal handler runs."""
        self._stop(signal.SIGKILL)

    def stop(self) -> None:
        self._stop(signal.SIGTERM)

    def _stop(self, signal_number: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal_number)
            self._process.wait(timeout=START_TIMEOUT_S)
            self._process = None

    def _is_responding(self) -> bool:
        try:
            return self.http.get("/healthz").is_success
        except httpx.TransportError:
            return False

    def build_gateway(
        self, *, read_timeout_s: float = 15.0, retries: int = 2
    ) -> StripeGateway:
        return StripeGateway(
            api_key=API_KEY,
            webhook_secret=WEBHOOK_SECRET,
            site=SITE,
            api_base=self.address,
            read_timeout_s=read_timeout_s,
            retries=retries,
        )

    def build_sdk_client(self, *, retries: int = 0) -> stripe.StripeClient:
        """Build a client of the SDK, for operations that the shop's gateway does not have."""
        return stripe.StripeClient(
            API_KEY,
            base_addresses={"api": self.address},
            max_network_retries=retries,
        )

    def arm_fault(self, kind: str, **parameters: object) -> None:
        response = self.control.post("/faults", json={"kind": kind, **parameters})
        assert response.is_success, response.text

    def list_faults(self) -> list[dict[str, Any]]:
        faults: list[dict[str, Any]] = self.control.get("/faults").json()["faults"]
        return faults

    def clear_faults(self) -> None:
        self.control.delete("/faults").raise_for_status()

    def authenticate(self, intent_id: str, *, succeeds: bool) -> None:
        self.control.post(
            f"/authenticate/{intent_id}", json={"succeeds": succeeds}
        ).raise_for_status()

    def fail_refund(self, refund_id: str) -> None:
        self.control.post(f"/refunds/{refund_id}/fail").raise_for_status()

    def subscribe(self, *events: str) -> None:
        self.control.put("/webhook", json={"enabled_events": events}).raise_for_status()

    def read_state(self, order_id: str | None = None) -> dict[str, Any]:
        params = {"order_id": order_id} if order_id is not None else {}
        response = self.control.get("/state", params=params)
        state: dict[str, Any] = response.raise_for_status().json()
        return state

    def count_charges_by_order(self) -> dict[str, int]:
        return {row["order_id"]: row["charges"] for row in self.read_state()["orders"]}

    def sum_payments(self, order_id: str) -> dict[str, int]:
        """Return the number of paid charges of an order, and the sums captured and refunded."""
        rows = self.read_state(order_id)["orders"]
        if not rows:
            return {"charges": 0, "captured_minor": 0, "refunded_minor": 0}
        names = ("charges", "captured_minor", "refunded_minor")
        return {name: rows[0][name] for name in names}


@contextmanager
def running_simulator(folder: Path, *, webhook_port: int) -> Iterator[RunningSimulator]:
    simulator = RunningSimulator(folder, webhook_port)
    try:
        simulator.start()
        yield simulator
    finally:
        simulator.stop()
        simulator.http.close()
        simulator.control.close()
