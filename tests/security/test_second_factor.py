"""The second factor over HTTP: what is answered to whom, limits, and what production demands."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api_client import ApiClient, iter_endpoints
from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER
from tests.support.second_factors import compute_code, enroll, forget_used_codes
from tests.support.web_apps import AppFactory
from webapp.accounts.rate_limits import (
    FACTOR_ATTEMPT_LIMIT,
    PASSWORD_ATTEMPT_LIMIT,
    RECOVERY_ATTEMPT_LIMIT,
)
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.bootstrap import Runtime
from webapp.config import Stage
from webapp.http.access import Access

EMAIL, PASSWORD = "ada@example.com", "Good-Pass1"
FACTOR = "/auth/second-factor"


@pytest.fixture
def nobody(app: Flask) -> ApiClient:
    return ApiClient(app)


def create_account(runtime: Runtime, *, admin: bool = False) -> None:
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL, admin=admin)
        customer.password_hash = CHEAP_HASHER.hash(PASSWORD)


@pytest.fixture
def secret(runtime: Runtime) -> str:
    """Of Ada's authenticator app."""
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(PASSWORD)
        secret, _ = enroll(session, runtime.settings, customer.id)
    forget_used_codes(runtime.db)
    return secret


def log_in(caller: ApiClient, password: str = PASSWORD, **body: str) -> TestResponse:
    sent = {"email": EMAIL, "password": password, **body}
    return caller.call("POST", "/auth/login", sent)


def get_code(response: TestResponse) -> str:
    code: str = response.get_json()["error"]["code"]
    return code


def sign_in(app: Flask, **body: str) -> ApiClient:
    response = log_in(ApiClient(app), **body)
    assert response.status_code == 200, response.text
    return ApiClient(app, token=response.get_json()["accessToken"])


def test_it_is_enrolled_confirmed_used_and_removed(
    app: Flask, runtime: Runtime, nobody: ApiClient
) -> None:
    create_account(runtime)
    ada = sign_in(app)
    begun = ada.expect_ok("POST", FACTOR, {"password": PASSWORD})
    assert begun["otpauthUri"].startswith("otpauth://totp/127.0.0.1:ada%40example.com?")
    assert begun["secret"] in begun["otpauthUri"]
    assert ada.expect_ok("GET", FACTOR)["isEnabled"] is False

    code = compute_code(begun["secret"])
    enrolled = ada.expect_ok("POST", f"{FACTOR}/confirm", {"code": code})

    assert ada.expect_error("GET", "/auth/me") == (401, "TOKEN_REVOKED")
    ada = ApiClient(app, token=enrolled["accessToken"])
    assert ada.expect_ok("GET", FACTOR) == {
        "isEnabled": True,
        "isRequired": False,
        "recoveryCodesLeft": 10,
    }
    assert get_code(log_in(nobody)) == "SECOND_FACTOR_REQUIRED"
    assert get_code(log_in(nobody, code=code)) == "WRONG_SECOND_FACTOR"
    ada = sign_in(app, code=enrolled["recoveryCodes"][0])

    proof = {"password": PASSWORD, "code": enrolled["recoveryCodes"][1]}
    renewed = ada.expect_ok("POST", f"{FACTOR}/recovery-codes", proof)["recoveryCodes"]
    stale = {**proof, "code": enrolled["recoveryCodes"][2]}
    assert ada.expect_error("DELETE", FACTOR, stale) == (
        403,
        "SECOND_FACTOR_CODE_REJECTED",
    )
    ada.expect_ok("DELETE", FACTOR, {**proof, "code": renewed[0]})

    assert log_in(nobody).status_code == 200
    assert get_code(log_in(nobody, code=renewed[1])) == "CODE_NOT_EXPECTED"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", FACTOR), ("POST", f"{FACTOR}/recovery-codes"), ("DELETE", FACTOR)],
)
def test_an_access_token_alone_changes_nothing(
    app: Flask, runtime: Runtime, secret: str, method: str, path: str
) -> None:
    """Whoever has stolen one knows neither password nor codes."""
    thief = sign_in(app, code=compute_code(secret))
    forget_used_codes(runtime.db)
    right = {"password": PASSWORD, "code": compute_code(secret)}
    if (method, path) == ("POST", FACTOR):
        right.pop("code")

    wrong = {**right, "password": "Wrong-Pass1"}
    assert thief.expect_error(method, path, wrong) == (403, "WRONG_PASSWORD")
    for missing in right:
        partial = {name: value for name, value in right.items() if name != missing}
        error = thief.expect_error(method, path, partial)
        assert error == (400, "INVALID_REQUEST")
    if "code" in right:
        wrong = {**right, "code": "abcd-efgh-abcd-efgh"}
        error = thief.expect_error(method, path, wrong)
        assert error == (403, "SECOND_FACTOR_CODE_REJECTED")


