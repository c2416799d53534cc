"""Tickets: what opens one chat socket, once, in place of the access token.

A browser can send no headers with a WebSocket, and an address ends up in logs. A ticket is a
random value, of which Valkey has the hash, with a statement that we have signed: whoever writes
to Valkey can make no ticket of their own, and whoever reads it learns none.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

import jwt

from webapp.adapters.one_time_values.port import OneTimeValues, ValueStoreUnavailable
from webapp.chat.errors import TicketNotValid, TicketsUnavailable
from webapp.http.access import Identity
from webapp.kit.hashing import hash_token

LIFETIME = timedelta(seconds=30)
AUDIENCE = "chat socket"
ALGORITHM = "HS256"
TICKET_BYTES = 32


def issue_ticket(
    values: OneTimeValues,
    identity: Identity,
    *,
    path: str,
    secret: str,
    now: datetime,
) -> str:
    """Issue a ticket for one socket at this path. Raises `TicketsUnavailable`."""
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    digest = hash_token(ticket)
    claims = {
        "sub": str(identity.customer_id),
        "groups": sorted(identity.groups),
        "ver": identity.token_version,
        "mfa": identity.has_second_factor,
        "token_exp": identity.expires_at,
        "path": path,
        "jti": digest,
        "aud": AUDIENCE,
        "exp": now + LIFETIME,
    }
    try:
        values.put(
            digest,
            jwt.encode(claims, secret, ALGORITHM),
            lifetime_s=int(LIFETIME.total_seconds()),
        )
    except ValueStoreUnavailable as error:
        raise TicketsUnavailable from error
    return ticket


def redeem_ticket(
    values: OneTimeValues, ticket: str, *, path: str, secret: str
) -> Identity:
    """The identity for which the ticket was issued, with the expiry of its access token.

    Raises `TicketNotValid` and `TicketsUnavailable`.
    """
    digest = hash_token(ticket)
    try:
        signed = values.take(digest)
    except ValueStoreUnavailable as error:
        raise TicketsUnavailable from error
    try:
        claims = jwt.decode(signed or "", secret, [ALGORITHM], audience=AUDIENCE)
    except jwt.InvalidTokenError as error:
        raise TicketNotValid from error
    if (claims["jti"], claims["path"]) != (digest, path):
        raise TicketNotValid
    return Identity(
        customer_id=UUID(claims["sub"]),
        groups=frozenset(claims["groups"]),
        expires_at=claims["token_exp"],
        token_version=claims["ver"],
        has_second_factor=claims.get("mfa") is True,
    )
