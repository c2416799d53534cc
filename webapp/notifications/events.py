"""Which event is sent to which audience by which channel: one table. Pure.

The code that causes an event enqueues `notifications.tell` with the event's name and the id of
its subject, in the same transaction; everything else follows from this table.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


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


ROUTES = {
    "order.confirmed": _to_customer(),
    "order.shipped": _to_customer(),
    "order.delivered": _to_customer(),
    "order.cancelled": _to_customer(),
    "order.refunded": _to_customer(repeats=True),
    "payment.review": _to_admins(),
    "payment.refund_failed": _to_admins(repeats=True),
    "order.high_value": _to_admins(),
    "stock.low": _to_admins(repeats=True),
    "job.failed": _to_admins(MAIL_ONLY, repeats=True),
}
WEBHOOK_EVENTS = frozenset(
    event for event, route in ROUTES.items() if Channel.WEBHOOK in route.channels
)


def build_event_key(event: str, subject: dict[str, str], *, occurrence: UUID) -> str:
    """The idempotency key of an event.

    An event that happens only once to its subject is identified by the subject, so that
    enqueuing it twice notifies once; one that repeats is identified by its outbox message
    (`occurrence`).
    """
    if ROUTES[event].repeats:
        return f"{event}:{occurrence}"
    return ":".join((event, *(subject[name] for name in sorted(subject))))
