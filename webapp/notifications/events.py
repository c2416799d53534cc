"""Which event is sent to which audience by which channel: one table. Pure.

The code that causes an event enqueues `notifications.tell` with the event's name and the id of
its subject, in the same transaction; everything else follows from this table.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from webapp.catalog.stock import LOW_STOCK_EVENT


class EventName(StrEnum):
    ORDER_CONFIRMED = "order.confirmed"
    ORDER_SHIPPED = "order.shipped"
    ORDER_DELIVERED = "order.delivered"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_REFUNDED = "order.refunded"
    PAYMENT_REVIEW = "payment.review"
    PAYMENT_REFUND_FAILED = "payment.refund_failed"
    ORDER_HIGH_VALUE = "order.high_value"
    STOCK_LOW = LOW_STOCK_EVENT
    REPORT_PAUSED = "report.paused"
    JOB_FAILED = "job.failed"


class Audience(StrEnum):
    CUSTOMER = "customer"
    """The customer who placed the order."""
    ADMINS = "admins"
    """Every account of the admin group."""


class Channel(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"
    """The endpoints that integrators have registered."""


@dataclass(frozen=True)
class NotificationRoute:
    audience: Audience
    channels: frozenset[Channel]
    transactional: bool
    """Concerns an order of the recipient, who cannot unsubscribe from it."""
    repeats: bool = False
    """May happen again to the same subject; every outbox message of it is a separate event."""


MAIL_ONLY = frozenset({Channel.MAIL})
EVERYWHERE = frozenset({Channel.MAIL, Channel.WEBHOOK})


def _to_customer(*, repeats: bool = False) -> NotificationRoute:
    return NotificationRoute(
        Audience.CUSTOMER, EVERYWHERE, transactional=True, repeats=repeats
    )


def _to_admins(
    channels: frozenset[Channel] = EVERYWHERE, *, repeats: bool = False
) -> NotificationRoute:
    return NotificationRoute(
        Audience.ADMINS, channels, transactional=False, repeats=repeats
    )


ROUTES: dict[EventName, NotificationRoute] = {
    EventName.ORDER_CONFIRMED: _to_customer(),
    EventName.ORDER_SHIPPED: _to_customer(),
    EventName.ORDER_DELIVERED: _to_customer(),
    EventName.ORDER_CANCELLED: _to_customer(),
    EventName.ORDER_REFUNDED: _to_customer(repeats=True),
    EventName.PAYMENT_REVIEW: _to_admins(),
    EventName.PAYMENT_REFUND_FAILED: _to_admins(repeats=True),
    EventName.ORDER_HIGH_VALUE: _to_admins(),
    EventName.STOCK_LOW: _to_admins(repeats=True),
    EventName.REPORT_PAUSED: _to_admins(MAIL_ONLY, repeats=True),
    EventName.JOB_FAILED: _to_admins(MAIL_ONLY, repeats=True),
}
WEBHOOK_EVENTS = frozenset(
    event for event, route in ROUTES.items() if Channel.WEBHOOK in route.channels
)


def build_event_key(
    event: EventName, subject: dict[str, str], *, occurrence: UUID
) -> str:
    """The idempotency key of an event.

    An event that happens only once to its subject is identified by the subject, so that
    enqueuing it twice notifies once; one that repeats is identified by its outbox message
    (`occurrence`).
    """
    if ROUTES[event].repeats:
        return f"{event}:{occurrence}"
    return ":".join((event, *(subject[name] for name in sorted(subject))))
