import pytest

from webapp.orders.status import (
    TRANSITIONS,
    OrderEventType,
    OrderStatus,
    PaymentStatus,
)


@pytest.mark.parametrize(
    "status", sorted(frozenset[OrderStatus]().union(*TRANSITIONS.values()))
)
def test_each_change_of_status_has_an_event(status: OrderStatus) -> None:
    assert OrderEventType.from_status(status) == f"order.{status.lower()}"


@pytest.mark.parametrize(
    "status", [status for status in PaymentStatus if status != PaymentStatus.UNPAID]
)
def test_each_change_of_the_payment_status_has_an_event(status: PaymentStatus) -> None:
    assert OrderEventType.from_payment_status(status) == f"payment.{status.lower()}"
