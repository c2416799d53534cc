"""Who may call what, and who is calling.

Every endpoint names one of these; a test refuses silence.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from flask import Flask
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    decode_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from webapp.kit.errors import Forbidden, Unauthenticated

ACCESS_LIFETIME = timedelta(hours=1)
ADMIN = "admin"


class Access(StrEnum):
    PUBLIC = "public"
    CUSTOMER = "customer"
    ADMIN = "admin"


class NotAdmin(Forbidden):
    code = "ADMIN_ONLY"


@dataclass(frozen=True)
class Identity:
    """Whose token it is; from a verified token only, never from what a client writes."""

    customer_id: UUID
    groups: frozenset[str]
    expires_at: int
    """Unix seconds."""

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.groups


def install(app: Flask, *, secret: str) -> JWTManager:
    app.config.update(
        JWT_SECRET_KEY=secret,
        JWT_ALGORITHM="HS256",
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_TOKEN_LOCATION=["headers"],
        JWT_ENCODE_ISSUER="ecom67",
        JWT_DECODE_ISSUER="ecom67",
    )
    return JWTManager(app)


def issue_token(customer_id: UUID, *, groups: list[str]) -> str:
    token = create_access_token(
        identity=str(customer_id), additional_claims={"groups": groups}
    )
    return str(token)


def _identity(claims: dict[str, object]) -> Identity:
    groups = claims.get("groups")
    return Identity(
        customer_id=UUID(str(claims["sub"])),
        groups=frozenset(map(str, groups)) if isinstance(groups, list) else frozenset(),
        expires_at=int(str(claims["exp"])),
    )


def identity_of_token(token: str) -> Identity:
    """For sockets, whose token is not in a header. Raises `Unauthenticated`."""
    try:
        return _identity(decode_token(token))
    except (JWTExtendedException, PyJWTError, KeyError, ValueError) as problem:
        raise Unauthenticated(
            "The access token is not valid or has expired"
        ) from problem


def check(access: Access) -> None:
    """Let the request through, or raise what the token library or `NotAdmin` says."""
    if access is Access.PUBLIC:
        return
    verify_jwt_in_request()
    if access is Access.ADMIN and not identity().is_admin:
        raise NotAdmin("This needs an account of the admin group")


def identity() -> Identity:
    try:
        return _identity(get_jwt())
    except (KeyError, ValueError) as problem:
        raise Unauthenticated("The access token names no customer") from problem


def customer_id() -> UUID:
    return identity().customer_id
