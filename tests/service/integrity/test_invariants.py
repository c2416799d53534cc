"""Each rule is broken by hand, in the books of a shop that has just sold something."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tests.support.checkout import DECLINED, THREE_D_SECURE, CheckoutHarness
from webapp.integrity import service
from webapp.integrity.invariants import INVARIANTS
from webapp.kit.clock import utc_now
from webapp.orders.models import Order

LATER = timedelta(seconds=-60)
"""A grace in the past: nothing is young enough to be excused."""


def sold(shop: CheckoutHarness) -> Order:
    """One paid order, one declined, one that waits for its customer."""
    kettle = shop.variant(stock=5)
    for card in (DECLINED, THREE_D_SECURE):
        owner = shop.customer()
        shop.fill_cart(owner, kettle)
        shop.place(owner, card=card)
    owner = shop.customer()
    shop.fill_cart(owner, kettle, 2)
    return shop.place(owner)


def broken(
    shop: CheckoutHarness, grace: timedelta, stripe: list[dict[str, Any]]
) -> set[str]:
    with shop.db.unit_of_work() as session:
        findings = service.check_invariants(
            session, stripe_ledger=stripe, now=utc_now(), grace=grace
        )
    return {finding.invariant.name for finding in findings if not finding.holds}


def theirs(shop: CheckoutHarness) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = shop.simulator.read_state(None)["orders"]
    return rows


def test_the_books_of_a_working_shop_are_right(shop: CheckoutHarness) -> None:
    sold(shop)

    assert broken(shop, service.GRACE, theirs(shop)) == set()


BREAKING = {
    "paid-in-full": "UPDATE payments SET amount_minor = amount_minor + 1"
    " WHERE order_id = :order",
    "no-money-without-order": "UPDATE orders SET status = 'CANCELLED'"
    " WHERE id = :order",
    "payment-status-agrees": "UPDATE orders SET payment_status = 'UNPAID'"
    " WHERE id = :order",
    "refunds-add-up": "UPDATE payments SET refunded_minor = 1 WHERE order_id = :order",
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


def test_every_rule_has_its_break() -> None:
    names = {invariant.name for invariant in INVARIANTS}

    assert BREAKING.keys() | {"stripe-charged-once"} == names


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_a_rule_is_found(shop: CheckoutHarness, name: str) -> None:
    order = sold(shop)
    ids = {"order": order.id, "new": uuid4()}

    with shop.db.engine.begin() as connection:
        for statement in BREAKING[name].split("; "):
            used = {key: value for key, value in ids.items() if f":{key}" in statement}
            connection.execute(text(statement), used)
    found = broken(shop, LATER, theirs(shop))
    with shop.db.engine.begin() as connection:
        if name == "stock-not-negative":
            connection.execute(text("UPDATE variants SET on_hand = 5"))
            connection.execute(
                text(
                    "ALTER TABLE variants ADD CONSTRAINT"
                    " ck_variants_holds_are_covered CHECK (on_hand >= held)"
                )
            )

    assert name in found


def test_a_second_charge_is_found(shop: CheckoutHarness) -> None:
    order = sold(shop)
    shop.gateway.charge(
        order_id=str(order.id),
        amount_minor=order.total_minor,
        currency=order.currency,
        payment_method_id="pm_card_visa",
        idempotency_key="another",
    )

    found = broken(shop, service.GRACE, theirs(shop))

    assert "stripe-charged-once" in found


def test_without_stripes_books_ours_are_looked_at(shop: CheckoutHarness) -> None:
    sold(shop)

    with shop.db.unit_of_work() as session:
        findings = service.check_invariants(session, stripe_ledger=None, now=utc_now())

    assert len(findings) == len(INVARIANTS) - 3
    assert all(finding.holds for finding in findings)


@pytest.mark.parametrize(
    "excuse",
    [
        "UPDATE customers SET email = NULL",
        "UPDATE sent_notifications SET rejection_reason = 'no such mailbox'",
    ],
)
def test_a_customer_who_cannot_be_mailed_needs_no_confirmation(
    shop: CheckoutHarness, excuse: str
) -> None:
    order = sold(shop)
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
    assert "confirmed-once" in broken(shop, LATER, theirs(shop))

    with shop.db.engine.begin() as connection:
        connection.execute(text(excuse))

    assert "confirmed-once" not in broken(shop, LATER, theirs(shop))


def test_what_was_done_after_all_has_not_failed(shop: CheckoutHarness) -> None:
    sold(shop)
    with shop.db.engine.begin() as connection:
        connection.execute(
            text("UPDATE outbox_messages SET dead_lettered_at = now(), done_at = now()")
        )

    assert "no-promise-failed" not in broken(shop, LATER, theirs(shop))


def test_a_finding_is_remembered_until_the_next_one(shop: CheckoutHarness) -> None:
    order, now = sold(shop), utc_now()
    with shop.db.engine.begin() as connection:
        connection.execute(text("UPDATE payments SET refunded_minor = 1"))

    for stripe in (None, theirs(shop)):
        with shop.db.unit_of_work() as session:
            service.store_results(
                session,
                service.check_invariants(session, stripe_ledger=stripe, now=now),
            )
    with shop.db.unit_of_work() as session:
        known = {found.invariant.name: found for found in service.list_results(session)}

    assert known["refunds-add-up"].violations == 3
    assert str(order.id) in known["refunds-add-up"].sample
    assert known["stock-not-negative"].holds
    assert known["stock-not-negative"].checked_at == now
