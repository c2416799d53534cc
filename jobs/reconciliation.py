"""Safety nets that nobody can fall into any more.

Each order promises to be charged and to expire, should its request die. Nearly all are
settled long before: then the relay keeps those promises itself, by one look at many orders,
instead of having a job run for each to find out that there is nothing to do.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db.outbox import OutboxMessage
from webapp.orders import service as orders
from webapp.orders.status import AWAITING_PAYMENT, OrderStatus

NEEDED_WHILE = {
    "payments.charge": frozenset({OrderStatus.PENDING}),
    "orders.expire": AWAITING_PAYMENT,
}
"""No order comes back to one of these, so that what was seen a moment ago stays true.

A charge that may still be under way needs no net of its own when its order is given up:
who gives it up keeps the charge out, or has its answer first.
"""


def find_superseded(session: Session, messages: Iterable[OutboxMessage]) -> set[UUID]:
    """The ids of those promises whose orders are past them."""
    nets = [message for message in messages if message.job in NEEDED_WHILE]
    statuses = orders.find_statuses(
        session, order_ids={UUID(net.arguments["order_id"]) for net in nets}
    )
    return {
        net.id
        for net in nets
        if (status := statuses.get(UUID(net.arguments["order_id"]))) is not None
        and status not in NEEDED_WHILE[net.job]
    }
