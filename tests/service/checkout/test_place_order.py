from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import joinedload

from tests.support.checkout import (
    ADDRESS,
    DECLINED,
    POLICY,
    THREE_D_SECURE,
    VISA,
    CheckoutHarness,
)
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.cart import service as carts
from webapp.cart.errors import MixedCurrencies
from webapp.cart.issues import IssueCode
from webapp.catalog.models import Product, Variant
from webapp.checkout.errors import CartEmpty, OutOfStock
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.kit.clock import utc_now
from webapp.orders.models import Order
from webapp.orders.status import OrderEventType, OrderStatus, PaymentStatus


def test_a_paid_order_is_charged_once_and_leaves_the_stock(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5, price_minor=2500)
    shop.fill_cart(owner, kettle, 2)

    order = shop.place(owner)

    assert (order.status, order.payment_status) == (
        OrderStatus.PAID,
        PaymentStatus.PAID,
    )
    assert (order.subtotal_minor, order.tax_minor, order.total_minor) == (
        5000,
        400,
        5400,
    )
    assert shop.sum_payments(order.id) == (1, 5400, 0)
    assert shop.stock_levels(kettle) == (3, 0)
    assert shop.count_holds() == 0
    assert shop.cart_quantities(owner) == []
    assert shop.due_jobs() == ["notifications.tell", "orders.fulfil"]
    assert [event.type for event in order.events] == ["order.placed", "order.paid"]


def test_an_order_keeps_its_channel_and_the_brand_and_tags_of_its_products(
    shop: CheckoutHarness,
) -> None:
    owner = shop.customer()
    kettle = shop.variant(brand="Nordlys", tags=["new", "gift"])
    shop.fill_cart(owner, kettle)
    shop.fill_cart(owner, shop.variant())

    order_id = shop.place(owner).id
    with shop.db.unit_of_work() as session:
        product = session.get_one(
            Variant, kettle, options=[joinedload(Variant.product)]
        )
        product.product.brand, product.product.tags = "Acme", []

    order = shop.order(order_id)
    assert order.channel == "web"
    assert [(item.brand, item.tags) for item in order.items] == [
        ("Nordlys", ["new", "gift"]),
        ("", []),
    ]


def test_a_declined_card_releases_everything(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle, 2)

    order = shop.place(owner, card=DECLINED)

    assert order.status == OrderStatus.PAYMENT_FAILED
    assert shop.sum_payments(order.id)[0] == 0
    assert shop.stock_levels(kettle) == (5, 0)
    assert shop.cart_quantities(owner) == [2], (
        "the customer may want to try another card"
    )
    assert shop.due_jobs() == ["payments.cancel"]


def test_a_card_that_does_not_exist_fails_the_order(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)

    order = shop.place(owner, card="pm_unknown")

    assert order.status == OrderStatus.PAYMENT_FAILED
    assert order.events[-1].type == OrderEventType.PAYMENT_REJECTED
    assert order.events[-1].details == {
        "reason": "No such PaymentMethod: 'pm_unknown'",
        "stripe_code": "resource_missing",
        "param": "payment_method",
    }
    assert shop.stock_levels(kettle) == (5, 0)


def test_3d_secure_holds_the_units_until_the_customer_has_authenticated(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)

    order = shop.place(owner, card=THREE_D_SECURE)

    assert order.status == OrderStatus.REQUIRES_ACTION
    assert shop.stock_levels(kettle) == (5, 1)
    assert shop.sum_payments(order.id)[0] == 0

    paid = shop.authenticate(order)

    assert paid.status == OrderStatus.PAID
    assert shop.stock_levels(kettle) == (4, 0)


@pytest.mark.parametrize(("wanted", "left"), [(5, [3]), (2, []), (1, [])])
def test_what_is_added_while_the_customer_authenticates_stays_in_the_cart(
    shop: CheckoutHarness, wanted: int, left: list[int]
) -> None:
    owner, kettle, lamp = shop.customer(), shop.variant(), shop.variant()
    shop.fill_cart(owner, kettle, 2)
    order = shop.place(owner, card=THREE_D_SECURE)

    shop.fill_cart(owner, kettle, wanted)
    shop.fill_cart(owner, lamp)
    shop.authenticate(order)

    assert shop.cart_quantities(owner) == [*left, 1]


