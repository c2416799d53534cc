"""The order tools, called as the customer who ordered."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from agents.tools.orders import (
    BadOrderReference,
    ListOrdersParams,
    OrderListResult,
    OrderStatusParams,
    list_orders,
    order_status,
)
from tests.support.factories import RowFactory
from webapp.adapters.agents.port import Principal
from webapp.orders.errors import OrderNotFound

FIRST = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def customer(customer_id: UUID) -> Principal:
    return Principal(customer_id)


def place_orders(make: RowFactory, customer: Principal, *numbers: int) -> None:
    """One a day, in this order."""
    for day, number in enumerate(numbers):
        make.order(
            number=number,
            customer_id=customer.customer_id,
            placed_at=FIRST + timedelta(days=day),
        )


def list_numbers(result: OrderListResult) -> list[int]:
    return [order.number for order in result.orders]


def test_the_five_latest_orders_are_listed_the_newest_first(
    session: Session, make: RowFactory, customer: Principal
) -> None:
    place_orders(make, customer, *range(2001, 2007))

    result = list_orders(session, customer, ListOrdersParams())

    assert list_numbers(result) == [2006, 2005, 2004, 2003, 2002]
    assert result.more


def test_one_to_twenty_orders_are_listed(
    session: Session, make: RowFactory, customer: Principal
) -> None:
    place_orders(make, customer, *range(2001, 2022))

    listed = {
        limit: list_orders(session, customer, ListOrdersParams(limit=limit))
        for limit in (-1, 0, 2, 20, 21)
    }

    assert {limit: len(result.orders) for limit, result in listed.items()} == {
        -1: 1,
        0: 1,
        2: 2,
        20: 20,
        21: 20,
    }
    assert all(result.more for result in listed.values())


def test_there_are_no_older_orders_when_all_are_listed(
    session: Session, make: RowFactory, customer: Principal
) -> None:
    place_orders(make, customer, 2001, 2002)

    result = list_orders(session, customer, ListOrdersParams(limit=2))

    assert (list_numbers(result), result.more) == ([2002, 2001], False)


@pytest.mark.parametrize("reference", ["2001", "#2001", " # 2001 ", "{id}", " {id}"])
def test_an_order_is_found_as_the_customer_writes_it(
    session: Session, make: RowFactory, customer: Principal, reference: str
) -> None:
    place_orders(make, customer, 2002)
    order = make.order(number=2001, customer_id=customer.customer_id)
    params = OrderStatusParams(order=reference.format(id=order.id))

    assert order_status(session, customer, params).order.order_id == order.id


@pytest.mark.parametrize("reference", ["2001", "9" * 15, "{id}"])
def test_an_order_of_somebody_else_or_a_missing_one_is_not_found(
    session: Session, make: RowFactory, customer: Principal, reference: str
) -> None:
    order = make.order(number=2001, customer_id=make.customer().id)
    params = OrderStatusParams(order=reference.format(id=order.id))

    with pytest.raises(OrderNotFound):
        order_status(session, customer, params)


@pytest.mark.parametrize("reference", ["", "my last one", "9" * 16, "1042.5"])
def test_what_names_no_order_is_refused(
    session: Session, customer: Principal, reference: str
) -> None:
    with pytest.raises(BadOrderReference) as error:
        order_status(session, customer, OrderStatusParams(order=reference))

    assert (error.value.code, error.value.message) == (
        "BAD_ORDER_REFERENCE",
        f"The customer has no order {reference}; an order has a number, like 1042",
    )
