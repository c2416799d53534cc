"""Unsubscribe links, which need no sign-in: a signed token names one account and one event."""

from dataclasses import dataclass
from uuid import UUID

from webapp.notifications import signed_links
from webapp.notifications.errors import BadUnsubscribeLink
from webapp.notifications.events import ROUTES, EventName

AUDIENCE = "unsubscribe"
PATH = "/api/v1/notifications/unsubscribe"


@dataclass(frozen=True)
class Unsubscription:
    customer_id: UUID
    event: EventName

    def build_token(self, secret: str) -> str:
        return signed_links.build_token(AUDIENCE, self._list_claims(), secret=secret)

    def build_link(self, *, site: str, secret: str) -> str:
        return signed_links.build_link(
            f"{site}{PATH}",
            audience=AUDIENCE,
            claims=self._list_claims(),
            secret=secret,
        )

    def _list_claims(self) -> dict[str, str]:
        return {"sub": str(self.customer_id), "event": self.event}


def verify_unsubscribe_token(token: str, *, secret: str) -> Unsubscription:
    """Raises `BadUnsubscribeLink`."""
    try:
        claims = signed_links.verify_token(
            token, audience=AUDIENCE, required=("sub", "event"), secret=secret
        )
        unsubscription = Unsubscription(UUID(claims["sub"]), EventName(claims["event"]))
    except ValueError as error:
        raise BadUnsubscribeLink from error
    if ROUTES[unsubscription.event].transactional:
        raise BadUnsubscribeLink
    return unsubscription
