"""A user pool of Amazon Cognito: its tokens, checked with its published keys."""

import time
from functools import cached_property
from typing import Any
from uuid import UUID

import boto3
import jwt
from jwt import InvalidTokenError, PyJWKClient
from jwt.exceptions import PyJWKClientError, PyJWTError

from webapp.adapters.identity.port import PoolMember, UserPoolUnavailable

ALGORITHM = "RS256"


TIMEOUT_SECONDS = 3


# A key the pool has withdrawn counts for as long as this.
KEYS_KEPT_SECONDS = 6 * 60 * 60


# Tokens with invented key names must not become requests to the pool.
LOOK_AGAIN_SECONDS = 60


# Nor must every caller wait for a pool that does not answer.
REST_SECONDS = 5


class PoolKeys(PyJWKClient):
    """The published keys, fetched when they are old or lack the one that is asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            lifespan=KEYS_KEPT_SECONDS,
            cooldown_duration=LOOK_AGAIN_SECONDS,
            timeout=TIMEOUT_SECONDS,
        )
        self._rests_until = 0.0

    def fetch_data(self) -> Any:
        if time.monotonic() < self._rests_until:
            raise UserPoolUnavailable("The user pool is not answering; try again")
        try:
            return super().fetch_data()
        except (PyJWTError, ValueError) as problem:
            self._rests_until = time.monotonic() + REST_SECONDS
            raise UserPoolUnavailable(
                "The user pool is not answering; try again"
            ) from problem


class CognitoUserPool:
    """One app client of one pool."""

    def __init__(self, pool_id: str, client_id: str, region: str) -> None:
        self._pool_id = pool_id
        self._client_id = client_id
        self._region = region
        self._issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"

    @cached_property
    def _keys(self) -> PoolKeys:
        """From AWS, or from where `AWS_ENDPOINT_URL` sends all of boto3."""
        client = boto3.client("cognito-idp", region_name=self._region)
        return PoolKeys(
            f"{client.meta.endpoint_url}/{self._pool_id}/.well-known/jwks.json"
        )

    def has_issued(self, token: str) -> bool:
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except InvalidTokenError:
            return False
        return claims.get("iss") == self._issuer

    def verify(self, token: str) -> PoolMember:
        claims = self._checked(token)
        if self._client_of(claims) != self._client_id:
            raise InvalidTokenError("The token is for another client of the pool")
        knows_email = claims.get("email_verified") in (True, "true")
        return PoolMember(
            id=_uuid(claims["sub"]),
            groups=frozenset(map(str, claims.get("cognito:groups", ()))),
            expires_at=int(claims["exp"]),
            email=str(claims["email"]).lower() if knows_email else None,
            name=str(claims.get("name", "")),
        )

    def check(self) -> None:
        try:
            self._keys.get_signing_keys(refresh=True)
        except PyJWTError as problem:
            raise UserPoolUnavailable("The user pool has no keys") from problem

    def _checked(self, token: str) -> dict[str, Any]:
        """The claims of a token that the pool has signed and that is still good."""
        try:
            key = self._keys.get_signing_key_from_jwt(token)
        except PyJWKClientError as problem:
            raise InvalidTokenError("The pool has no such key") from problem
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=self._issuer,
            options={
                "require": ["exp", "iss", "sub", "token_use"],
                "verify_aud": False,  # only an id token has one, see `_client_of`
            },
        )

    def _client_of(self, claims: dict[str, Any]) -> object:
        """For whom the token was made: each of the two kinds says it in its own claim."""
        match claims["token_use"]:
            case "access":
                return claims.get("client_id")
            case "id":
                return claims.get("aud")
            case _:
                raise InvalidTokenError("Neither an access token nor an id token")


def _uuid(subject: str) -> UUID:
    try:
        return UUID(subject)
    except ValueError as problem:
        raise InvalidTokenError("The token names no customer") from problem
