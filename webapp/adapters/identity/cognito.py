"""An Amazon Cognito user pool: verifies its tokens with its published keys (JWKS)."""

import time
from functools import cached_property
from typing import Any
from uuid import UUID

import boto3
import jwt
from jwt import InvalidTokenError, PyJWKClient
from jwt.exceptions import PyJWKClientError, PyJWTError

from webapp.adapters.identity.port import PoolMember, UserPoolUnavailable
from webapp.kit.email_addresses import normalize_address

ALGORITHM = "RS256"
TIMEOUT_S = 3
# A key that the pool has withdrawn is accepted for up to this long.
KEY_CACHE_S = 6 * 60 * 60
# Tokens with unknown key ids cause at most one request to the pool in this time.
REFETCH_COOLDOWN_S = 60
# After a failure, callers fail at once for this long instead of waiting for the pool.
FAILURE_COOLDOWN_S = 5


class PoolKeys(PyJWKClient):
    """The published keys, fetched when they are expired or lack the requested one."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url,
            lifespan=KEY_CACHE_S,
            cooldown_duration=REFETCH_COOLDOWN_S,
            timeout=TIMEOUT_S,
        )
        self._cooldown_until = 0.0

    def fetch_data(self) -> Any:
        if time.monotonic() < self._cooldown_until:
            raise UserPoolUnavailable("The user pool is not answering; try again")
        try:
            return super().fetch_data()
        except (PyJWTError, ValueError) as error:
            self._cooldown_until = time.monotonic() + FAILURE_COOLDOWN_S
            raise UserPoolUnavailable(
                "The user pool is not answering; try again"
            ) from error


class CognitoUserPool:
    """One app client of one pool."""

    def __init__(self, pool_id: str, client_id: str, region: str) -> None:
        self._pool_id = pool_id
        self._client_id = client_id
        self._region = region
        self._issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"

    @cached_property
    def _keys(self) -> PoolKeys:
        """From AWS, or from `AWS_ENDPOINT_URL`, which boto3 honors."""
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
        claims = self._decode(token)
        if self._get_client_id(claims) != self._client_id:
            raise InvalidTokenError("The token is for another client of the pool")
        is_email_verified = claims.get("email_verified") in (True, "true")
        return PoolMember(
            id=_parse_subject(claims["sub"]),
            groups=frozenset(map(str, claims.get("cognito:groups", ()))),
            expires_at=int(claims["exp"]),
            email=normalize_address(str(claims["email"]))
            if is_email_verified
            else None,
            name=str(claims.get("name", "")),
        )

    def check(self) -> None:
        try:
            self._keys.get_signing_keys(refresh=True)
        except PyJWTError as error:
            raise UserPoolUnavailable("The user pool has no keys") from error

    def _decode(self, token: str) -> dict[str, Any]:
        """Verify signature, issuer and expiry; returns the claims."""
        try:
            key = self._keys.get_signing_key_from_jwt(token)
        except PyJWKClientError as error:
            raise InvalidTokenError("The pool has no such key") from error
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=self._issuer,
            options={
                "require": ["exp", "iss", "sub", "token_use"],
                "verify_aud": False,  # only an id token has one, see `_get_client_id`
            },
        )

    def _get_client_id(self, claims: dict[str, Any]) -> object:
        """The app client that the token was issued to: each of the two uses has its own claim."""
        match claims["token_use"]:
            case "access":
                return claims.get("client_id")
            case "id":
                return claims.get("aud")
            case _:
                raise InvalidTokenError("Neither an access token nor an id token")


def _parse_subject(subject: str) -> UUID:
    try:
        return UUID(subject)
    except ValueError as error:
        raise InvalidTokenError("The token names no customer") from error
