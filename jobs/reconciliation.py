"""Find messages that are superseded by what has happened to their order or payment.

Each order enqueues its charge and its expiry, in case its request dies. Nearly all orders are
settled long before those fall due: the relay then marks the messages done itself, with one query
for many orders, instead of running a job for each that finds nothing to do. Likewise an event of
Stripe whose status a request has recorded meanwhile.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db.outbox import DueMessage
from webapp.orders import service as orders
from webapp.orders.status import AWAITING_PAYMENT, OrderStatus
from webapp.payments import service as payments

NEEDED_WHILE = {
    "payments.charge": frozenset({OrderStatus.PENDING}),
    "orders.expire": AWAITING_PAYMENT,
}
"""Order statuses in which a job still has work to do.

No order returns to one of these, so a status that was read earlier is still a valid reason to
skip. A charge that may be under way needs no safety net when its order is canceled: the code that
cancels it either prevents the charge or waits for its result first.
"""


def find_superseded(session: Session, messages: Sequence[DueMessage]) -> set[UUID]:
    """Return the ids of messages that have nothing left to do."""
    return _find_settled_orders(session, messages) | _find_known_events(
        session, messages
    )


def _find_settled_orders(session: Session, messages: Iterable[DueMessage]) -> set[UUID]:
    safety_nets = [message for message in messages if message.job in NEEDED_WHILE]
    statuses = orders.find_statuses(
        session, order_ids={UUID(net.arguments["order_id"]) for net in safety_nets}
    )
    return {
        net.id
        for net in safety_nets
        if (status := statuses.get(UUID(net.arguments["order_id"]))) is not None
        and status not in NEEDED_WHILE[net.job]
    }


def _find_known_events(session: Session, messages: Iterable[DueMessage]) -> set[UUID]:
    events = [message for message in messages if message.job == "payments.apply_event"]
    statuses = payments.find_intent_statuses(
        session, intent_ids={event.arguments["intent_id"] for event in events}
    )
    return {
        event.id
        for event in events
        if statuses.get(event.arguments["intent_id"])
        == event.arguments["intent_status"]
    }
