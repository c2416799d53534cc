"""The shop's own access tokens, and forged ones."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask_jwt_extended import decode_token

from tests.support.api_client import ApiClient
from tests.support.tokens import build_unsigned_token, decode_claims, tamper_token
from webapp.adapters.agents.port import Principal
from webapp.adapters.agents.service_tokens import issue_service_token
from webapp.config import Settings
from webapp.http import access
from webapp.http.access import verify_access_token
from webapp.kit.errors import Unauthenticated

UNAUTHENTICATED, EXPIRED = (401, "UNAUTHENTICATED"), (401, "TOKEN_EXPIRED")
Forge = Callable[[dict[str, Any], str], str]


def sign(claims: dict[str, Any], secret: str, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm)


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


FORGERIES: dict[str, Forge] = {
    "no algorithm": lambda claims, _: build_unsigned_token(claims),
    "another algorithm": lambda claims, secret: sign(claims, secret * 2, "HS512"),
    "an algorithm of two keys": lambda claims, _: jwt.encode(
        claims, rsa.generate_private_key(65537, 2048), "RS256"
    ),
    "another key": lambda claims, _: sign(
        claims, "another secret, just as long as ours is"
    ),
    "another issuer": lambda claims, secret: sign(claims | {"iss": "else"}, secret),
    "no issuer": lambda claims, secret: sign(without(claims, "iss"), secret),
    "another audience": lambda claims, secret: sign(claims | {"aud": "x"}, secret),
    "no audience": lambda claims, secret: sign(without(claims, "aud"), secret),
    "another use": lambda claims, secret: sign(claims | {"type": "refresh"}, secret),
    "no end": lambda claims, secret: sign(without(claims, "exp"), secret),
    "not yet": lambda claims, secret: sign(claims | {"nbf": time.time() + 600}, secret),
    "no subject": lambda claims, secret: sign(without(claims, "sub"), secret),
    "a subject that is no id": lambda claims, secret: sign(
        claims | {"sub": "admin"}, secret
    ),
    "the admin group put in": lambda claims, secret: tamper_token(
        sign(claims, secret), groups=["admin"]
    ),
    "another person put in": lambda claims, secret: tamper_token(
        sign(claims, secret), sub=str(uuid4())
    ),
    "a service token of the agents": lambda _, secret: issue_service_token(
        Principal(uuid4(), ("admin",)), secret=secret
    ),
    "no token at all": lambda *_: "garbage",
    "dots": lambda *_: "..",
}


def valid_claims(customer: ApiClient) -> dict[str, Any]:
    return decode_claims(customer.headers["Authorization"].removeprefix("Bearer "))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def error_of(caller: ApiClient, token: str, path: str = "/cart") -> tuple[int, str]:
    response = caller.call("GET", path, headers=bearer(token))
    return response.status_code, response.get_json()["error"]["code"]


def test_the_forgeries_start_from_a_valid_token(
    customer: ApiClient, nobody: ApiClient, settings: Settings
) -> None:
    token = sign(valid_claims(customer), settings.require_jwt_secret())

    assert nobody.call("GET", "/cart", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_rejected(
    customer: ApiClient, nobody: ApiClient, app: Flask, settings: Settings, forgery: str
) -> None:
    secret = settings.require_jwt_secret()
    token = FORGERIES[forgery](valid_claims(customer), secret)

    assert error_of(nobody, token) == UNAUTHENTICATED
    assert error_of(nobody, token, "/admin/products") == UNAUTHENTICATED
    with app.app_context(), pytest.raises(Unauthenticated):
        verify_access_token(token)  # as the sockets do


def test_a_token_is_decoded_once_and_still_expires(
    customer: ApiClient,
    nobody: ApiClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end = int(time.time()) + 60
    claims = valid_claims(customer) | {"exp": end}
    token = sign(claims, settings.require_jwt_secret())
    decoded = []

    def count_decoding(token: str) -> dict[str, Any]:
        decoded.append(token)
        return decode_token(token)

    monkeypatch.setattr(access, "decode_token", count_decoding)
    for _ in range(3):
        assert nobody.call("GET", "/cart", headers=bearer(token)).status_code == 200
    assert decoded == [token]

    monkeypatch.setattr(access, "utc_now", lambda: datetime.fromtimestamp(end, UTC))
    assert error_of(nobody, token) == EXPIRED
    assert nobody.call("GET", "/cart", headers=bearer(token)).status_code == 200, (
        "it is forgotten, and decoded by the clock again"
    )


def test_no_more_tokens_are_remembered_than_fit(
    customer: ApiClient,
    nobody: ApiClient,
    app: Flask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access, "MAX_VERIFIED_TOKENS", 2)
    claims = valid_claims(customer)
    for number in range(5):
        token = sign(claims | {"number": number}, settings.require_jwt_secret())
        assert nobody.call("GET", "/cart", headers=bearer(token)).status_code == 200

    assert 0 < len(app.extensions[access.VERIFIED_EXTENSION]) <= 2


def test_an_expired_token_gets_its_own_error_code(
    customer: ApiClient, nobody: ApiClient, settings: Settings
) -> None:
    expired = valid_claims(customer) | {"exp": int(time.time()) - 1}

    token = sign(expired, settings.require_jwt_secret())

    assert error_of(nobody, token) == EXPIRED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "nonsense"},
    ],
)
def test_without_a_token_a_caller_is_not_authenticated(
    nobody: ApiClient, headers: dict[str, str]
) -> None:
    response = nobody.call("GET", "/cart", headers=headers)

    assert (
        response.status_code,
        response.get_json()["error"]["code"],
    ) == UNAUTHENTICATED
