"""Tokens of a user pool (moto's, over HTTP) next to the shop's own, and forged ones."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.api.conftest import signed_in
from tests.support.api_client import ApiClient
from tests.support.cognito import (
    KEY_NAME,
    MotoUserPool,
    PoolTokens,
    create_user_pool,
    moto_server,
)
from tests.support.factories import RowFactory
from tests.support.recorder import Recorder, record_exchanges
from tests.support.tokens import (
    build_hmac_token,
    build_unsigned_token,
    decode_claims,
    tamper_token,
)
from tests.support.web_apps import AppFactory
from webapp.accounts.models import Customer
from webapp.adapters.identity.build import build_user_pool
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.http.access import verify_access_token
from webapp.kit.errors import Unauthenticated

UNAUTHENTICATED, EXPIRED = (401, "UNAUTHENTICATED"), (401, "TOKEN_EXPIRED")
FOREIGN_KEY = rsa.generate_private_key(65537, 2048)
Forge = Callable[[MotoUserPool, dict[str, Any]], str]


@pytest.fixture(scope="module")
def pool() -> Iterator[MotoUserPool]:
    with pytest.MonkeyPatch.context() as patch, moto_server() as address:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield create_user_pool(address)


@pytest.fixture(scope="module")
def ada(pool: MotoUserPool) -> PoolTokens:
    return pool.create_member("Ada")


@dataclass
class Shop:
    """A shop that accepts the pool's tokens, and the requests it makes to the pool."""

    app: Flask
    pool: MotoUserPool
    calls: Recorder
    ada: PoolTokens

    def call(self, token: str, path: str = "/cart") -> TestResponse:
        bearer = {"Authorization": f"Bearer {token}"}
        return ApiClient(self.app).call("GET", path, headers=bearer)

    def error(self, token: str, path: str = "/cart") -> tuple[int, str]:
        response = self.call(token, path)
        return response.status_code, response.get_json()["error"]["code"]


@pytest.fixture
def shop(
    runtime: Runtime,
    settings: Settings,
    pool: MotoUserPool,
    ada: PoolTokens,
    monkeypatch: pytest.MonkeyPatch,
    create_app: AppFactory,
) -> Iterator[Shop]:
    with record_exchanges(pool.address) as calls:
        monkeypatch.setenv("AWS_ENDPOINT_URL", calls.address)
        pool_settings = settings.model_copy(update={"identity": pool.identity_setting})
        app = create_app(replace(runtime, user_pool=build_user_pool(pool_settings)))
        yield Shop(app, pool, calls, ada)


def rows(runtime: Runtime) -> list[tuple[UUID, str | None, str]]:
    with runtime.db.unit_of_work() as session:
        return [
            (row.id, row.email, row.name) for row in session.scalars(select(Customer))
        ]


@pytest.mark.parametrize("kind", ["access", "id"])
def test_a_member_is_provisioned_at_first_sight_by_either_token(
    shop: Shop, runtime: Runtime, kind: str
) -> None:
    token = getattr(shop.ada, kind)

    me = shop.call(token, "/auth/me")

    assert me.status_code == 200
    assert me.get_json()["userId"] == str(shop.ada.subject)
    assert me.get_json()["groups"] == []
    assert shop.error(token, "/admin/products") == (403, "ADMIN_ONLY")
    with runtime.db.unit_of_work() as session:
        [row] = session.scalars(select(Customer))
        assert (row.id, row.password_hash) == (shop.ada.subject, None)
        assert row.verified_at is not None


def test_the_pools_group_makes_an_admin(shop: Shop) -> None:
    boss = shop.pool.create_member("Boss", groups=("admin",))

    assert shop.call(boss.access, "/admin/products").status_code == 200
    me = shop.call(boss.access, "/auth/me")
    assert me.get_json()["groups"] == ["admin"]


def test_the_shops_own_tokens_are_accepted_as_well(
    shop: Shop, runtime: Runtime
) -> None:
    assert signed_in(shop.app, runtime).call("GET", "/cart").status_code == 200


def test_sockets_accept_them_as_well(shop: Shop) -> None:
    with shop.app.app_context():
        assert verify_access_token(shop.ada.access).customer_id == shop.ada.subject


def sign_id_token(
    shop: Shop, *, verified: object = True, email: str = "Ada@Example.com"
) -> str:
    return shop.pool.sign_claims(
        decode_claims(shop.ada.id)
        | {"email": email, "email_verified": verified, "name": "Ada"}
    )


def test_the_row_is_updated_from_the_tokens_of_the_pool(
    shop: Shop, runtime: Runtime
) -> None:
    shop.call(shop.ada.access)
    assert rows(runtime) == [(shop.ada.subject, None, "")]

    shop.call(sign_id_token(shop))
    shop.call(shop.ada.access)
    assert rows(runtime) == [(shop.ada.subject, "ada@example.com", "Ada")]

    shop.call(sign_id_token(shop, email="new@example.com"))
    assert rows(runtime) == [(shop.ada.subject, "new@example.com", "Ada")]


def test_an_address_that_is_not_verified_is_not_taken(
    shop: Shop, runtime: Runtime
) -> None:
    shop.call(sign_id_token(shop, verified=False))

    assert [row[1] for row in rows(runtime)] == [None]


