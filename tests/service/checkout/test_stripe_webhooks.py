"""Webhooks that are repeated, late, early or of an unknown order; refunds made at Stripe."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.support.checkout import (
    ADDRESS,
    POLICY,
    THREE_D_SECURE,
    VISA,
    CheckoutHarness,
)
from tests.support.job_runner import JobRunner
from tests.support.stripe import WEBHOOK_SECRET
from webapp.adapters.payments.port import (
    PaymentGateway,
    PaymentIntent,
    PaymentNotUnderstood,
    PaymentUnavailable,
)
from webapp.bootstrap import Runtime
from webapp.checkout import steps
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.checkout.stripe_webhooks import receive_webhook
from webapp.db.outbox import OPEN, OutboxMessage
from webapp.devtools.stripe_simulator.repository import PageRequest
from webapp.devtools.stripe_simulator.webhooks import sign_payload
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import OrderStatus, PaymentStatus
from webapp.payments import service as payments


@pytest.fixture
def paid(shop: CheckoutHarness) -> Order:
    return place_order(shop, VISA)


def place_order(shop: CheckoutHarness, card: str) -> Order:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    return shop.place(owner, card=card)


def latest_event(shop: CheckoutHarness, event_type: str) -> dict[str, Any]:
    """The latest event of this type at Stripe."""
    events, _ = shop.simulator.database.run_read_only(
        lambda repository: repository.list_objects(
            "event", PageRequest(limit=1), parent=event_type
        )
    )
    return events[0]


Deliver = Callable[[dict[str, Any]], None]


@pytest.fixture
def deliver(shop: CheckoutHarness, run_jobs: JobRunner) -> Deliver:
    """Deliver an event, and run the job that it may have enqueued."""

    def deliver_event(event: dict[str, Any]) -> None:
        receive(shop, event)
        run_jobs.run_open("payments.apply_event")

    return deliver_event


RunWith = Callable[[object], None]


@pytest.fixture
def run_with(runtime: Runtime) -> RunWith:
    """Run the jobs about events with another gateway."""

    def run(gateway: object) -> None:
        changed = replace(runtime, payments=cast("PaymentGateway", gateway))
        JobRunner(changed)("payments.apply_event")

    return run


def receive(shop: CheckoutHarness, event: dict[str, Any]) -> None:
    receive_bytes(shop, json.dumps(event).encode())


def receive_bytes(shop: CheckoutHarness, payload: bytes) -> None:
    receive_webhook(
        shop.db,
        shop.gateway,
        payload=payload,
        signature=sign_payload(payload, secret=WEBHOOK_SECRET, now=int(time.time())),
    )


def list_enqueued(shop: CheckoutHarness) -> list[OutboxMessage]:
    """The open messages about events, in the order in which they were received."""
    with shop.db.unit_of_work() as session:
        messages = session.scalars(
            select(OutboxMessage)
            .where(OPEN, OutboxMessage.job == "payments.apply_event")
            .order_by(OutboxMessage.id)
        )
        return list(messages)


def list_problems(shop: CheckoutHarness) -> list[tuple[str, str]]:
    """Ids and problems of the events that were not understood."""
    with shop.db.unit_of_work() as session:
        page = payments.list_problem_events(session, limit=10)
        return [(event.event_id, event.problem or "") for event in page.items]


def charge(shop: CheckoutHarness, order_id: UUID) -> PaymentIntent:
    return shop.gateway.charge(
        order_id=str(order_id),
        amount_minor=2700,
        currency="USD",
        payment_method_id=VISA,
        idempotency_key=str(order_id),
    )


def charge_unrecorded(shop: CheckoutHarness, variant_id: UUID) -> Order:
    """An order that is charged and whose request has not recorded it yet."""
    owner = shop.customer()
    shop.fill_cart(owner, variant_id)
    with shop.db.unit_of_work() as session:
        request = CheckoutRequest(owner, VISA, ADDRESS)
        order = create_order(session, request, policy=POLICY, now=utc_now())
    charge(shop, order.id)
    return order


def refund_at_stripe(
    shop: CheckoutHarness, order: Order, amount_minor: int | None = None
) -> str:
    """Refund in Stripe's dashboard. Returns the id of the refund at Stripe."""
    assert order.payment_id is not None
    return shop.gateway.refund(
        intent_id=order.payment_id,
        amount_minor=amount_minor,
        reason="",
        idempotency_key=f"dashboard-{uuid4()}",
    ).id


