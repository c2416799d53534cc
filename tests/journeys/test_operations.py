"""The platform as those see it who run it: status, a data job, death of every process."""

import os
import shlex
import signal
import subprocess
import sys
from uuid import uuid4

import httpx
import polars as pl
import pytest

from tests.journeys.test_shopping import order, put_in_cart, status
from tests.support.platform import PlatformProcess
from tests.support.platform_client import PlatformClient, eventually
from webapp.config import PROJECT_ROOT

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(400)]


def healthy(platform: PlatformProcess) -> bool:
    return platform.run_command("status").returncode == 0


def test_status_and_doctor_find_nothing_wrong(platform: PlatformProcess) -> None:
    state = platform.read_status()
    names = {part["name"] for part in state["processes"]}

    assert {"postgres", "valkey", "stripe", "web", "relay", "cron", "ray"} <= names
    assert state["memoryBytes"] > 500_000_000
    doctor = platform.run_command("doctor")
    assert doctor.returncode == 0, doctor.stdout


def test_a_data_engineer_exports_the_orders(platform: PlatformProcess) -> None:
    exports = platform.run_command("env").stdout
    submit = f"{shlex.quote(sys.executable)} -m ray.scripts.scripts job submit"
    done = subprocess.run(
        ["/bin/sh", "-c", f"{exports}\n{submit} -- python -m jobs.batch.export_orders"],
        cwd=PROJECT_ROOT,
        env=platform.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    lines = pl.scan_parquet(platform.var / "storage/**/*.parquet").collect()
    assert len(lines) > 1000


@pytest.mark.parametrize(
    "name",
    [
        *("web", "relay", "worker-1", "worker-2", "cron"),
        *("stripe", "valkey", "postgres", "ray"),
    ],
)
def test_a_killed_process_comes_back_and_nothing_is_lost(
    customer: PlatformClient, platform: PlatformProcess, name: str
) -> None:
    [part] = [p for p in platform.read_status()["processes"] if p["name"] == name]
    product = put_in_cart(customer)
    key = {"Idempotency-Key": str(uuid4())}

    os.kill(part["pid"], signal.SIGKILL)

    def shopped() -> str | None:
        """The order's id, once a client that simply tries again has got it."""
        try:
            response = order(customer, "pm_card_visa", **key)
        except httpx.TransportError:
            return None
        if response.status_code in {201, 202}:
            return str(response.json()["orderId"])
        assert response.status_code in {409, 503}, response.text
        return None

    order_id = eventually(shopped, within=120)
    eventually(lambda: status(customer, order_id) == "PROCESSING", within=120)
    left = customer.get_with_retry(f"/products/{product['productId']}")["stock"]
    assert left == product["stock"] - 1
    # Of Ray that means that both agents have been deployed again.
    assert eventually(lambda: healthy(platform), within=200)
    [revived] = [p for p in platform.read_status()["processes"] if p["name"] == name]
    assert revived["restarts"] == part["restarts"] + 1


def test_a_second_start_has_what_the_first_one_had(
    customer: PlatformClient, platform: PlatformProcess
) -> None:
    accounts = platform.accounts
    put_in_cart(customer)
    order_id = order(customer, "pm_card_visa").json()["orderId"]
    eventually(lambda: status(customer, order_id) == "PROCESSING")
    waiting = put_in_cart(customer)

    assert platform.stop() == 0
    platform.start()

    # The sign-in of before is good, too.
    assert status(customer, order_id) == "PROCESSING"
    cart = customer.expect_ok("GET", "/cart")
    assert [line["productId"] for line in cart["items"]] == [waiting["productId"]]
    assert platform.accounts == accounts
    assert order(customer, "pm_card_visa").status_code == 201
