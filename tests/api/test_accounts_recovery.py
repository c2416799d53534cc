from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER
from webapp.accounts import codes
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer, RefreshToken
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage
from webapp.kit.clock import utc_now

EMAIL, OLD, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"


@pytest.fixture
def ada(runtime: Runtime) -> UUID:
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(OLD)
        return customer.id


def mailed_code(runtime: Runtime, customer_id: UUID) -> str:
    with runtime.db.unit_of_work() as session:
        return codes.issue_code(
            session,
            customer_id=customer_id,
            purpose=CodePurpose.RESET_PASSWORD,
            now=utc_now(),
        )


def stored_hash(session: Session) -> str | None:
    return session.scalars(select(Customer.password_hash)).one()


@pytest.mark.usefixtures("ada")
def test_a_code_is_enqueued_whether_there_is_an_account_or_not(
    nobody: ApiClient, runtime: Runtime
) -> None:
    for email in ("Ada@Example.com", "no@example.com"):
        response = nobody.call("POST", "/auth/forgot-password", {"email": email})
        assert (response.status_code, response.data) == (204, b"")

    with runtime.db.unit_of_work() as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        assert [(row.job, row.arguments) for row in messages] == [
            ("accounts.mail_code", {"email": email, "purpose": "reset_password"})
            for email in (EMAIL, "no@example.com")
        ]


def test_a_new_password_replaces_the_old_and_ends_the_sign_ins(
    nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    tokens = nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": OLD})
    body = {"email": EMAIL, "code": mailed_code(runtime, ada), "password": NEW}

    response = nobody.call("POST", "/auth/reset-password", body)

    assert (response.status_code, response.data) == (204, b"")
    old = {"email": EMAIL, "password": OLD}
    assert nobody.expect_error("POST", "/auth/login", old) == (401, "WRONG_CREDENTIALS")
    refresh_body = {"refreshToken": tokens["refreshToken"]}
    assert nobody.expect_error("POST", "/auth/refresh", refresh_body) == (
        401,
        "BAD_REFRESH_TOKEN",
    )
    nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": NEW})


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code": "not it"}, (400, "WRONG_CODE")),
        ({"email": "no@example.com"}, (400, "WRONG_CODE")),
        ({"password": "weak"}, (400, "WEAK_PASSWORD")),
        ({"password": ""}, (400, "INVALID_REQUEST")),
        ({"code": None}, (400, "INVALID_REQUEST")),
    ],
)
def test_a_rejected_reset_changes_nothing(
    nobody: ApiClient,
    runtime: Runtime,
    ada: UUID,
    changed: dict[str, str],
    error: tuple[int, str],
) -> None:
    nobody.expect_ok("POST", "/auth/login", {"email": EMAIL, "password": OLD})
    code = mailed_code(runtime, ada)
    with runtime.db.unit_of_work() as session:
        before = stored_hash(session)
    body = {"email": EMAIL, "code": code, "password": NEW} | changed

    assert nobody.expect_error("POST", "/auth/reset-password", body) == error

    with runtime.db.unit_of_work() as session:
        assert stored_hash(session) == before
        [token] = session.scalars(select(RefreshToken))
        assert token.revoked_at is None


def test_a_weak_password_leaves_the_code_as_it_is(
    nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    body = {"email": EMAIL, "code": mailed_code(runtime, ada), "password": NEW}

    for _ in range(11):
        weak = body | {"password": "weak"}
        error = nobody.expect_error("POST", "/auth/reset-password", weak)
        assert error == (400, "WEAK_PASSWORD")

    nobody.expect_ok("POST", "/auth/reset-password", body)


def test_guessing_the_code_ends_after_five_attempts(
    nobody: ApiClient, runtime: Runtime, ada: UUID
) -> None:
    body = {"email": EMAIL, "code": mailed_code(runtime, ada), "password": NEW}

    for _ in range(5):
        guess = body | {"code": "not it"}
        assert nobody.expect_error("POST", "/auth/reset-password", guess)[0] == 400

    assert nobody.expect_error("POST", "/auth/reset-password", body) == (
        400,
        "WRONG_CODE",
    )
