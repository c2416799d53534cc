"""API tokens: created by admins only, shown once, for what their scopes name, and revocable."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from tests.api.conftest import signed_in
from tests.support.api_client import ApiClient
from tests.support.tokens import create_api_token
from tests.support.valkey import private_valkey
from tests.support.web_apps import AppFactory
from webapp.accounts.models import ApiToken
from webapp.accounts.rate_limits import TOKEN_GUESS_LIMIT
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.kit.scopes import Scope

DRAFT = {"name": "nightly  export", "scopes": ["orders:read"], "expires": "90d"}


@pytest.fixture
def admin(app: Flask, runtime: Runtime) -> ApiClient:
    return signed_in(app, runtime, admin=True)


@pytest.fixture
def nobody(app: Flask) -> ApiClient:
    return ApiClient(app)


def test_a_token_is_shown_once_and_works_until_it_is_revoked(
    app: Flask, admin: ApiClient
) -> None:
    created = admin.expect_ok("POST", "/admin/tokens", DRAFT)
    token = created.pop("token")
    program = ApiClient(app, token=token)

    assert token.startswith("ecom67_token_")
    assert program.expect_ok("GET", "/admin/orders") == {"items": []}
    assert program.expect_error("GET", "/admin/products") == (403, "SCOPE_MISSING")
    [listed] = admin.expect_ok("GET", "/admin/tokens")["items"]
    assert listed.pop("lastUsedAt") is not None
    assert created.pop("lastUsedAt") is None
    assert listed == created
    assert listed["name"] == "nightly export"
    assert listed["createdBy"].endswith("@example.com")

    admin.expect_ok("DELETE", f"/admin/tokens/{created['tokenId']}")

    assert program.expect_error("GET", "/admin/orders") == (401, "API_TOKEN_UNKNOWN")
    admin.expect_ok("DELETE", f"/admin/tokens/{created['tokenId']}")
    [listed] = admin.expect_ok("GET", "/admin/tokens")["items"]
    assert listed["revokedAt"] is not None


def test_the_token_is_in_no_table(admin: ApiClient, runtime: Runtime) -> None:
    """Not in the response that is stored under an `Idempotency-Key` either."""
    key = {"Idempotency-Key": "my-first"}
    token = admin.call("POST", "/admin/tokens", DRAFT, headers=key).json["token"]  # type: ignore[index]

    again = admin.call("POST", "/admin/tokens", DRAFT, headers=key)

    assert again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "token" not in again.get_json()
    with runtime.db.unit_of_work() as session:
        assert len(session.scalars(select(ApiToken)).all()) == 1
        for table in ("api_tokens", "idempotency_keys"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
            assert rows
            assert token.removeprefix("ecom67_token_") not in str(rows)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"scopes": ["orders:write", "moon:land"]}, "UNKNOWN_SCOPES", list(Scope)),
        ({"scopes": []}, "INVALID_REQUEST", ["scopes"]),
        ({"expires": "5 moons"}, "BAD_EXPIRY", ["expires", "5 moons", "90d"]),
        ({"expires": "2020-01-01"}, "BAD_EXPIRY", ["expires", "not in the future"]),
        ({"expires": "400d"}, "BAD_EXPIRY", ["expires", "366 days"]),
        ({"expires": None}, "INVALID_REQUEST", ["expires"]),
        ({"expires": 90}, "INVALID_REQUEST", ["expires"]),
        ({"name": " \u200b "}, "INVALID_REQUEST", ["name"]),
        ({"name": "x\ny"}, "INVALID_REQUEST", ["name"]),
    ],
)
def test_a_wrong_draft_is_refused_by_name(
    admin: ApiClient, changed: dict[str, object], code: str, words: list[str]
) -> None:
    response = admin.call("POST", "/admin/tokens", {**DRAFT, **changed})

    assert response.status_code == 400
    error = response.get_json()["error"]
    assert error["code"] == code
    for word in words:
        assert word in error["message"]


@pytest.mark.parametrize("missing", DRAFT)
def test_every_token_has_a_name_scopes_and_an_expiry(
    admin: ApiClient, missing: str
) -> None:
    draft = {name: value for name, value in DRAFT.items() if name != missing}

    error = admin.expect_error("POST", "/admin/tokens", draft)

    assert error == (400, "INVALID_REQUEST")


def test_an_expired_token_is_refused(app: Flask, runtime: Runtime) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(ApiToken).values(expires_at=utc_now() - timedelta(seconds=1))
        )

    error = ApiClient(app, token=token).expect_error("GET", "/admin/orders")

    assert error == (401, "API_TOKEN_EXPIRED")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/admin/tokens", None),
        ("POST", "/admin/tokens", DRAFT),
        ("DELETE", f"/admin/tokens/{UUID(int=7)}", None),
        ("GET", "/auth/me", None),
        ("DELETE", "/auth/me", {}),
        ("GET", "/cart", None),
        ("POST", "/cart", {}),
        ("POST", "/orders", {}),
        ("GET", "/notifications/preferences", None),
    ],
)
def test_a_token_neither_makes_tokens_nor_acts_as_a_person(
    app: Flask, runtime: Runtime, method: str, path: str, body: object
) -> None:
    program = ApiClient(app, token=create_api_token(runtime, *Scope))

    assert program.expect_error(method, path, body) == (403, "PERSON_ONLY")


def test_public_endpoints_do_not_look_at_the_token(app: Flask) -> None:
    ApiClient(app, token="ecom67_token_of_nobody").expect_ok("GET", "/products")


def test_keys_of_programs_are_theirs_alone(app: Flask, runtime: Runtime) -> None:
    """Two programs, and the admin who created both, may choose the same `Idempotency-Key`."""
    admin = signed_in(app, runtime, admin=True)
    tokens = [
        create_api_token(runtime, Scope.KNOWLEDGE_WRITE, creator_id=admin.customer_id)
        for _ in range(2)
    ]
    callers = [admin, *(ApiClient(app, token=token) for token in tokens)]
    headers = {"Idempotency-Key": "the-same"}
    for number, caller in enumerate(callers):
        article = {"slug": f"article-{number}", "title": "T", "body": "Text."}
        for is_replayed in (False, True):
            response = caller.call("POST", "/admin/knowledge", article, headers=headers)
            assert response.status_code == 201, response.text
            assert ("Idempotent-Replayed" in response.headers) == is_replayed


@pytest.fixture
def valkey() -> Iterator[str]:
    with private_valkey() as url:
        yield url


def test_guesses_are_limited_by_network_and_keep_no_program_out(
    runtime: Runtime, create_app: AppFactory, valkey: str
) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)
    app = create_app(replace(runtime, limiter=ValkeyRateLimiter(valkey)))
    guesses = [
        ApiClient(app, token=f"{token[:-4]}{number:04}").call("GET", "/admin/orders")
        for number in range(TOKEN_GUESS_LIMIT.max_hits + 1)
    ]

    assert [guess.status_code for guess in guesses] == [
        *[401] * TOKEN_GUESS_LIMIT.max_hits,
        429,
    ]
    ApiClient(app, token=token).expect_ok("GET", "/admin/orders")


def test_each_token_has_its_own_limit(runtime: Runtime, create_app: AppFactory) -> None:
    settings = runtime.settings.model_copy(update={"token_requests_per_minute": 2})
    limiter = ValkeyRateLimiter("memory://")
    app = create_app(replace(runtime, settings=settings, limiter=limiter))
    busy, idle = (
        ApiClient(app, token=create_api_token(runtime, Scope.ORDERS_READ))
        for _ in range(2)
    )
    for _ in range(2):
        busy.expect_ok("GET", "/admin/orders")

    refused = busy.call("GET", "/admin/orders")

    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    idle.expect_ok("GET", "/admin/orders")