def test_an_account_of_the_shop_is_not_taken_over_by_its_address(
    shop: Shop, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        customer_id = RowFactory(session).customer(email="ada@example.com").id

    assert shop.call(sign_id_token(shop)).status_code == 200

    assert {(row[0], row[1]) for row in rows(runtime)} == {
        (customer_id, "ada@example.com"),
        (shop.ada.subject, None),
    }


def test_an_unverified_account_is_replaced_by_the_member_who_verified_the_address(
    shop: Shop, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        unverified = RowFactory(session).customer(email="ada@example.com", name="Eve")
        unverified.verified_at = None

    assert shop.call(sign_id_token(shop)).status_code == 200

    assert rows(runtime) == [(shop.ada.subject, "ada@example.com", "Ada")]


def public_key(pool: MotoUserPool) -> bytes:
    key: bytes = pool.signing_key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return key


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


FORGERIES: dict[str, Forge] = {
    "no algorithm": lambda _, claims: build_unsigned_token(claims, kid=KEY_NAME),
    "the public key as a secret": lambda pool, claims: build_hmac_token(
        claims, public_key(pool), kid=KEY_NAME
    ),
    "the kind of signature of the shop": lambda _, claims: build_hmac_token(
        claims, b"a secret of the tests, long enough for HS256"
    ),
    "another hash": lambda pool, claims: pool.sign_claims(claims, algorithm="RS512"),
    "another key": lambda pool, claims: pool.sign_claims(claims, key=FOREIGN_KEY),
    "a key that is not published": lambda pool, claims: pool.sign_claims(
        claims, key=FOREIGN_KEY, kid="unknown"
    ),
    "a key without a name": lambda pool, claims: pool.sign_claims(claims, kid=None),
    "another issuer": lambda pool, claims: pool.sign_claims(
        claims | {"iss": claims["iss"] + "x"}
    ),
    "no issuer": lambda pool, claims: pool.sign_claims(without(claims, "iss")),
    "the shop as issuer": lambda pool, claims: pool.sign_claims(
        claims | {"iss": "ecom67", "aud": "ecom67", "type": "access"}
    ),
    "another client": lambda pool, claims: pool.sign_claims(
        claims | {"client_id": "other"}
    ),
    "no client": lambda pool, claims: pool.sign_claims(without(claims, "client_id")),
    "another audience": lambda pool, claims: pool.sign_claims(
        without(claims, "client_id") | {"token_use": "id", "aud": "other"}
    ),
    "an id token by its client": lambda pool, claims: pool.sign_claims(
        claims | {"token_use": "id"}
    ),
    "another use": lambda pool, claims: pool.sign_claims(
        claims | {"token_use": "refresh"}
    ),
    "no use": lambda pool, claims: pool.sign_claims(without(claims, "token_use")),
    "no end": lambda pool, claims: pool.sign_claims(without(claims, "exp")),
    "not yet": lambda pool, claims: pool.sign_claims(
        claims | {"nbf": time.time() + 600}
    ),
    "no subject": lambda pool, claims: pool.sign_claims(without(claims, "sub")),
    "a subject that is no id": lambda pool, claims: pool.sign_claims(
        claims | {"sub": "x"}
    ),
    "the admin group put in": lambda pool, claims: tamper_token(
        pool.sign_claims(claims), **{"cognito:groups": ["admin"]}
    ),
    "another person put in": lambda pool, claims: tamper_token(
        pool.sign_claims(claims), sub=str(uuid4())
    ),
}


def test_the_forgeries_start_from_a_valid_token(shop: Shop) -> None:
    assert (
        shop.call(shop.pool.sign_claims(decode_claims(shop.ada.access))).status_code
        == 200
    )


@pytest.mark.slow
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_rejected(shop: Shop, runtime: Runtime, forgery: str) -> None:
    token = FORGERIES[forgery](shop.pool, decode_claims(shop.ada.access))

    assert shop.error(token) == UNAUTHENTICATED
    assert shop.error(token, "/admin/products") == UNAUTHENTICATED
    with shop.app.app_context(), pytest.raises(Unauthenticated):
        verify_access_token(token)  # as the sockets do
    assert rows(runtime) == []


def test_an_expired_token_gets_its_own_error_code(shop: Shop, runtime: Runtime) -> None:
    expired = shop.pool.sign_claims(
        decode_claims(shop.ada.access) | {"exp": int(time.time()) - 1}
    )

    assert shop.error(expired) == EXPIRED
    assert rows(runtime) == []


def test_keys_are_fetched_once_and_not_for_every_unknown_key_id(shop: Shop) -> None:
    for _ in range(3):
        assert shop.call(shop.ada.access).status_code == 200
    for number in range(5):
        unknown_key_token = shop.pool.sign_claims(
            decode_claims(shop.ada.access), kid=f"key {number}"
        )
        assert shop.error(unknown_key_token) == UNAUTHENTICATED

    assert [call.path for call in shop.calls.exchanges] == [
        f"/{shop.pool.pool_id}/.well-known/jwks.json"
    ]


def test_without_the_pools_keys_only_its_members_are_unavailable(
    shop: Shop, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    for _ in range(2):
        assert shop.error(shop.ada.access) == (503, "USER_POOL_UNAVAILABLE")

    assert signed_in(shop.app, runtime).call("GET", "/cart").status_code == 200


def test_without_the_setting_a_pools_token_is_rejected(
    shop: Shop, nobody: ApiClient
) -> None:
    bearer = {"Authorization": f"Bearer {shop.ada.access}"}

    assert nobody.call("GET", "/cart", headers=bearer).status_code == 401
