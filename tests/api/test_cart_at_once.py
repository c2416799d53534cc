"""Concurrent cart writes from two devices of one customer: each response shows its own write,
and the cart ends in one of the two states. Real commits on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.support.api_client import ApiClient

OnSale = Callable[..., UUID]
Write = Callable[[ApiClient, str], Any]
ROUNDS = 20


def setting(quantity: int) -> Write:
    def write(device: ApiClient, kettle: str) -> Any:
        body = {"productId": kettle, "quantity": quantity}
        return device.expect_ok("POST", "/cart", body)

    return write


def removing(device: ApiClient, kettle: str) -> Any:
    return device.expect_ok("DELETE", "/cart", productId=kettle)


def clearing(device: ApiClient, _kettle: str) -> Any:
    return device.expect_ok("DELETE", "/cart")


def quantities(cart: Any) -> list[int]:
    return [line["quantity"] for line in cart["items"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "one", "other", "ends"),
    [
        (0, setting(2), setting(3), ([2], [3])),
        (1, setting(2), setting(3), ([2], [3])),
        (1, setting(2), removing, ([2], [])),
        (1, setting(2), clearing, ([2], [])),
    ],
)
def test_two_writes_at_once_end_in_one_of_the_two_states(
    app: Flask,
    customer: ApiClient,
    on_sale: OnSale,
    before: int,
    one: Write,
    other: Write,
    ends: tuple[list[int], list[int]],
) -> None:
    kettle, ready = str(on_sale()), Barrier(2)
    devices = [ApiClient(app, customer.customer_id) for _ in range(2)]

    def at_once(device: ApiClient, write: Write) -> list[int]:
        ready.wait(timeout=10)
        return quantities(write(device, kettle))

    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            customer.expect_ok("DELETE", "/cart")
            if before:
                setting(before)(customer, kettle)

            answered = list(pool.map(at_once, devices, (one, other)))

            assert answered == list(ends)
            assert quantities(customer.expect_ok("GET", "/cart")) in ends
