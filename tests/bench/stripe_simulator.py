"""How many payments a second the Stripe simulator takes, webhooks included.

It must not be what limits a bench of the checkout: 300 a second is wanted. The client is
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
    wait_until,
)
from tests.support.webhook_receiver import webhook_receiver

PAYMENTS = 3_000
CONNECTIONS = (1, 8, 32)


def pay(port: int, payments: int) -> list[float]:
    """Seconds of each of these payments, one after the other on one connection."""
    line = HTTPConnection("127.0.0.1", port)
    took = []
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
        began = time.perf_counter()
        line.request("POST", "/v1/payment_intents", urlencode(form), headers)
        reply = line.getresponse()
        reply.read()
        took.append(time.perf_counter() - began)
        assert reply.status == 200
    line.close()
    return took


def measure(simulator: RunningSimulator, connections: int) -> str:
    share = PAYMENTS // connections
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        runs = list(
            pool.map(pay, [simulator.port] * connections, [share] * connections)
        )
    seconds = time.perf_counter() - began
    wait_until(
        lambda: "waiting" not in simulator.read_state("")["deliveries"], timeout_s=120
    )
    told = time.perf_counter() - began
    took = sorted(each * 1_000 for run in runs for each in run)
    return (
        f"{connections:>3} connections: {len(took) / seconds:6.0f} payments/s, "
        f"median {statistics.median(took):5.1f} ms, "
        f"99 % within {took[len(took) * 99 // 100]:6.1f} ms, "
        f"all webhooks out after {told:.1f} s"
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