def test_a_webhook_may_come_before_the_response_and_twice(
    shop: CheckoutHarness,
    deliver: Deliver,
) -> None:
    kettle = shop.variant(stock=5)
    order = charge_unrecorded(shop, kettle)

    event = latest_event(shop, "payment_intent.succeeded")
    deliver(event)
    deliver(event)

    assert shop.order(order.id).status == OrderStatus.PAID
    assert shop.charge(order.id).status == OrderStatus.PAID
    assert shop.stock_levels(kettle) == (4, 0)
    assert shop.notified_events() == ["order.confirmed"]


def test_a_late_webhook_applies_the_current_state(
    shop: CheckoutHarness,
    deliver: Deliver,
) -> None:
    order = place_order(shop, THREE_D_SECURE)
    late = latest_event(shop, "payment_intent.requires_action")
    assert order.payment_id is not None
    shop.simulator.authenticate(order.payment_id, succeeds=True)

    deliver(late)
    deliver(latest_event(shop, "payment_intent.succeeded"))

    assert shop.order(order.id).status == OrderStatus.PAID
    assert shop.notified_events() == ["order.confirmed"]


def test_a_webhook_for_an_unknown_order_changes_nothing(
    shop: CheckoutHarness, deliver: Deliver
) -> None:
    charge(shop, uuid4())

    deliver(latest_event(shop, "payment_intent.succeeded"))

    assert shop.count_orders() == 0
    assert shop.due_jobs() == []


@pytest.mark.parametrize("order_id", ["1042", ""])
def test_a_webhook_for_an_intent_that_is_not_of_this_shop_is_processed(
    shop: CheckoutHarness, deliver: Deliver, order_id: str
) -> None:
    shop.gateway.charge(
        order_id=order_id,
        amount_minor=2700,
        currency="USD",
        payment_method_id=VISA,
        idempotency_key="of another shop",
    )

    deliver(latest_event(shop, "payment_intent.succeeded"))

    assert shop.due_jobs() == []


def test_an_event_about_no_intent_is_acknowledged(shop: CheckoutHarness) -> None:
    place_order(shop, VISA)
    event = latest_event(shop, "payment_intent.succeeded") | {
        "id": "evt_of_a_customer",
        "type": "customer.created",
        "data": {"object": {"id": "cus_1", "object": "customer"}},
    }

    receive(shop, event)

    assert list_enqueued(shop) == []
    assert list_problems(shop) == []


def test_an_event_that_tells_what_is_recorded_is_answered_by_one_statement(
    shop: CheckoutHarness, statements: list[str]
) -> None:
    place_order(shop, VISA)
    event = latest_event(shop, "payment_intent.succeeded")
    statements.clear()

    receive(shop, event)

    assert len(statements) == 1
    assert list_enqueued(shop) == []


def test_an_event_that_tells_something_new_is_enqueued_at_once_and_once(
    shop: CheckoutHarness,
) -> None:
    order = place_order(shop, THREE_D_SECURE)
    assert order.payment_id is not None
    shop.simulator.authenticate(order.payment_id, succeeds=True)
    event = latest_event(shop, "payment_intent.succeeded")

    receive(shop, event)
    receive(shop, event)

    [message] = list_enqueued(shop)
    assert message.due_at <= utc_now()
    assert message.arguments == {
        "event_id": event["id"],
        "event_type": "payment_intent.succeeded",
        "intent_id": order.payment_id,
        "intent_status": "succeeded",
    }
    assert shop.order(order.id).status == OrderStatus.REQUIRES_ACTION