def test_responses_with_secrets_are_not_stored_under_a_key(
    app: Flask, runtime: Runtime
) -> None:
    create_account(runtime)
    ada = sign_in(app)
    headers = {"Idempotency-Key": "my-first"}
    first, second = (
        ada.call("POST", FACTOR, {"password": PASSWORD}, headers=headers).get_json()
        for _ in range(2)
    )

    assert first["secret"] != second["secret"]


def test_without_the_password_nothing_tells_whether_there_is_one(
    nobody: ApiClient, runtime: Runtime, secret: str
) -> None:
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email="bob@example.com")
        customer.password_hash = CHEAP_HASHER.hash(PASSWORD)

    def ask(email: str, **code: str) -> tuple[int, str, str]:
        body = {"email": email, "password": "Wrong-Pass1", **code}
        response = nobody.call("POST", "/auth/login", body)
        error = response.get_json()["error"]
        return response.status_code, error["code"], error["message"]

    answers = {
        ask(email, **code)
        for email in (EMAIL, "bob@example.com", "no@example.com")
        for code in ({}, {"code": compute_code(secret)}, {"code": "123456"})
    }

    assert {answer[:2] for answer in answers} == {(401, "WRONG_CREDENTIALS")}
    assert len(answers) == 1


@pytest.fixture
def limited(runtime: Runtime, create_app: AppFactory) -> Flask:
    return create_app(replace(runtime, limiter=ValkeyRateLimiter("memory://")))


