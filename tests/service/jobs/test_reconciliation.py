"""The relay marks superseded safety nets done and dispatches the others."""

from uuid import UUID

import pytest
from rq import Queue

from jobs.registry import QueueName
from jobs.relay import dispatch_due
from tests.support.factories import RowFactory
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database
from webapp.kit.ids import new_id
from webapp.orders.status import OrderStatus
from webapp.payments.models import Payment


def enqueue_safety_net(db: Database, job: str, status: OrderStatus | None) -> UUID:
    """Enqueue a job for an order with this status, or for one that does not exist."""
    with db.unit_of_work() as session:
        order_id = new_id()
        if status is not None:
            make = RowFactory(session)
            make.order(
                id=order_id,
                customer_id=make.customer().id,
                status=status,
                payment_status="UNPAID",
            )
        return enqueue(session, job, order_id=order_id).id


@pytest.mark.parametrize(
    ("job", "status", "queued"),
    [
        ("payments.charge", OrderStatus.PENDING, True),
        ("payments.charge", OrderStatus.REQUIRES_ACTION, False),
        ("payments.charge", OrderStatus.PAID, False),
        ("orders.expire", OrderStatus.PENDING, True),
        ("orders.expire", OrderStatus.REQUIRES_ACTION, True),
        ("orders.expire", OrderStatus.CANCELLED, False),
        ("orders.expire", None, True),
        ("orders.fulfil", OrderStatus.PAID, True),
    ],
)
def test_only_a_safety_net_that_may_be_needed_is_dispatched(
    database: Database,
    queues: dict[QueueName, Queue],
    job: str,
    status: OrderStatus | None,
    queued: bool,
) -> None:
    message_id = enqueue_safety_net(database, job, status)

    with database.unit_of_work() as session:
        dispatch_due(session, queues)

    with database.unit_of_work() as session:
        done = session.get_one(OutboxMessage, message_id).done_at is not None
    assert (sum(queue.count for queue in queues.values()) == 1) is queued
    assert done is not queued


@pytest.mark.parametrize(
    ("recorded", "queued"),
    [("succeeded", False), ("requires_action", True), (None, True)],
)
def test_an_event_whose_status_was_recorded_meanwhile_is_not_dispatched(
    database: Database,
    queues: dict[QueueName, Queue],
    recorded: str | None,
    queued: bool,
) -> None:
    with database.unit_of_work() as session:
        make = RowFactory(session)
        order = make.order(customer_id=make.customer().id)
        if recorded is not None:
            payment = Payment(
                id=new_id(),
                order_id=order.id,
                intent_id="pi_1",
                status=recorded,
                amount_minor=order.total_minor,
                currency=order.currency,
            )
            session.add(payment)
        enqueue(
            session,
            "payments.apply_event",
            event_id="evt_1",
            event_type="payment_intent.succeeded",
            intent_id="pi_1",
            intent_status="succeeded",
        )

    with database.unit_of_work() as session:
        dispatch_due(session, queues)

    assert queues[QueueName.PAYMENTS].count == queued
