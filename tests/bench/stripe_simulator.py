"""Benchmark of the Stripe simulator: payments per second, webhooks included.

It must not limit a benchmark of the checkout: the goal is 300 payments per second. The client is
as cheap as Python allows, but shares the machine with the simulator and the receiver.
"""

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from tests.support.stripe_simulator import (
    API_KEY,
    RunningSimulator,
    running_simulator,
)
from tests.support.waiting import eventually
from tests.support.webhook_receiver import webhook_receiver

PAYMENTS = 3_000
CONNECTIONS = (1, 8, 32)


def pay(port: int, payments: int) -> list[float]:
    """Send payments in sequence on one connection; return the latency of each in seconds."""
    connection = HTTPConnection("127.0.0.1", port)
    latencies_s = []
    for _ in range(payments):
        key = str(uuid4())
        form = {
            "amount": "2500",
            "currency": "usd",
            "allowed_payment_method_types[0]": "card",
            "payment_method": "pm_card_visa",
            "confirm": "true",
            "metadata[order_id]": key,
        }
        headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key}
        started_at = time.perf_counter()
        connection.request("POST", "/v1/payment_intents", urlencode(form), headers)
        response = connection.getresponse()
        response.read()
        latencies_s.append(time.perf_counter() - started_at)
        assert response.status == 200
    connection.close()
    return latencies_s


def measure(simulator: RunningSimulator, connections: int) -> str:
    payments_each = PAYMENTS // connections
    started_at = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        runs = list(
            pool.map(pay, [simulator.port] * connections, [payments_each] * connections)
        )
    seconds = time.perf_counter() - started_at
    eventually(
        lambda: "waiting" not in simulator.read_state("")["deliveries"], within=120
    )
    delivered_after_s = time.perf_counter() - started_at
    latencies_ms = sorted(latency * 1_000 for run in runs for latency in run)
    return (
        f"{connections:>3} connections: {len(latencies_ms) / seconds:6.0f} payments/s, "
        f"median {statistics.median(latencies_ms):5.1f} ms, "
        f"99 % within {latencies_ms[len(latencies_ms) * 99 // 100]:6.1f} ms, "
        f"all webhooks delivered after {delivered_after_s:.1f} s"
    )


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        webhook_receiver() as receiver,
        running_simulator(Path(folder), webhook_port=receiver.port) as simulator,
    ):
        for connections in CONNECTIONS:
            print(measure(simulator, connections))


if __name__ == "__main__":
    main()
