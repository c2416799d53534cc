"""The platform from an operator's view: status, a data job, the kill of every process."""

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from uuid import uuid4

import httpx
import polars as pl
import psutil
import pytest

from tests.journeys.test_shopping import order, put_in_cart, status
from tests.support.platform import PlatformProcess
from tests.support.platform_client import PlatformClient
from tests.support.waiting import eventually
from webapp.config import PROJECT_ROOT

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(400)]


def is_healthy(platform: PlatformProcess) -> bool:
    return platform.run_command("status").returncode == 0


def test_status_and_doctor_report_a_healthy_platform(platform: PlatformProcess) -> None:
    state = platform.read_status()
    names = {part["name"] for part in state["processes"]}

    assert {"postgres", "valkey", "stripe", "web", "jobs", "ray"} <= names
    assert state["memoryBytes"] > 500_000_000
    doctor = platform.run_command("doctor")
    assert doctor.returncode == 0, doctor.stdout


def test_a_data_engineer_exports_the_orders(platform: PlatformProcess) -> None:
    exports = platform.run_command("env").stdout
    submit = f"{shlex.quote(sys.executable)} -m ray.scripts.scripts job submit"
    result = subprocess.run(
        ["/bin/sh", "-c", f"{exports}\n{submit} -- python -m jobs.batch.export_orders"],
        cwd=PROJECT_ROOT,
        env=platform.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    storage = platform.var / "storage"
    manifest = json.loads((storage / "dataset/manifest.json").read_text())
    months = manifest["tables"]["order_lines"].values()
    lines = pl.scan_parquet([storage / month["file"]["path"] for month in months])
    assert len(lines.collect()) > 1000


def list_listening_addresses(pid: int) -> set[str]:
    """Of a process and those it started; empty for one that has done its work."""
    found = set()
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            for connection in process.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    found.add(connection.laddr.ip)
    return found


def test_no_part_but_ray_listens_beyond_loopback(platform: PlatformProcess) -> None:
    """What Ray does is for the firewall: docs/security.md."""
    addresses = {
        part["name"]: list_listening_addresses(part["pid"])
        for part in platform.read_status()["processes"]
        if part["pid"] is not None and part["name"] not in {"ray", "supervisor"}
    }

    listening = {name for name, found in addresses.items() if found}
    assert listening == {"embedder", "postgres", "stripe", "valkey", "web"}
    assert set().union(*addresses.values()) == {"127.0.0.1"}


@pytest.mark.parametrize(
    "name",
    [
        *("web", "jobs"),
        *("stripe", "valkey", "postgres", "ray", "embedder"),
    ],
)
def test_a_killed_process_is_restarted_and_nothing_is_lost(
    customer: PlatformClient, platform: PlatformProcess, name: str
) -> None:
    [part] = [p for p in platform.read_status()["processes"] if p["name"] == name]
    product = put_in_cart(customer)
    key = {"Idempotency-Key": str(uuid4())}

    os.kill(part["pid"], signal.SIGKILL)

    def place_order() -> str | None:
        """The order's id, once a retry with the same key succeeds."""
        try:
            response = order(customer, "pm_card_visa", **key)
        except httpx.TransportError:
            return None
        if response.status_code in {201, 202}:
            return str(response.json()["orderId"])
        assert response.status_code in {409, 503}, response.text
        return None

    order_id = eventually(place_order, within=120)
    eventually(lambda: status(customer, order_id) == "PROCESSING", within=120)
    stock = customer.get_with_retry(f"/products/{product['productId']}")["stock"]
    assert stock == product["stock"] - 1

    def count_restarts() -> int:
        [now] = [p for p in platform.read_status()["processes"] if p["name"] == name]
        return int(now["restarts"]) - int(part["restarts"])

    # An order is placed and processed without the jobs, and sooner than their end is seen.
    assert eventually(count_restarts, within=60) == 1
    # For Ray this means that both agents have been deployed again.
    assert eventually(lambda: is_healthy(platform), within=200)
    assert count_restarts() == 1


def test_a_second_start_keeps_the_data_of_the_first(
    customer: PlatformClient, platform: PlatformProcess
) -> None:
    accounts = platform.accounts
    put_in_cart(customer)
    order_id = order(customer, "pm_card_visa").json()["orderId"]
    eventually(lambda: status(customer, order_id) == "PROCESSING")
    in_cart = put_in_cart(customer)

    assert platform.stop() == 0
    platform.start()

    # The earlier sign-in is still valid.
    assert status(customer, order_id) == "PROCESSING"
    cart = customer.expect_ok("GET", "/cart")
    assert [line["productId"] for line in cart["items"]] == [in_cart["productId"]]
    assert platform.accounts == accounts
    assert order(customer, "pm_card_visa").status_code == 201