def test_an_event_of_a_charge_under_way_waits_for_its_request(
    shop: CheckoutHarness,
) -> None:
    charge_unrecorded(shop, shop.variant(stock=5))
    before = utc_now()

    receive(shop, latest_event(shop, "payment_intent.succeeded"))

    [message] = list_enqueued(shop)
    waited = message.due_at - before
    assert timedelta() <= waited - payments.CHARGE_IN_FLIGHT < timedelta(seconds=5)


def test_a_payment_is_recorded_while_refunds_cannot_be_listed(
    shop: CheckoutHarness,
    deliver: Deliver,
) -> None:
    order = place_order(shop, THREE_D_SECURE)
    assert order.payment_id is not None
    shop.simulator.authenticate(order.payment_id, succeeds=True)
    shop.arm_fault("error_before", target="refunds.list", count=None)

    deliver(latest_event(shop, "payment_intent.succeeded"))

    assert shop.order(order.id).status == OrderStatus.PAID


def test_a_refund_of_another_order_does_not_count(
    shop: CheckoutHarness, deliver: Deliver, paid: Order
) -> None:
    other = place_order(shop, VISA)
    refund_at_stripe(shop, other, 300)
    refund_at_stripe(shop, paid, 700)

    deliver(latest_event(shop, "charge.refunded"))

    assert shop.refunds(paid.id) == [700]
    assert shop.refunds(other.id) == []


def test_a_refund_made_at_stripe_counts(
    shop: CheckoutHarness, deliver: Deliver, paid: Order
) -> None:
    refund_at_stripe(shop, paid, 700)
    for event_type in ("charge.refunded", "refund.created"):
        deliver(latest_event(shop, event_type))

    order = shop.order(paid.id)
    assert order.payment_status == PaymentStatus.PARTIALLY_REFUNDED
    assert shop.refunds(paid.id) == [700]
    assert shop.notified_events() == ["order.confirmed", "order.refunded"]

    refund_at_stripe(shop, paid)
    deliver(latest_event(shop, "charge.refunded"))

    assert shop.order(paid.id).payment_status == PaymentStatus.REFUNDED
    assert shop.refunds(paid.id) == [700, 2000]


def test_a_refund_made_here_is_recognized_before_its_response(
    shop: CheckoutHarness, deliver: Deliver, paid: Order
) -> None:
    with shop.db.unit_of_work() as session:
        _, row = steps.refund(
            session, order_id=paid.id, amount_minor=700, reason="broken"
        )
    assert paid.payment_id is not None
    shop.gateway.refund(
        intent_id=paid.payment_id,
        amount_minor=700,
        reason="broken",
        idempotency_key=str(row.id),
    )

    deliver(latest_event(shop, "charge.refunded"))

    assert shop.refunds(paid.id) == [700]
    assert shop.notified_events() == ["order.confirmed", "order.refunded"]


def test_a_refund_that_fails_later_is_notified_and_does_not_count(
    shop: CheckoutHarness, deliver: Deliver, paid: Order
) -> None:
    refund_id = refund_at_stripe(shop, paid)
    earlier_receipts = shop.gateway.list_refunds(paid.payment_id or "")
    deliver(latest_event(shop, "charge.refunded"))
    shop.simulator.fail_refund(refund_id)

    for event_type in ("charge.refund.updated", "refund.updated", "refund.failed"):
        deliver(latest_event(shop, event_type))
    with shop.db.unit_of_work() as session:
        # A concurrent delivery has read the refunds before the failure and applies them now.
        order = orders.lock_order(session, order_id=paid.id)
        steps.reconcile_refunds(
            session, order, intent_id=paid.payment_id or "", receipts=earlier_receipts
        )

    assert shop.order(paid.id).payment_status == PaymentStatus.PAID
    assert shop.refunds(paid.id) == []
    assert shop.notified_events().count("payment.refund_failed") == 1
    with shop.db.unit_of_work() as session:
        _, again = steps.refund(
            session, order_id=paid.id, amount_minor=None, reason="another card"
        )
    assert again.amount_minor == 2700


