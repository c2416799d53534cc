"""Service tokens: who a call to the agents speaks for, signed with `JWT_SECRET` for one minute,
so that nobody else on the network can speak for a customer.
"""

from datetime import timedelta
from uuid import UUID

import jwt

from webapp.adapters.agents.port import Principal
from webapp.kit.clock import utc_now
from webapp.kit.errors import Unauthenticated

AUDIENCE = "agents"


ALGORITHM = "HS256"


SERVICE_TOKEN_TTL = timedelta(minutes=1)


def issue_service_token(speaker: Principal, *, secret: str) -> str:
    now = utc_now()
    claims = {
        "sub": str(speaker.customer_id),
        "groups": list(speaker.groups),
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + SERVICE_TOKEN_TTL,
    }
    return jwt.encode(claims, secret, ALGORITHM)


def verify_service_token(token: str, *, secret: str) -> Principal:
    """Raises `Unauthenticated` for anything but our own passport, still valid."""
    try:
        claims = jwt.decode(
            token,
            secret,
            [ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["sub", "exp", "aud"]},
        )
        return Principal(UUID(claims["sub"]), tuple(claims.get("groups", ())))
    except (jwt.InvalidTokenError, ValueError) as problem:
        raise Unauthenticated("The agents do not know who is speaking") from problem
