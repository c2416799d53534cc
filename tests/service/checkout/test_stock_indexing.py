"""A product is indexed again when an order makes it unavailable or available again."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.support.checkout import DECLINED, THREE_D_SECURE, VISA, CheckoutHarness
from webapp.catalog.models import Variant
from webapp.checkout import steps
from webapp.db.outbox import OutboxMessage
from webapp.orders.models import Order
from webapp.orders.status import Actor


def find_indexed_products(shop: CheckoutHarness) -> list[str]:
    """The products whose indexing is enqueued, oldest first."""
    with shop.db.unit_of_work() as session:
        arguments = session.scalars(
            select(OutboxMessage.arguments)
            .where(OutboxMessage.job == "search.index_products")
            .order_by(OutboxMessage.id)
        )
        return [row["ids"] for row in arguments]


def find_product_id(shop: CheckoutHarness, variant_id: UUID) -> str:
    with shop.db.unit_of_work() as session:
        return str(session.get_one(Variant, variant_id).product_id)


def order_units(
    shop: CheckoutHarness, variant_id: UUID, quantity: int, card: str
) -> Order:
    owner = shop.customer()
    shop.fill_cart(owner, variant_id, quantity)
    return shop.place(owner, card=card)


def expire(shop: CheckoutHarness, order: Order) -> None:
    shop.expire(order.id)


def cancel(shop: CheckoutHarness, order: Order) -> None:
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)


def fail_authentication(shop: CheckoutHarness, order: Order) -> None:
    shop.authenticate(order, succeeds=False)


returns_stock = pytest.mark.parametrize(
    ("card", "close"),
    [
        pytest.param(THREE_D_SECURE, expire, id="an unpaid order expires"),
        pytest.param(THREE_D_SECURE, cancel, id="an unpaid order is canceled"),
        pytest.param(THREE_D_SECURE, fail_authentication, id="a payment fails"),
        pytest.param(VISA, cancel, id="a paid order is canceled"),
    ],
)


@returns_stock
def test_returned_units_make_a_sold_out_product_available_in_the_index(
    shop: CheckoutHarness, card: str, close: Callable[[CheckoutHarness, Order], None]
) -> None:
    kettle = shop.variant(stock=2)
    product = find_product_id(shop, kettle)
    order = order_units(shop, kettle, 2, card)
    assert find_indexed_products(shop) == [product]

    close(shop, order)

    assert shop.stock_levels(kettle) == (2, 0)
    assert find_indexed_products(shop) == [product, product]


@returns_stock
def test_returned_units_of_a_product_that_was_available_are_not_indexed(
    shop: CheckoutHarness, card: str, close: Callable[[CheckoutHarness, Order], None]
) -> None:
    kettle = shop.variant(stock=3)
    order = order_units(shop, kettle, 2, card)

    close(shop, order)

    assert shop.stock_levels(kettle) == (3, 0)
    assert find_indexed_products(shop) == []


def test_a_declined_order_of_the_last_unit_is_indexed_twice(
    shop: CheckoutHarness,
) -> None:
    kettle = shop.variant(stock=1)

    order_units(shop, kettle, 1, DECLINED)

    assert find_indexed_products(shop) == [find_product_id(shop, kettle)] * 2
