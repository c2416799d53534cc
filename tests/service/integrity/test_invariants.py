"""Each invariant is violated by hand in the data of a shop that has just sold something."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, text, update

from tests.support.checkout import DECLINED, THREE_D_SECURE, CheckoutHarness
from webapp.adapters.payments.port import LedgerEntry
from webapp.adapters.payments.stripe_simulator import parse_ledger
from webapp.integrity import service
from webapp.integrity.invariants import INVARIANTS
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import Actor
from webapp.payments import service as payments
from webapp.payments.models import RefundItem
from webapp.payments.refund_items import RequestedItem

LATER = timedelta(seconds=-60)
"""A negative grace period: nothing is recent enough to be excluded."""


def place_orders(shop: CheckoutHarness) -> Order:
    """Place one declined order, one that awaits authentication, and one paid, which is returned."""
    kettle = shop.variant(stock=5)
    for card in (DECLINED, THREE_D_SECURE):
        owner = shop.customer()
        shop.fill_cart(owner, kettle)
        shop.place(owner, card=card)
    owner = shop.customer()
    shop.fill_cart(owner, kettle, 2)
    return shop.place(owner)


def find_violated(
    shop: CheckoutHarness, grace: timedelta, stripe: list[LedgerEntry]
) -> set[str]:
    with shop.db.unit_of_work() as session:
        results = service.check_invariants(
            session, stripe_ledger=stripe, now=utc_now(), grace=grace
        )
    return {result.invariant.name for result in results if not result.holds}


def read_stripe_ledger(shop: CheckoutHarness) -> list[LedgerEntry]:
    return parse_ledger(shop.simulator.read_state(None))


def test_every_invariant_holds_in_a_working_shop(shop: CheckoutHarness) -> None:
    place_orders(shop)
    owner = shop.customer()
    shop.fill_cart(owner, shop.variant(price_minor=0))
    shop.place(owner, card=None)

    assert find_violated(shop, service.GRACE, read_stripe_ledger(shop)) == set()


VIOLATIONS = {
    "paid-in-full": "UPDATE payments SET amount_minor = amount_minor + 1"
    " WHERE order_id = :order",
    "no-money-without-order": "UPDATE orders SET status = 'CANCELLED'"
    " WHERE id = :order",
    "payment-status-agrees": "UPDATE orders SET payment_status = 'UNPAID'"
    " WHERE id = :order",
    "refunds-add-up": "UPDATE payments SET refunded_minor = 1 WHERE order_id = :order",
    "refund-items-add-up": "INSERT INTO refunds (id, payment_id, amount_minor, reason, actor)"
    " SELECT :new, id, 2, 'test', 'admin' FROM payments WHERE order_id = :order;"
    " INSERT INTO refund_items (id, refund_id, order_item_id, quantity, amount_minor)"
    " SELECT gen_random_uuid(), :new, id, 1, 1 FROM order_items WHERE order_id = :order",
    "refunds-are-sent": "INSERT INTO refunds (id, payment_id, amount_minor, reason, actor)"
    " SELECT :new, id, 1, 'test', 'admin' FROM payments WHERE order_id = :order",
    "stock-not-negative": "ALTER TABLE variants DROP CONSTRAINT"
    " ck_variants_holds_are_covered; UPDATE variants SET on_hand = -1",
    "holds-are-counted": "UPDATE variants SET held = held - 1",
    "holds-await-payment": "INSERT INTO stock_holds (id, order_id, variant_id, quantity)"
    " SELECT :new, :order, id, 1 FROM variants",
    "taken-once": "INSERT INTO stock_movements (id, variant_id, order_id, reason, on_hand,"
    " held) SELECT :new, id, :order, 'SOLD', -2, 0 FROM variants",
    "shelves-reconcile": "INSERT INTO stock_movements (id, variant_id, reason, on_hand,"
    " held) SELECT :new, id, 'OPENED', 6, 0 FROM variants",
    "orders-come-to-an-end": "UPDATE orders SET hold_expires_at = now() - interval '1 h'",
    "paid-orders-move-on": "SELECT 1",
    "confirmed-once": "SELECT 1",
    "promises-are-kept": "SELECT 1",
    "no-promise-failed": "UPDATE outbox_messages SET dead_lettered_at = now()",
    "stripe-charged-for-an-order": "DELETE FROM payments; DELETE FROM stock_holds;"
    " DELETE FROM orders",
    "stripe-agrees": "UPDATE payments SET amount_minor = 1 WHERE order_id = :order",
}


def test_every_invariant_is_violated_by_a_test() -> None:
    names = {invariant.name for invariant in INVARIANTS}

    assert VIOLATIONS.keys() | {"stripe-charged-once"} == names


@pytest.mark.slow
@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_is_found(shop: CheckoutHarness, name: str) -> None:
    order = place_orders(shop)
    ids = {"order": order.id, "new": uuid4()}

    with shop.db.engine.begin() as connection:
        for statement in VIOLATIONS[name].split("; "):
            used = {key: value for key, value in ids.items() if f":{key}" in statement}
            connection.execute(text(statement), used)
    violated = find_violated(shop, LATER, read_stripe_ledger(shop))
    with shop.db.engine.begin() as connection:
        if name == "stock-not-negative":
            connection.execute(text("UPDATE variants SET on_hand = 5"))
            connection.execute(
                text(
                    "ALTER TABLE variants ADD CONSTRAINT"
                    " ck_variants_holds_are_covered CHECK (on_hand >= held)"
                )
            )

    assert name in violated


def test_what_is_late_by_more_than_a_quarter_of_an_hour_is_found(
    shop: CheckoutHarness,
) -> None:
    place_orders(shop)

    def is_violated(minutes: int) -> bool:
        with shop.db.unit_of_work() as session:
            late = func.now() - timedelta(minutes=minutes)
            session.execute(update(Order).values(hold_expires_at=late))
            results = service.check_invariants(
                session, stripe_ledger=None, now=utc_now()
            )
        names = {result.invariant.name for result in results if not result.holds}
        return "orders-come-to-an-end" in names

    assert not is_violated(14)
    assert is_violated(16)


def test_more_units_refunded_than_bought_are_found(shop: CheckoutHarness) -> None:
    order = place_orders(shop)
    [line] = order.items
    for amount in (1, 2):
        with shop.db.unit_of_work() as session:
            payments.refund_payment(
                session,
                order=orders.lock_order(session, order_id=order.id),
                amount_minor=amount,
                items=[RequestedItem(line.id, 1)],
                reason="broken",
                actor=Actor.ADMIN,
            )
    assert "refund-items-add-up" not in find_violated(shop, LATER, [])
    with shop.db.unit_of_work() as session:
        session.execute(update(RefundItem).values(quantity=2))

    assert "refund-items-add-up" in find_violated(shop, LATER, [])


def test_a_second_charge_is_found(shop: CheckoutHarness) -> None:
    order = place_orders(shop)
    shop.gateway.charge(
        order_id=str(order.id),
        amount_minor=order.total_minor,
        currency=order.currency,
        payment_method_id="pm_card_visa",
        idempotency_key="another",
    )

    violated = find_violated(shop, service.GRACE, read_stripe_ledger(shop))

    assert "stripe-charged-once" in violated


def test_without_stripes_ledger_the_other_invariants_are_checked(
    shop: CheckoutHarness,
) -> None:
    place_orders(shop)

    with shop.db.unit_of_work() as session:
        results = service.check_invariants(session, stripe_ledger=None, now=utc_now())

    assert len(results) == len(INVARIANTS) - 3
    assert all(result.holds for result in results)


@pytest.mark.parametrize(
    "exception",
    [
        "UPDATE customers SET email = NULL",
        "UPDATE sent_notifications SET rejection_reason = 'no such mailbox'",
    ],
)
def test_a_customer_who_cannot_be_mailed_needs_no_confirmation(
    shop: CheckoutHarness, exception: str
) -> None:
    order = place_orders(shop)
    with shop.db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO sent_notifications (id, event_key, channel, recipient)"
                " SELECT gen_random_uuid(),"
                " 'order.confirmed:' || id || ':' || customer_id, 'mail', customer_id"
                " FROM orders WHERE id = :order"
            ),
            {"order": order.id},
        )
    assert "confirmed-once" in find_violated(shop, LATER, read_stripe_ledger(shop))

    with shop.db.engine.begin() as connection:
        connection.execute(text(exception))

    assert "confirmed-once" not in find_violated(shop, LATER, read_stripe_ledger(shop))


def test_a_dead_lettered_job_that_was_done_later_is_no_violation(
    shop: CheckoutHarness,
) -> None:
    place_orders(shop)
    with shop.db.engine.begin() as connection:
        connection.execute(
            text("UPDATE outbox_messages SET dead_lettered_at = now(), done_at = now()")
        )

    assert "no-promise-failed" not in find_violated(
        shop, LATER, read_stripe_ledger(shop)
    )


def test_a_result_is_stored_until_the_next_one(shop: CheckoutHarness) -> None:
    order, now = place_orders(shop), utc_now()
    with shop.db.engine.begin() as connection:
        connection.execute(text("UPDATE payments SET refunded_minor = 1"))

    for stripe in (None, read_stripe_ledger(shop)):
        with shop.db.unit_of_work() as session:
            service.store_results(
                session,
                service.check_invariants(session, stripe_ledger=stripe, now=now),
            )
    with shop.db.unit_of_work() as session:
        results = {r.invariant.name: r for r in service.list_results(session)}

    assert results["refunds-add-up"].violations == 3
    assert str(order.id) in results["refunds-add-up"].sample
    assert results["stock-not-negative"].holds
    assert results["stock-not-negative"].checked_at == now
