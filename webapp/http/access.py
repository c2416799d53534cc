"""Authentication and authorization of requests.

Every endpoint declares its `Access`; a test fails without one. Our own access tokens are verified
without a query, and are valid for an hour; `AccountStatusProvider` rejects those of a deleted
account, and those that were revoked.

A program sends an API token in place of an access token. It is nobody's identity: it can call the
endpoints for admins that declare a `Scope` which the token has, and no others.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, cast
from uuid import UUID

import structlog
from flask import Flask, current_app, g, request
from flask_jwt_extended import JWTManager, create_access_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from webapp.adapters.identity.port import PoolMember, UserPool
from webapp.http.context import runtime
from webapp.kit.clock import utc_now
from webapp.kit.errors import Forbidden, Unauthenticated
from webapp.kit.roles import ADMIN
from webapp.kit.scopes import API_TOKEN_PREFIX, Scope

ACCESS_LIFETIME = timedelta(hours=1)
ISSUER = "ecom67"
"""Issuer and audience of our own access tokens."""
VERSION_CLAIM = "ver"
SECOND_FACTOR_CLAIM = "mfa"
EXTENSION = "ecom67-account-status"
API_TOKENS_EXTENSION = "ecom67-api-tokens"
VERIFIED_EXTENSION = "ecom67-verified-tokens"
MAX_VERIFIED_TOKENS = 10_000
"""Remembered by a process; then it forgets all."""


class Access(StrEnum):
    PUBLIC = "public"
    CUSTOMER = "customer"
    ADMIN = "admin"


class NotAdmin(Forbidden):
    code = "ADMIN_ONLY"


class SecondFactorNotEnrolled(Forbidden):
    code = "SECOND_FACTOR_NOT_ENROLLED"

    def __init__(self) -> None:
        super().__init__(
            "Admins of this shop need a second factor: enroll one with POST "
            "/api/v1/auth/second-factor; until then, nothing for admins answers"
        )


class MissingScope(Forbidden):
    code = "SCOPE_MISSING"

    def __init__(self, scope: Scope, *, held: frozenset[str]) -> None:
        super().__init__(
            f"The API token lacks the scope {scope}: create one that has it",
            scope=scope,
            scopes=sorted(held),
        )


class PersonOnly(Forbidden):
    code = "PERSON_ONLY"

    def __init__(self) -> None:
        super().__init__(
            "An API token cannot do this, whatever its scopes: sign in as a person"
        )


class TokenExpired(Unauthenticated):
    code = "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("The access token has expired: refresh it, or sign in again")


@dataclass(frozen=True)
class Identity:
    """The caller of a request, from a verified token only, never from other client input."""

    customer_id: UUID
    groups: frozenset[str]
    expires_at: int
    """Unix seconds."""
    token_version: int | None = None
    """Of the shop's own tokens: `Customer.token_version` when it was issued."""
    has_second_factor: bool = False
    """Whether the sign-in has passed one. A user pool's members have theirs there."""

    @property
    def is_expired(self) -> bool:
        return utc_now().timestamp() >= self.expires_at

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.groups


@dataclass(frozen=True)
class ApiTokenGrant:
    """What a verified API token allows."""

    token_id: UUID
    name: str
    scopes: frozenset[str]
    expires_at: datetime

    def require_scope(self, scope: Scope | None) -> None:
        """`None` where no token is accepted. Raises `PersonOnly` and `MissingScope`."""
        if scope is None:
            raise PersonOnly
        if scope not in self.scopes:
            raise MissingScope(scope, held=self.scopes)


class ApiTokenVerifier(Protocol):
    def verify_token(self, token: str, *, address: str | None) -> ApiTokenGrant:
        """Verify an API token that a client at this address has sent, and count the request.

        Raises `Unauthenticated` and `TooManyRequests`.
        """
        ...

    def invalidate(self) -> None:
        """Discard cached tokens, after one was revoked in this process."""
        ...


class AccountStatusProvider(Protocol):
    """Account status that a token does not contain."""

    def require_active(
        self, customer_id: UUID, *, token_version: int | None = None
    ) -> None:
        """Raise `Unauthenticated` for a deleted account and for a revoked token."""
        ...

    def provision_member(self, member: PoolMember) -> None:
        """Create the account of a user pool's member when it is first seen. Raises
        `Unauthenticated` for a deleted one."""
        ...

    def invalidate(self) -> None:
        """Discard cached statuses, after an account was deleted or tokens were revoked in this
        process."""
        ...


def install(app: Flask, *, secret: str) -> None:
    app.config.update(
        JWT_SECRET_KEY=secret,
        JWT_ALGORITHM="HS256",
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=ISSUER,
        JWT_DECODE_AUDIENCE=ISSUER,
    )
    JWTManager(app)
    app.extensions[VERIFIED_EXTENSION] = {}


def use_account_status(app: Flask, account_status: AccountStatusProvider) -> None:
    app.extensions[EXTENSION] = account_status


def account_status() -> AccountStatusProvider:
    return cast("AccountStatusProvider", current_app.extensions[EXTENSION])


