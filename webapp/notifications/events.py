"""What is told to whom, by which channel: one table. Pure.

Whoever makes an event happen promises `notifications.tell` with its name and the id of what
it is about, in the same transaction; everything else follows from here.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Audience(StrEnum):
    CUSTOMER = "customer"
    """Whose order it is."""
    ADMINS = "admins"
    """Every account of the admin group."""


class Channel(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"
    """The addresses that integrators have registered."""


@dataclass(frozen=True)
class NotificationRoute:
    audience: Audience
    channels: frozenset[Channel]
    transactional: bool
    """Part of a deal with the recipient, who cannot unsubscribe from it."""
    repeats: bool = False
    """May happen again to the same thing; every promise of it is an event of its own."""


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
    """The same for everything that tells the same event.

    An event that happens to a thing only once is named by that thing, so that a second
    promise of it tells nothing new; one that repeats is named by its promise.
    """
    if ROUTES[event].repeats:
        return f"{event}:{occurrence}"
    return ":".join((event, *(subject[name] for name in sorted(subject))))
