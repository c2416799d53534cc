from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, update

from tests.support.checkout import ADDRESS, POLICY, THREE_D_SECURE, CheckoutHarness
from webapp.accounts.models import Customer
from webapp.cart.taxes import TaxTable
from webapp.checkout import steps
from webapp.checkout.policy import CurrencyNotOffered
from webapp.notifications.events import EventName
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import OrderStatus, StatusNotAllowed


def test_the_rate_and_the_rounding_rule_are_stored_on_the_order(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant(price_minor=1001)
    shop.fill_cart(owner, kettle, 3)

    order = shop.place(owner, currency="EUR")

    assert (order.currency, order.base_currency) == ("EUR", "USD")
    assert (order.exchange_rate, order.rounding) == (
        Decimal("0.92"),
        "HALF_UP_PER_UNIT",
    )
    assert order.items[0].unit_price_minor == 921
    assert order.subtotal_minor == 3 * 921
    assert order.tax_minor == 221
    assert shop.sum_payments(order.id) == (1, 2984, 0)


def test_an_order_in_the_currency_of_its_prices_has_no_rate(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant()
    shop.fill_cart(owner, kettle)

    order = shop.place(owner, currency="USD")

    assert (order.base_currency, order.exchange_rate) == (None, None)
    assert order.rounding is None


def test_a_currency_that_is_not_offered_is_rejected_and_nothing_is_held(
    shop: CheckoutHarness,
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)

    with pytest.raises(CurrencyNotOffered):
        shop.place(owner, currency="CAD")

    assert shop.stock_levels(kettle) == (5, 0)


def test_tax_depends_on_the_shipping_address(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(price_minor=1000)
    shop.fill_cart(owner, kettle)

    order = shop.place(
        owner, policy=replace(POLICY, taxes=TaxTable(Decimal(8), {"US": Decimal(5)}))
    )

    assert (order.tax_percent, order.tax_minor) == (Decimal(5), 50)


def test_a_risky_order_is_paid_and_waits_for_a_review(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant(price_minor=6_000_00)
    shop.fill_cart(owner, kettle)

    order = shop.place(owner)

    assert order.risk_score == 70
    assert "first order" in order.risk_reasons
    assert order.needs_review
    assert order.status == OrderStatus.PAID
    assert "orders.fulfil" not in shop.due_jobs()
    with shop.db.unit_of_work() as session:
        orders.start_processing(session, order_id=order.id)
    with shop.db.unit_of_work() as session:
        held_back = orders.require_order_unscoped(session, order_id=order.id)
        assert held_back.status == OrderStatus.PAID
    with shop.db.unit_of_work() as session:
        cleared = steps.advance_order(
            session, order_id=order.id, to=OrderStatus.PROCESSING, tracking_number=None
        )
    assert (cleared.status, cleared.needs_review) == (OrderStatus.PROCESSING, False)


@pytest.mark.parametrize("way", ["declined", "expired"])
def test_a_risky_order_that_is_not_paid_needs_no_review(
    shop: CheckoutHarness, way: str
) -> None:
    owner, kettle = shop.customer(), shop.variant(price_minor=6_000_00)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=THREE_D_SECURE)
    assert order.needs_review

    if way == "declined":
        closed = shop.authenticate(order, succeeds=False)
    else:
        closed = shop.expire(order.id)

    assert not closed.needs_review
    assert EventName.PAYMENT_REVIEW not in shop.notified_events()


def test_an_old_customer_of_small_orders_is_not_reviewed(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant()
    with shop.db.unit_of_work() as session:
        long_ago = func.now() - func.make_interval(1)
        session.execute(update(Customer).values(created_at=long_ago))
    shop.fill_cart(owner, kettle)
    shop.place(owner)
    shop.fill_cart(owner, kettle)

    assert shop.place(owner).risk_score == 0


def test_a_country_spelled_differently_is_not_a_new_one(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant()

    def reasons(country: str) -> list[str]:
        shop.fill_cart(owner, kettle)
        return shop.place(owner, address=ADDRESS | {"country": country}).risk_reasons

    reasons("United States")

    assert "shipped to a new country" not in reasons("us")
    assert "shipped to a new country" in reasons("Singapore")


def test_an_admin_ships_and_the_customer_is_notified(shop: CheckoutHarness) -> None:
    owner, kettle = shop.customer(), shop.variant()
    shop.fill_cart(owner, kettle)
    order = shop.place(owner)

    def advance(status: OrderStatus) -> Order:
        with shop.db.unit_of_work() as session:
            return steps.advance_order(
                session, order_id=order.id, to=status, tracking_number="1Z"
            )

    advance(OrderStatus.PROCESSING)
    advance(OrderStatus.SHIPPED)
    shipped = advance(OrderStatus.SHIPPED)
    assert (shipped.status, shipped.tracking_number) == (OrderStatus.SHIPPED, "1Z")
    advance(OrderStatus.DELIVERED)

    assert shop.notified_events() == [
        "order.confirmed",
        "order.shipped",
        "order.delivered",
    ]


@pytest.mark.parametrize(
    "status", [OrderStatus.PAID, OrderStatus.PENDING, OrderStatus.DELIVERED]
)
def test_an_admin_cannot_skip_or_go_back(
    shop: CheckoutHarness, status: OrderStatus
) -> None:
    owner, kettle = shop.customer(), shop.variant()
    shop.fill_cart(owner, kettle)
    order = shop.place(owner)
    with shop.db.unit_of_work() as session:
        steps.advance_order(
            session, order_id=order.id, to=OrderStatus.PROCESSING, tracking_number=None
        )

    with (
        pytest.raises(StatusNotAllowed) as error,
        shop.db.unit_of_work() as session,
    ):
        steps.advance_order(session, order_id=order.id, to=status, tracking_number=None)

    assert status in error.value.message
    assert error.value.details["after"] == status
    assert shop.order(order.id).status == OrderStatus.PROCESSING