def test_what_is_added_while_the_payment_is_recorded_stays_too(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant()
    shop.fill_cart(owner, kettle, 2)
    order = shop.place(owner, card=THREE_D_SECURE)

    with ThreadPoolExecutor(1) as pool:
        with shop.db.unit_of_work() as session:
            carts.add_quantity(
                session,
                owner_id=owner,
                product_id=session.get_one(Variant, kettle).product_id,
                quantity=1,
            )
            paid = pool.submit(shop.authenticate, order)
            eventually(lambda: count_lock_waiters(shop.db))
        assert paid.result(timeout=10).status == OrderStatus.PAID

    assert shop.cart_quantities(owner) == [1]


def test_failed_authentication_releases_the_units(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=THREE_D_SECURE)

    failed = shop.authenticate(order, succeeds=False)

    assert failed.status == OrderStatus.PAYMENT_FAILED
    assert shop.stock_levels(kettle) == (5, 0)


def test_an_empty_cart_is_rejected_and_nothing_is_written(
    shop: CheckoutHarness,
) -> None:
    with pytest.raises(CartEmpty):
        shop.place(shop.customer())

    assert shop.count_orders() == 0
    assert shop.due_jobs() == []


def test_what_is_sold_out_meanwhile_is_rejected_before_any_charge(
    shop: CheckoutHarness,
) -> None:
    quick, slow, last_one = shop.customer(), shop.customer(), shop.variant(stock=1)
    shop.fill_cart(quick, last_one)
    shop.fill_cart(slow, last_one)
    shop.place(quick)

    with pytest.raises(OutOfStock):
        shop.place(slow)

    assert shop.count_orders() == 1
    assert shop.stock_levels(last_one) == (0, 0)


def test_what_is_sold_out_while_the_order_is_written_is_named(
    shop: CheckoutHarness,
) -> None:
    quick, slow = shop.customer(), shop.customer()
    lamp, last_one = shop.variant(), shop.variant(stock=1)
    shop.fill_cart(quick, last_one)
    for variant in (lamp, last_one):
        shop.fill_cart(slow, variant)
    request = CheckoutRequest(quick, VISA, ADDRESS)

    with ThreadPoolExecutor(1) as pool:
        with shop.db.unit_of_work() as session:
            create_order(session, request, policy=POLICY, now=utc_now())
            placed = pool.submit(shop.place, slow)
            eventually(lambda: count_lock_waiters(shop.db))
        with pytest.raises(OutOfStock) as error:
            placed.result(timeout=10)

    assert [
        (issue["code"], issue["variant_id"])
        for issue in error.value.details["issues"]  # type: ignore[attr-defined]
    ] == [(IssueCode.NOT_ENOUGH_STOCK, last_one)]
    assert shop.count_orders() == 1
    assert shop.stock_levels(lamp) == (10, 0)


def test_a_withdrawn_product_is_rejected(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant()
    shop.fill_cart(owner, kettle)
    with shop.db.unit_of_work() as session:
        session.execute(update(Product).values(is_active=False))

    with pytest.raises(OutOfStock) as error:
        shop.place(owner)

    assert "no longer sold" in error.value.message


def test_a_key_makes_one_order_a_day(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    first = shop.place(owner, idempotency_key="weekly")
    shop.fill_cart(owner, kettle)

    assert shop.place(owner, idempotency_key="weekly").id == first.id

    with shop.db.unit_of_work() as session:
        long_ago = Order.placed_at - timedelta(hours=24, seconds=1)
        session.execute(update(Order).values(placed_at=long_ago))
    assert shop.place(owner, idempotency_key="weekly").id != first.id


def test_prices_in_two_currencies_are_rejected_before_anything_is_held(
    shop: CheckoutHarness,
) -> None:
    owner, kettle, lamp = shop.customer(), shop.variant(stock=5), shop.variant()
    for variant in (kettle, lamp):
        shop.fill_cart(owner, variant)
    with shop.db.unit_of_work() as session:
        [product_id] = session.scalars(
            update(Product)
            .where(Product.id == session.get_one(Variant, lamp).product_id)
            .values(currency="EUR")
            .returning(Product.id)
        )

    with pytest.raises(MixedCurrencies) as error:
        shop.place(owner)

    assert error.value.details["issues"] == [
        {
            "code": "MIXED_CURRENCIES",
            "message": "Kettle costs EUR; the cart is in USD",
            "product_id": product_id,
            "variant_id": lamp,
        }
    ]
    assert shop.count_orders() == 0
    assert shop.stock_levels(kettle) == (5, 0)