@pytest.mark.usefixtures("paid")
def test_an_event_of_an_intent_that_stripe_does_not_have_is_recorded_once(
    shop: CheckoutHarness,
    deliver: Deliver,
) -> None:
    event = latest_event(shop, "payment_intent.succeeded")
    event["id"], event["data"]["object"]["id"] = "evt_elsewhere", "pi_elsewhere"

    deliver(event)
    deliver(event)

    [(event_id, problem)] = list_problems(shop)
    assert event_id == "evt_elsewhere"
    assert problem.startswith("PAYMENT_REQUEST_REFUSED: ")
    assert list_enqueued(shop) == []


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"null", b"\xff", b"{"])
def test_signed_bytes_that_are_no_event_are_recorded(
    shop: CheckoutHarness, payload: bytes
) -> None:
    receive_bytes(shop, payload)

    [(event_id, problem)] = list_problems(shop)
    assert event_id.startswith("sha256:")
    assert problem.startswith("EVENT_NOT_UNDERSTOOD: ")


@pytest.fixture
def unrecorded(shop: CheckoutHarness, paid: Order) -> dict[str, Any]:
    """An event whose payment has another status here."""
    assert paid.payment_id is not None
    event = latest_event(shop, "payment_intent.succeeded")
    event["data"]["object"]["status"] = "processing"
    receive(shop, event)
    return event


def test_a_status_of_a_later_version_is_recorded(
    shop: CheckoutHarness, run_with: RunWith, unrecorded: dict[str, Any]
) -> None:
    class LaterGateway:
        def retrieve_intent(self, _: str) -> PaymentIntent:
            raise PaymentNotUnderstood("'on_the_moon' is not a valid status")

    run_with(LaterGateway())

    assert list_problems(shop) == [
        (
            unrecorded["id"],
            "PAYMENT_NOT_UNDERSTOOD: 'on_the_moon' is not a valid status",
        )
    ]
    assert list_enqueued(shop) == []


@pytest.mark.usefixtures("unrecorded")
def test_while_stripe_is_away_an_event_stays_enqueued(
    shop: CheckoutHarness, run_with: RunWith
) -> None:
    class AbsentGateway:
        def retrieve_intent(self, _: str) -> PaymentIntent:
            raise PaymentUnavailable("Payments are temporarily unavailable")

    with pytest.raises(PaymentUnavailable):
        run_with(AbsentGateway())

    assert list_problems(shop) == []
    assert len(list_enqueued(shop)) == 1


def refund_events(shop: CheckoutHarness) -> list[dict[str, str]]:
    with shop.db.unit_of_work() as session:
        enqueued = session.scalars(
            select(OutboxMessage.arguments).where(
                OutboxMessage.job == "notifications.tell"
            )
        )
        return [row for row in enqueued if row["event"] == "order.refunded"]


def test_each_refund_is_an_event_with_its_amount_and_the_total(
    shop: CheckoutHarness, deliver: Deliver, paid: Order
) -> None:
    rows = []
    for _ in range(2):
        with shop.db.unit_of_work() as session:
            _, row = steps.refund(
                session, order_id=paid.id, amount_minor=100, reason="broken"
            )
            rows.append(row)
    refund_at_stripe(shop, paid, 300)
    refund_at_stripe(shop, paid, 400)
    deliver(latest_event(shop, "charge.refunded"))

    events = refund_events(shop)

    amounts = [(event["refund_minor"], event["refunded_minor"]) for event in events]
    assert sorted(amounts) == [
        ("100", "100"),
        ("100", "200"),
        ("300", "500"),
        ("400", "900"),
    ]
    assert len({event["refund_id"] for event in events}) == 4
    assert {str(row.id) for row in rows} < {event["refund_id"] for event in events}
