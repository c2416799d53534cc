"""Unsubscribe links, which need no sign-in: a signed token names one account and one event."""

from dataclasses import dataclass
from uuid import UUID

import jwt

from webapp.notifications.errors import BadUnsubscribeLink
from webapp.notifications.events import ROUTES, EventName

AUDIENCE = "unsubscribe"
ALGORITHM = "HS256"
PATH = "/api/v1/notifications/unsubscribe"


@dataclass(frozen=True)
class Unsubscription:
    customer_id: UUID
    event: EventName

    def build_token(self, secret: str) -> str:
        """Without expiry: an old mail must be as easy to unsubscribe from as a new one."""
        claims = {"sub": str(self.customer_id), "event": self.event, "aud": AUDIENCE}
        return jwt.encode(claims, secret, ALGORITHM)

    def build_link(self, *, site: str, secret: str) -> str:
        return f"{site}{PATH}?token={self.build_token(secret)}"


def verify_unsubscribe_token(token: str, *, secret: str) -> Unsubscription:
    """Raises `BadUnsubscribeLink`."""
    try:
        claims = jwt.decode(
            token,
            secret,
            [ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["sub", "event", "aud"]},
        )
        unsubscription = Unsubscription(UUID(claims["sub"]), EventName(claims["event"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise BadUnsubscribeLink from error
    if ROUTES[unsubscription.event].transactional:
        raise BadUnsubscribeLink
    return unsubscription
