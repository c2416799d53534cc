"""Too many attempts are rejected for a while, without revealing which accounts exist."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER
from tests.support.valkey import private_valkey
from webapp.accounts import recovery
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer
from webapp.accounts.rate_limits import (
    CODE_ATTEMPT_LIMIT,
    CODE_REQUEST_LIMITS,
    PASSWORD_ATTEMPT_LIMIT,
    TOTAL_PASSWORD_ATTEMPT_LIMIT,
)
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.kit.clock import utc_now

EMAIL, RIGHT, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"
UNKNOWN_EMAIL, WRONG = "no@example.com", "Wrong-Pass1"


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


def link_of(runtime: Runtime, email: str) -> str:
    with runtime.db.unit_of_work() as session:
        customer_id = session.scalars(
            select(Customer.id).where(Customer.email == email)
        ).one()
        return recovery.issue_reset_token(
            session, customer_id=customer_id, now=utc_now()
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
    body = {"token": link_of(runtime, ada), "password": NEW}

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
    guess = {"email": email, "code": "not it", "password": NEW}
    for _ in range(CODE_ATTEMPT_LIMIT.max_hits):
        assert nobody.expect_error("POST", "/auth/verify", guess) == (400, "WRONG_CODE")
    assert nobody.expect_error("POST", "/auth/verify", guess) == (
        429,
        "TOO_MANY_REQUESTS",
    )


def from_address(app: Flask, address: str, device: str = "") -> FlaskClient:
    """A client with this address, and with the token of a device."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    if device:
        client.environ_base["HTTP_X_DEVICE"] = device
    return client


def try_password(client: FlaskClient, password: str = WRONG) -> int:
    body = {"email": EMAIL, "password": password}
    return client.post("/api/v1/auth/login", json=body).status_code


@pytest.mark.usefixtures("ada")
def test_a_stranger_does_not_lock_the_owner_out(app: Flask) -> None:
    stranger = from_address(app, "198.51.100.1")
    for _ in range(PASSWORD_ATTEMPT_LIMIT.max_hits + 5):
        try_password(stranger)

    assert try_password(stranger, RIGHT) == 429
    assert try_password(from_address(app, "203.0.113.7"), RIGHT) == 200


@pytest.mark.usefixtures("ada")
def test_many_strangers_lock_out_neither_a_known_device_nor_a_mailed_link(
    app: Flask, runtime: Runtime
) -> None:
    owner = from_address(app, "198.51.100.1")
    body = {"email": EMAIL, "password": RIGHT}
    device = owner.post("/api/v1/auth/login", json=body).get_json()["deviceToken"]
    addresses = [f"198.51.100.{number}" for number in range(1, 13)]
    strangers = [from_address(app, address, "not it") for address in addresses]
    for stranger in strangers:
        for _ in range(PASSWORD_ATTEMPT_LIMIT.max_hits):
            try_password(stranger)
    assert TOTAL_PASSWORD_ATTEMPT_LIMIT.max_hits < 12 * PASSWORD_ATTEMPT_LIMIT.max_hits

    assert try_password(from_address(app, "203.0.113.7"), RIGHT) == 429
    assert try_password(from_address(app, "198.51.100.1", device), RIGHT) == 200
    new_device = from_address(app, "198.51.100.1")
    reset = {"token": link_of(runtime, EMAIL), "password": NEW}
    response = new_device.post("/api/v1/auth/reset-password", json=reset)
    assert response.status_code == 204
    for stranger in strangers:
        for _ in range(PASSWORD_ATTEMPT_LIMIT.max_hits):
            try_password(stranger)
    assert try_password(new_device, NEW) == 200  # by the cookie
    new_device.environ_base["HTTP_X_DEVICE"] = device  # forgotten by the reset
    assert try_password(new_device, NEW) == 200
    header = from_address(app, "198.51.100.1", response.headers["X-Device"])
    assert try_password(header, NEW) == 200


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("public_url", "is_secure"),
    [("https://shop.example", True), ("http://shop.example", False)],
)
def test_the_cookie_of_a_device_is_kept_to_tls_where_the_shop_has_it(
    runtime: Runtime, public_url: str, is_secure: bool
) -> None:
    settings = runtime.settings.model_copy(update={"public_url": public_url})
    client = create_app(replace(runtime, settings=settings)).test_client()
    reset = {"token": link_of(runtime, EMAIL), "password": NEW}

    response = client.post(
        "/api/v1/auth/reset-password",
        json=reset,
        # As behind a front of which TRUSTED_PROXIES says nothing.
        base_url="http://shop.example",
    )

    [cookie] = response.headers.getlist("Set-Cookie")
    assert ("Secure" in cookie.split("; ")) is is_secure
    assert {"HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))


@pytest.mark.usefixtures("ada")
def test_requests_of_others_in_the_network_keep_out_no_device_and_no_link(
    runtime: Runtime, settings: Settings
) -> None:
    changed = settings.model_copy(update={"auth_requests_per_minute": 1})
    app = create_app(replace(runtime, settings=changed))
    body = {"email": EMAIL, "password": RIGHT}
    here = from_address(app, "198.51.100.1")
    device = here.post("/api/v1/auth/login", json=body).get_json()["deviceToken"]

    assert try_password(here, RIGHT) == 429
    assert try_password(from_address(app, "198.51.100.1", "not it"), RIGHT) == 429
    for _ in range(3):
        assert try_password(from_address(app, "198.51.100.1", device), RIGHT) == 200
    path, unknown = "/api/v1/auth/reset-password", {"token": "x", "password": NEW}
    assert [here.post(path, json=unknown).status_code for _ in range(2)] == [400, 429]
    reset = {"token": link_of(runtime, EMAIL), "password": NEW}
    assert here.post(path, json=reset).status_code == 204


@pytest.mark.usefixtures("ada")
def test_the_addresses_of_one_ipv6_network_count_together(app: Flask) -> None:
    for number in range(PASSWORD_ATTEMPT_LIMIT.max_hits):
        assert try_password(from_address(app, f"2001:db8:1:1::{number:x}")) == 401
    assert try_password(from_address(app, "2001:db8:1:1:ff::"), RIGHT) == 429
    for number in range(3 * PASSWORD_ATTEMPT_LIMIT.max_hits):
        assert try_password(from_address(app, f"2001:db8:1:{number + 2:x}::1")) == 401

    assert try_password(from_address(app, "2001:db8:1:ffff::1"), RIGHT) == 429
    assert try_password(from_address(app, "2001:db8:2::1"), RIGHT) == 200


@pytest.mark.usefixtures("ada")
def test_the_device_of_another_account_is_an_unknown_device(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        eve = RowFactory(session).customer(email="eve@example.com")
        eve.password_hash = CHEAP_HASHER.hash(RIGHT)
    body = {"email": "eve@example.com", "password": RIGHT}
    stranger = from_address(app, "198.51.100.1")
    device = stranger.post("/api/v1/auth/login", json=body).get_json()["deviceToken"]
    with_device = from_address(app, "198.51.100.1", device)

    answers = [try_password(with_device) for _ in range(11)]

    assert answers == [401] * PASSWORD_ATTEMPT_LIMIT.max_hits + [429]


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

    assert taken == free == [(201, ["registrationSecret", "userId"])] * times
    assert shape(register(ada)) == shape(register(UNKNOWN_EMAIL)) == (429, ["error"])
    assert log_in(nobody, ada, RIGHT).status_code == 200
