"""Two devices of one customer at the same instant: one of the two states, and each is told
its own. Real commits on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.support.callers import Caller

OnSale = Callable[..., UUID]
Write = Callable[[Caller, str], Any]
ROUNDS = 20


def setting(quantity: int) -> Write:
    def write(device: Caller, kettle: str) -> Any:
        body = {"productId": kettle, "quantity": quantity}
        return device.ok("POST", "/cart", body)

    return write


def removing(device: Caller, kettle: str) -> Any:
    return device.ok("DELETE", "/cart", productId=kettle)


def clearing(device: Caller, _kettle: str) -> Any:
    return device.ok("DELETE", "/cart")


def quantities(cart: Any) -> list[int]:
    return [line["quantity"] for line in cart["items"]]


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
    customer: Caller,
    on_sale: OnSale,
    before: int,
    one: Write,
    other: Write,
    ends: tuple[list[int], list[int]],
) -> None:
    kettle, ready = str(on_sale()), Barrier(2)
    devices = [Caller(app, customer.customer_id) for _ in range(2)]

    def at_once(device: Caller, write: Write) -> list[int]:
        ready.wait(timeout=10)
        return quantities(write(device, kettle))

    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            customer.ok("DELETE", "/cart")
            if before:
                setting(before)(customer, kettle)

            told = list(pool.map(at_once, devices, (one, other)))

            assert told == list(ends)
            assert quantities(customer.ok("GET", "/cart")) in ends
