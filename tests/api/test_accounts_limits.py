"""Too many attempts are rejected for a while, without revealing which accounts exist."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER
from tests.support.valkey import private_valkey
from webapp.accounts import codes
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer
from webapp.accounts.rate_limits import (
    CODE_ATTEMPT_LIMITS,
    CODE_REQUEST_LIMITS,
    PASSWORD_ATTEMPT_LIMIT,
)
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.kit.clock import utc_now

EMAIL, RIGHT, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"
UNKNOWN_EMAIL = "no@example.com"


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with private_valkey() as url:
        yield url


def with_settings(runtime: Runtime, settings: Settings, **changed: object) -> ApiClient:
    changed_settings = settings.model_copy(update=changed)
    return ApiClient(create_app(replace(runtime, settings=changed_settings)))


@pytest.fixture
def ada(runtime: Runtime) -> str:
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(RIGHT)
        return EMAIL


def log_in(caller: ApiClient, email: str, password: str) -> TestResponse:
    return caller.call("POST", "/auth/login", {"email": email, "password": password})


def code_of(runtime: Runtime, email: str) -> str:
    with runtime.db.unit_of_work() as session:
        customer_id = session.scalars(
            select(Customer.id).where(Customer.email == email)
        ).one()
        return codes.issue_code(
            session,
            customer_id=customer_id,
            purpose=CodePurpose.RESET_PASSWORD,
            now=utc_now(),
        )


def lock_out(caller: ApiClient, email: str) -> None:
    for _ in range(PASSWORD_ATTEMPT_LIMIT.max_hits):
        assert log_in(caller, email, "Wrong-Pass1").status_code == 401


def test_ten_failures_lock_an_address_out_whether_or_not_it_has_an_account(
    nobody: ApiClient, ada: str
) -> None:
    lock_out(nobody, ada)
    lock_out(nobody, UNKNOWN_EMAIL)

    answers = [
        log_in(nobody, ada.upper(), RIGHT),
        log_in(nobody, ada, "Wrong-Pass1"),
        log_in(nobody, UNKNOWN_EMAIL, "Wrong-Pass1"),
    ]

    assert [answer.status_code for answer in answers] == [429] * 3
    errors = [answer.get_json()["error"] for answer in answers]
    assert {(error["code"], error["message"]) for error in errors} == {
        ("TOO_MANY_REQUESTS", "Too many attempts; try again later")
    }
    for answer in answers:
        assert 0 < int(answer.headers["Retry-After"]) <= PASSWORD_ATTEMPT_LIMIT.window_s


def test_a_lockout_holds_in_every_web_process(
    runtime: Runtime, ada: str, valkey: str
) -> None:
    processes = [
        ApiClient(create_app(replace(runtime, limiter=ValkeyRateLimiter(valkey))))
        for _ in range(2)
    ]
    lock_out(processes[0], ada)

    assert log_in(processes[1], ada, RIGHT).status_code == 429


def test_signing_in_resets_the_count_of_failures(nobody: ApiClient, ada: str) -> None:
    for _ in range(2):
        for _ in range(PASSWORD_ATTEMPT_LIMIT.max_hits - 1):
            assert log_in(nobody, ada, "Wrong-Pass1").status_code == 401
        assert log_in(nobody, ada, RIGHT).status_code == 200


def test_a_new_password_ends_the_wait(
    nobody: ApiClient, runtime: Runtime, ada: str
) -> None:
    lock_out(nobody, ada)
    body = {"email": ada, "code": code_of(runtime, ada), "password": NEW}

    nobody.expect_ok("POST", "/auth/reset-password", body)

    assert log_in(nobody, ada, NEW).status_code == 200


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("/auth/forgot-password", CodePurpose.RESET_PASSWORD),
        ("/auth/resend-code", CodePurpose.VERIFY_EMAIL),
    ],
)
@pytest.mark.parametrize("email", [EMAIL, UNKNOWN_EMAIL])
@pytest.mark.usefixtures("ada")
def test_codes_can_be_requested_a_few_times_an_hour(
    nobody: ApiClient, path: str, purpose: CodePurpose, email: str
) -> None:
    for _ in range(CODE_REQUEST_LIMITS[purpose].max_hits):
        assert nobody.call("POST", path, {"email": email}).status_code == 204

    error = nobody.expect_error("POST", path, {"email": email})

    assert error == (429, "TOO_MANY_REQUESTS")


@pytest.mark.parametrize("email", [EMAIL, UNKNOWN_EMAIL])
@pytest.mark.usefixtures("ada")
def test_code_attempts_are_limited_however_many_codes_there_are(
    nobody: ApiClient, email: str
) -> None:
    guess = {"email": email, "code": "not it"}
    for path, purpose, body in (
        (
            "/auth/reset-password",
            CodePurpose.RESET_PASSWORD,
            {**guess, "password": NEW},
        ),
        ("/auth/verify", CodePurpose.VERIFY_EMAIL, guess),
    ):
        for _ in range(CODE_ATTEMPT_LIMITS[purpose].max_hits):
            assert nobody.expect_error("POST", path, body) == (400, "WRONG_CODE")
        assert nobody.expect_error("POST", path, body) == (429, "TOO_MANY_REQUESTS")


def test_a_client_has_a_limit_of_requests_per_minute_at_each_public_endpoint(
    runtime: Runtime, settings: Settings
) -> None:
    caller = with_settings(runtime, settings, auth_requests_per_minute=3)
    for path in ("/auth/login", "/auth/refresh", "/auth/logout", "/auth/register"):
        for _ in range(3):
            assert caller.call("POST", path, {}).status_code == 400
        assert caller.expect_error("POST", path, {}) == (429, "TOO_MANY_REQUESTS")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "is_counted_separately"),
    [
        (0, "203.0.113.9", False),
        (1, "203.0.113.9", True),
        (1, "203.0.113.9, 198.51.100.1", False),
        (2, "203.0.113.9, 198.51.100.1", True),
    ],
)
def test_clients_are_distinguished_behind_trusted_proxies_only(
    runtime: Runtime,
    settings: Settings,
    proxies: int,
    forwarded: str,
    is_counted_separately: bool,
) -> None:
    caller = with_settings(
        runtime, settings, auth_requests_per_minute=1, trusted_proxies=proxies
    )
    hops = forwarded.split(", ")
    mine = {"X-Forwarded-For": ", ".join(["192.0.2.1", *hops[1:]])}
    theirs = {"X-Forwarded-For": forwarded}

    first = caller.call("POST", "/auth/logout", {}, headers=mine)
    second = caller.call("POST", "/auth/logout", {}, headers=theirs)

    assert first.status_code == 400
    assert second.status_code == (400 if is_counted_separately else 429)


def test_registering_does_not_reveal_whether_an_address_has_an_account(
    nobody: ApiClient, ada: str
) -> None:
    def register(email: str, password: str = NEW) -> TestResponse:
        body = {"email": email, "password": password, "name": "Eve"}
        return nobody.call("POST", "/auth/register", body)

    def shape(response: TestResponse) -> tuple[int, list[str]]:
        return response.status_code, sorted(response.get_json())

    times = CODE_REQUEST_LIMITS[CodePurpose.VERIFY_EMAIL].max_hits
    assert register(ada, "weak").status_code == 400
    taken = [shape(register(ada)) for _ in range(times)]
    free = [shape(register(UNKNOWN_EMAIL)) for _ in range(times)]

    assert taken == free == [(201, ["userId"])] * times
    assert shape(register(ada)) == shape(register(UNKNOWN_EMAIL)) == (429, ["error"])
    assert log_in(nobody, ada, RIGHT).status_code == 200