def use_api_tokens(app: Flask, verifier: ApiTokenVerifier) -> None:
    app.extensions[API_TOKENS_EXTENSION] = verifier


def api_tokens() -> ApiTokenVerifier:
    return cast("ApiTokenVerifier", current_app.extensions[API_TOKENS_EXTENSION])


def is_api_token(token: str) -> bool:
    return token.startswith(API_TOKEN_PREFIX)


def issue_access_token(
    customer_id: UUID,
    *,
    groups: list[str],
    token_version: int = 0,
    has_second_factor: bool = False,
) -> str:
    """Issue a token. The version is read in the transaction that authorizes it: a clock could
    not tell a token issued just after a revocation from one issued just before."""
    token = create_access_token(
        identity=str(customer_id),
        additional_claims={
            "groups": groups,
            VERSION_CLAIM: token_version,
            SECOND_FACTOR_CLAIM: has_second_factor,
        },
    )
    return str(token)


def verify_access_token(token: str) -> Identity:
    """Verify a token of our own or of the user pool.

    Raises `Unauthenticated`, `TokenExpired`, and `PersonOnly` for an API token.
    """
    if is_api_token(token):
        raise PersonOnly
    pool = runtime().user_pool
    issuer = pool if pool is not None and pool.has_issued(token) else None
    try:
        identity = (
            _verify_pool_token(issuer, token)
            if issuer is not None
            else _verify_own_token(token)
        )
    except ExpiredSignatureError as error:
        raise TokenExpired from error
    except (JWTExtendedException, PyJWTError, KeyError, ValueError) as error:
        raise Unauthenticated("The access token is not valid") from error
    _require_active(identity)
    return identity


def _require_active(identity: Identity) -> None:
    account_status().require_active(
        identity.customer_id, token_version=identity.token_version
    )


def _verify_own_token(token: str) -> Identity:
    """Verify a token's signature once; until it expires it stands for the same identity."""
    verified: dict[str, Identity] = current_app.extensions[VERIFIED_EXTENSION]
    identity = verified.get(token)
    if identity is None:
        identity = _decode_own_token(token)
        if len(verified) >= MAX_VERIFIED_TOKENS:
            verified.clear()
        verified[token] = identity
    elif identity.is_expired:
        verified.pop(token, None)
        raise TokenExpired
    return identity


def _decode_own_token(token: str) -> Identity:
    claims = decode_token(token)
    if claims["type"] != "access":
        raise Unauthenticated("This is not an access token")
    groups = claims.get("groups")
    return Identity(
        customer_id=UUID(claims["sub"]),
        groups=frozenset(map(str, groups)) if isinstance(groups, list) else frozenset(),
        expires_at=int(claims["exp"]),
        token_version=int(claims.get(VERSION_CLAIM, 0)),
        has_second_factor=claims.get(SECOND_FACTOR_CLAIM) is True,
    )


def _verify_pool_token(pool: UserPool, token: str) -> Identity:
    member = pool.verify(token)
    account_status().provision_member(member)
    return Identity(member.id, member.groups, member.expires_at, has_second_factor=True)


def revalidate_identity(identity: Identity) -> None:
    """Check an identity again, for sockets that outlive their token.

    Raises `TokenExpired` and `Unauthenticated`.
    """
    if identity.is_expired:
        raise TokenExpired
    _require_active(identity)


def authorize_request(access: Access, scope: Scope | None = None) -> None:
    """Authorize the current request.

    Raises `Unauthenticated`, `NotAdmin` and `SecondFactorNotEnrolled`, and for an API token
    `MissingScope`, `PersonOnly` and `TooManyRequests`.
    """
    if access is Access.PUBLIC:
        return
    token = _bearer_token()
    if is_api_token(token):
        _authorize_program(token, scope)
        return
    g.identity = verify_access_token(token)
    if access is Access.ADMIN:
        require_admin(current_identity())


def require_admin(identity: Identity) -> None:
    """Raises `NotAdmin`, and `SecondFactorNotEnrolled` where admins must have a second factor."""
    if not identity.is_admin:
        raise NotAdmin("This needs an account of the admin group")
    is_demanded = runtime().settings.demands_second_factor
    if is_demanded and not identity.has_second_factor:
        raise SecondFactorNotEnrolled


def _authorize_program(token: str, scope: Scope | None) -> None:
    grant = api_tokens().verify_token(token, address=request.remote_addr)
    structlog.contextvars.bind_contextvars(api_token=grant.name)
    grant.require_scope(scope)
    g.api_token = grant


def _bearer_token() -> str:
    credentials = request.authorization
    if credentials is None or credentials.type != "bearer" or not credentials.token:
        raise Unauthenticated("Send an access token: Authorization: Bearer …")
    return credentials.token


def current_identity() -> Identity:
    """Return the person who calls; public endpoints and programs have none."""
    return cast("Identity", g.identity)


def current_customer_id() -> UUID:
    return current_identity().customer_id


def current_caller_id() -> UUID:
    """Id of the API token, if a program calls, else of the customer."""
    grant: ApiTokenGrant | None = g.get("api_token")
    return current_customer_id() if grant is None else grant.token_id