def test_codes_are_limited_and_a_recovery_code_lets_the_owner_in(
    limited: Flask, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(PASSWORD)
        secret, enrolled = enroll(session, runtime.settings, customer.id)
    forget_used_codes(runtime.db)
    guesser = ApiClient(limited)
    wrong = "000000" if compute_code(secret) != "000000" else "111111"
    for _ in range(FACTOR_ATTEMPT_LIMIT.max_hits):
        assert get_code(log_in(guesser, code=wrong)) == "WRONG_SECOND_FACTOR"

    assert log_in(guesser, code=compute_code(secret)).status_code == 429
    assert log_in(guesser, code=enrolled.recovery_codes[0]).status_code == 200


def test_recovery_codes_are_limited_too(limited: Flask, secret: str) -> None:
    guesser = ApiClient(limited)
    for number in range(RECOVERY_ATTEMPT_LIMIT.max_hits):
        response = log_in(guesser, code=f"aaaa-bbbb-cccc-ddd{number}")
        assert get_code(response) == "WRONG_SECOND_FACTOR"

    assert log_in(guesser, code="aaaa-bbbb-cccc-dddd").status_code == 429
    assert log_in(guesser, code=compute_code(secret)).status_code == 200


def test_a_stranger_without_the_password_uses_up_no_code(
    limited: Flask, secret: str
) -> None:
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        stranger = ApiClient(limited)
        stranger._client.environ_base["REMOTE_ADDR"] = address
        for number in range(PASSWORD_ATTEMPT_LIMIT.max_hits):
            response = log_in(stranger, "Wrong-Pass1", code=f"{number:06}")
            assert get_code(response) == "WRONG_CREDENTIALS"

    assert log_in(ApiClient(limited), code=compute_code(secret)).status_code == 200


def test_asking_for_the_code_first_costs_no_attempts(
    limited: Flask, secret: str
) -> None:
    caller = ApiClient(limited)
    for _ in range(2 * PASSWORD_ATTEMPT_LIMIT.max_hits):
        assert get_code(log_in(caller)) == "SECOND_FACTOR_REQUIRED"

    assert log_in(caller, code=compute_code(secret)).status_code == 200


@pytest.fixture
def production(runtime: Runtime, create_app: AppFactory) -> Flask:
    settings = runtime.settings.model_copy(
        update={"stage": Stage.PRODUCTION, "public_url": "https://shop.example"}
    )
    return create_app(replace(runtime, settings=settings))


class ProductionClient(ApiClient):
    """By the name under which production answers."""

    def call(self, *words: Any, **options: Any) -> TestResponse:
        headers = {"Host": "shop.example", **(options.pop("headers", None) or {})}
        return super().call(*words, headers=headers, **options)


def test_an_admin_in_production_can_only_enroll_without_one(
    production: Flask, runtime: Runtime
) -> None:
    create_account(runtime, admin=True)
    tokens = log_in(ProductionClient(production)).get_json()
    boss = ProductionClient(production, token=tokens["accessToken"])
    for method, path, operation in iter_endpoints(production):
        if operation.access is Access.ADMIN:
            body: object = None if method == "GET" else {}
            response = boss.call(method, path, body)
            assert response.status_code == 403, (method, path)
            assert get_code(response) == "SECOND_FACTOR_NOT_ENROLLED", (method, path)
            assert FACTOR in response.get_json()["error"]["message"]
    status = boss.expect_ok("GET", FACTOR)
    assert (status["isEnabled"], status["isRequired"]) == (False, True)

    begun = boss.expect_ok("POST", FACTOR, {"password": PASSWORD})
    code = {"code": compute_code(begun["secret"])}
    enrolled = boss.expect_ok("POST", f"{FACTOR}/confirm", code)

    assert begun["otpauthUri"].startswith("otpauth://totp/shop.example:")
    boss = ProductionClient(production, token=enrolled["accessToken"])
    boss.expect_ok("GET", "/admin/orders")
    refresh = {"refreshToken": enrolled["refreshToken"]}
    refreshed = boss.expect_ok("POST", "/auth/refresh", refresh)
    boss = ProductionClient(production, token=refreshed["accessToken"])
    boss.expect_ok("GET", "/admin/orders")
    proof = {"password": PASSWORD, "code": enrolled["recoveryCodes"][0]}

    boss.expect_ok("DELETE", FACTOR, proof)

    assert boss.expect_error("GET", "/admin/orders") == (401, "TOKEN_REVOKED")
    refresh = {"refreshToken": refreshed["refreshToken"]}
    refreshed = boss.expect_ok("POST", "/auth/refresh", refresh)
    boss = ProductionClient(production, token=refreshed["accessToken"])
    error = boss.expect_error("GET", "/admin/orders")
    assert error == (403, "SECOND_FACTOR_NOT_ENROLLED")


def test_customers_need_none_in_production(production: Flask, runtime: Runtime) -> None:
    create_account(runtime)
    tokens = log_in(ProductionClient(production)).get_json()
    ada = ProductionClient(production, token=tokens["accessToken"])

    assert ada.expect_ok("GET", FACTOR)["isRequired"] is False
    ada.expect_ok("GET", "/cart")


def test_admins_elsewhere_need_none(app: Flask, runtime: Runtime) -> None:
    create_account(runtime, admin=True)

    sign_in(app).expect_ok("GET", "/admin/orders")
