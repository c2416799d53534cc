"""Clients that hold connections and send next to nothing do not stop the shop."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.support.platform import PlatformProcess, running_platform
from tests.support.platform_client import PlatformClient
from webapp.config import PROJECT_ROOT
from webapp.devtools.prove.buyer import ADDRESS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ANSWER_WITHIN_S = 5.0
"""Less than a slow request may take, which an answer would wait for."""
ATTACKED_FOR_S = 20.0
"""Longer than the grace of a slow request, so that the server also closes and reopens."""


@contextmanager
def shop(**settings: str) -> Iterator[PlatformProcess]:
    with (
        TemporaryDirectory(prefix="ecom67 attack ") as folder,
        running_platform(
            Path(folder) / "var",
            DISABLED_PARTS="ray, agents",
            REVIEW_THRESHOLD="101",
            CHAT_CONNECTIONS_PER_ACCOUNT="1000",
            **settings,
        ) as platform,
    ):
        yield platform


@contextmanager
def attacked(
    platform: PlatformProcess, *, sources: str, token: str
) -> Iterator[subprocess.Popen[str]]:
    """500 slow bodies, 500 slow heads, 5,000 silent connections and 500 chats."""
    attack = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.support.slow_clients"),
            *(platform.environment["PORT"], "--from", sources, "--token", token),
            *("--bodies=500", "--heads=500", "--idle=5000", "--sockets=500"),
        ],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert attack.stdout is not None
        assert attack.stdout.readline() == "attacking\n"
        yield attack
        attack.communicate("", timeout=30)
    finally:
        attack.kill()
        attack.wait()


def measure(call: Callable[[], None]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def add_product(platform: PlatformProcess) -> str:
    """One that is not sold out by the orders of this test."""
    product = {
        "name": "Enamel mug",
        "description": "Holds what it is asked to",
        "category": "Kitchen",
        "price": 12.5,
        "stock": 10_000,
    }
    with PlatformClient(platform.address) as admin:
        admin.sign_in(**platform.accounts["admin"])
        added = admin.expect_ok("POST", "/products", json=product)
    return str(added["productId"])


def check_health(platform: PlatformProcess) -> None:
    httpx.get(f"{platform.address}/healthz").raise_for_status()


def order(platform: PlatformProcess, token: str, product_id: str) -> None:
    """Put the product in the cart and pay for it, on a new connection."""
    line = {"productId": product_id, "quantity": 1}
    body = {"paymentMethodId": "pm_card_visa", "shippingAddress": ADDRESS}
    with PlatformClient(platform.address).use_token(token) as customer:
        customer.expect_ok("POST", "/cart", json=line)
        placed = customer.expect_ok("POST", "/orders", json=body)
    assert placed["paymentStatus"] == "PAID"


@pytest.mark.parametrize(
    ("sources", "cap"),
    [
        (",".join(f"127.0.0.{last}" for last in range(2, 10)), "100"),
        ("127.0.0.1", "0"),
    ],
    ids=["eight addresses, capped", "the prober's address, not capped"],
)
def test_the_shop_answers_while_thousands_of_slow_clients_are_connected(
    sources: str, cap: str
) -> None:
    with (
        shop(WEB_CONNECTIONS_PER_ADDRESS=cap) as platform,
        PlatformClient(platform.address) as customer,
    ):
        product_id = add_product(platform)
        customer.sign_in(**platform.accounts["customer"])
        order(platform, customer.token, product_id)
        times: dict[str, list[float]] = {"health": [], "checkout": []}

        with attacked(platform, sources=sources, token=customer.token):
            until = time.monotonic() + ATTACKED_FOR_S
            while time.monotonic() < until:
                times["health"].append(measure(lambda: check_health(platform)))
                times["checkout"].append(
                    measure(lambda: order(platform, customer.token, product_id))
                )
                time.sleep(0.2)

        # One probe may wait for the machine, which attackers and shop share.
        slowest = {what: sorted(taken)[-2] for what, taken in times.items()}
        assert all(taken < ANSWER_WITHIN_S for taken in slowest.values()), slowest
        assert len(times["checkout"]) >= 10
