"""Service tokens: JWTs with the principal of a call to the agents, signed with `JWT_SECRET`
and valid for one minute, so that nothing else on the network can act for a customer.
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


def issue_service_token(principal: Principal, *, secret: str) -> str:
    now = utc_now()
    claims = {
        "sub": str(principal.customer_id),
        "groups": list(principal.groups),
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + SERVICE_TOKEN_TTL,
    }
    return jwt.encode(claims, secret, ALGORITHM)


def verify_service_token(token: str, *, secret: str) -> Principal:
    """Raises `Unauthenticated` for anything but a valid token of `issue_service_token`."""
    try:
        claims = jwt.decode(
            token,
            secret,
            [ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["sub", "exp", "aud"]},
        )
        return Principal(UUID(claims["sub"]), tuple(claims.get("groups", ())))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise Unauthenticated("The service token is not valid") from error
