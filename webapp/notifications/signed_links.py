"""Links in mails that need no sign-in: a signed token says what each is for."""

from collections.abc import Mapping
from typing import Any

import jwt

ALGORITHM = "HS256"


def build_link(
    address: str, *, audience: str, claims: Mapping[str, str], secret: str
) -> str:
    return f"{address}?token={build_token(audience, claims, secret=secret)}"


def build_token(audience: str, claims: Mapping[str, str], *, secret: str) -> str:
    """Without expiry: an old mail must be as easy to unsubscribe from as a new one."""
    return jwt.encode({**claims, "aud": audience}, secret, ALGORITHM)


def verify_token(
    token: str, *, audience: str, required: tuple[str, ...], secret: str
) -> dict[str, Any]:
    """The claims. Raises `ValueError` for a token that is not the shop's, or for something else."""
    try:
        return jwt.decode(
            token,
            secret,
            [ALGORITHM],
            audience=audience,
            options={"require": [*required, "aud"]},
        )
    except jwt.InvalidTokenError as error:
        raise ValueError(str(error)) from error
