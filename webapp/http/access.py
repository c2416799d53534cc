"""Who may call what, and who is calling.

Every endpoint names one of these; a test refuses silence. Our own access tokens are checked
without a look at the database, and hold for an hour whatever happens to the sign-in they
came from; only a deleted account is turned away at once (`Gate`).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, cast
from uuid import UUID

from flask import Flask, current_app, g, request
from flask_jwt_extended import JWTManager, create_access_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from webapp.adapters.identity.port import PoolMember, UserPool
from webapp.http.context import runtime
from webapp.kit.clock import utc_now
from webapp.kit.errors import Forbidden, Unauthenticated
from webapp.kit.roles import ADMIN

ACCESS_LIFETIME = timedelta(hours=1)
OURS = "ecom67"
EXTENSION = "ecom67-account-status"


class Access(StrEnum):
    PUBLIC = "public"
    CUSTOMER = "customer"
    ADMIN = "admin"


class NotAdmin(Forbidden):
    code = "ADMIN_ONLY"


class TokenExpired(Unauthenticated):
    code = "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("The access token has expired: refresh it, or sign in again")


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


class AccountStatusProvider(Protocol):
    """What a token does not say about its account."""

    def require_active(self, customer_id: UUID) -> None:
        """Raises `Unauthenticated` for a deleted account."""
        ...

    def provision_member(self, member: PoolMember) -> None:
        """Make the account of a user pool's member, at first sight. Raises
        `Unauthenticated` for a deleted one."""
        ...

    def invalidate(self) -> None:
        """An account has just been deleted here."""
        ...


def install(app: Flask, *, secret: str, account_status: AccountStatusProvider) -> None:
    app.config.update(
        JWT_SECRET_KEY=secret,
        JWT_ALGORITHM="HS256",
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_ENCODE_ISSUER=OURS,
        JWT_DECODE_ISSUER=OURS,
        JWT_ENCODE_AUDIENCE=OURS,
        JWT_DECODE_AUDIENCE=OURS,
    )
    JWTManager(app)
    app.extensions[EXTENSION] = account_status


def account_status() -> AccountStatusProvider:
    return cast("AccountStatusProvider", current_app.extensions[EXTENSION])


def issue_access_token(customer_id: UUID, *, groups: list[str]) -> str:
    token = create_access_token(
        identity=str(customer_id), additional_claims={"groups": groups}
    )
    return str(token)


def verify_access_token(token: str) -> Identity:
    """Of our own token or the user pool's. Raises `Unauthenticated` and `TokenExpired`."""
    pool = runtime().user_pool
    pools = pool if pool is not None and pool.has_issued(token) else None
    try:
        found = _member(pools, token) if pools is not None else _ours(token)
    except ExpiredSignatureError as problem:
        raise TokenExpired from problem
    except (JWTExtendedException, PyJWTError, KeyError, ValueError) as problem:
        raise Unauthenticated("The access token is not valid") from problem
    account_status().require_active(found.customer_id)
    return found


def _ours(token: str) -> Identity:
    claims = decode_token(token)
    if claims["type"] != "access":
        raise Unauthenticated("This is not an access token")
    groups = claims.get("groups")
    return Identity(
        customer_id=UUID(claims["sub"]),
        groups=frozenset(map(str, groups)) if isinstance(groups, list) else frozenset(),
        expires_at=int(claims["exp"]),
    )


def _member(pool: UserPool, token: str) -> Identity:
    member = pool.verify(token)
    account_status().provision_member(member)
    return Identity(member.id, member.groups, member.expires_at)


def revalidate_identity(identity: Identity) -> None:
    """For sockets, which outlive a token. Raises `TokenExpired` and `Unauthenticated`."""
    if utc_now().timestamp() >= identity.expires_at:
        raise TokenExpired
    account_status().require_active(identity.customer_id)


def authorize_request(access: Access) -> None:
    """Let the request through, or raise `Unauthenticated` or `NotAdmin`."""
    if access is Access.PUBLIC:
        return
    g.identity = verify_access_token(_bearer_token())
    if access is Access.ADMIN and not current_identity().is_admin:
        raise NotAdmin("This needs an account of the admin group")


def _bearer_token() -> str:
    sent = request.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        raise Unauthenticated("Send an access token: Authorization: Bearer …")
    return sent.token


def current_identity() -> Identity:
    """Who is calling; there is nobody where the endpoint is public."""
    return cast("Identity", g.identity)


def current_customer_id() -> UUID:
    return current_identity().customer_id
