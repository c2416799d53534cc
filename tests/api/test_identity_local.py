"""Our own access tokens, and what is not one."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from tests.support.api_client import ApiClient
from tests.support.tokens import build_unsigned_token, decode_claims, tamper_token
from webapp.adapters.agents.port import Principal
from webapp.adapters.agents.service_tokens import issue_service_token
from webapp.config import Settings
from webapp.http.access import verify_access_token
from webapp.kit.errors import Unauthenticated

UNKNOWN, EXPIRED = (401, "UNAUTHENTICATED"), (401, "TOKEN_EXPIRED")
Forge = Callable[[dict[str, Any], str], str]


def signed(claims: dict[str, Any], secret: str, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm)


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


FORGERIES: dict[str, Forge] = {
    "no algorithm": lambda claims, _: build_unsigned_token(claims),
    "another algorithm": lambda claims, secret: signed(claims, secret * 2, "HS512"),
    "an algorithm of two keys": lambda claims, _: jwt.encode(
        claims, rsa.generate_private_key(65537, 2048), "RS256"
    ),
    "another key": lambda claims, _: signed(
        claims, "another secret, just as long as ours is"
    ),
    "another issuer": lambda claims, secret: signed(claims | {"iss": "else"}, secret),
    "no issuer": lambda claims, secret: signed(without(claims, "iss"), secret),
    "another audience": lambda claims, secret: signed(claims | {"aud": "x"}, secret),
    "no audience": lambda claims, secret: signed(without(claims, "aud"), secret),
    "another use": lambda claims, secret: signed(claims | {"type": "refresh"}, secret),
    "no end": lambda claims, secret: signed(without(claims, "exp"), secret),
    "not yet": lambda claims, secret: signed(
        claims | {"nbf": time.time() + 600}, secret
    ),
    "no subject": lambda claims, secret: signed(without(claims, "sub"), secret),
    "a subject who is no id": lambda claims, secret: signed(
        claims | {"sub": "admin"}, secret
    ),
    "the admin group put in": lambda claims, secret: tamper_token(
        signed(claims, secret), groups=["admin"]
    ),
    "another person put in": lambda claims, secret: tamper_token(
        signed(claims, secret), sub=str(uuid4())
    ),
    "the passport of the agents": lambda _, secret: issue_service_token(
        Principal(uuid4(), ("admin",)), secret=secret
    ),
    "no token at all": lambda *_: "garbage",
    "dots": lambda *_: "..",
}


def good_claims(customer: ApiClient) -> dict[str, Any]:
    return decode_claims(customer.headers["Authorization"].removeprefix("Bearer "))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refusal_of(caller: ApiClient, token: str, path: str = "/cart") -> tuple[int, str]:
    response = caller.call("GET", path, headers=bearer(token))
    return response.status_code, response.get_json()["error"]["code"]


def test_the_table_starts_from_a_token_that_is_good(
    customer: ApiClient, nobody: ApiClient, settings: Settings
) -> None:
    token = signed(good_claims(customer), settings.require_jwt_secret())

    assert nobody.call("GET", "/cart", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_token_that_is_wrong_in_any_way_is_nobodys(
    customer: ApiClient, nobody: ApiClient, app: Flask, settings: Settings, forgery: str
) -> None:
    secret = settings.require_jwt_secret()
    token = FORGERIES[forgery](good_claims(customer), secret)

    assert refusal_of(nobody, token) == UNKNOWN
    assert refusal_of(nobody, token, "/admin/products") == UNKNOWN
    with app.app_context(), pytest.raises(Unauthenticated):
        verify_access_token(token)  # as the sockets ask


def test_an_old_token_says_that_it_is_old(
    customer: ApiClient, nobody: ApiClient, settings: Settings
) -> None:
    old = good_claims(customer) | {"exp": int(time.time()) - 1}

    token = signed(old, settings.require_jwt_secret())

    assert refusal_of(nobody, token) == EXPIRED


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
def test_without_a_token_nobody_is_known(
    nobody: ApiClient, headers: dict[str, str]
) -> None:
    response = nobody.call("GET", "/cart", headers=headers)

    assert (response.status_code, response.get_json()["error"]["code"]) == UNKNOWN
