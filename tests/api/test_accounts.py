import pytest
from sqlalchemy import select

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from webapp.accounts import codes
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage
from webapp.kit.clock import utc_now

EMAIL, PASSWORD = "ada@example.com", "Good-Pass1"


def mailed_code(runtime: Runtime) -> str:
    """A code as the mail job issues it."""
    with runtime.db.unit_of_work() as session:
        customer_id = session.scalars(select(Customer.id)).one()
        return codes.issue_code(
            session,
            customer_id=customer_id,
            purpose=CodePurpose.VERIFY_EMAIL,
            now=utc_now(),
        )


def test_from_registering_to_reading_the_account(
    nobody: ApiClient, runtime: Runtime
) -> None:
    registered = nobody.expect_ok(
        "POST",
        "/auth/register",
        {"email": EMAIL, "password": PASSWORD, "name": "Ada"},
    )
    credentials = {"email": EMAIL, "password": PASSWORD}
    assert nobody.expect_error("POST", "/auth/login", credentials) == (
        401,
        "EMAIL_NOT_VERIFIED",
    )
    verification = {
        "email": EMAIL,
        "code": mailed_code(runtime),
        "password": PASSWORD,
    }
    assert nobody.call("POST", "/auth/verify", verification).status_code == 204

    tokens = nobody.expect_ok("POST", "/auth/login", credentials)
    fresh = nobody.expect_ok(
        "POST", "/auth/refresh", {"refreshToken": tokens["refreshToken"]}
    )

    assert tokens.keys() == {
        "accessToken",
        "refreshToken",
        "expiresIn",
        "tokenType",
        "deviceToken",
    }
    assert (tokens["expiresIn"], tokens["tokenType"]) == (3600, "Bearer")
    bearer = {"Authorization": f"Bearer {fresh['accessToken']}"}
    me = nobody.call("GET", "/auth/me", headers=bearer).get_json()
    created_at = me.pop("createdAt")
    assert me == {
        "userId": registered["userId"],
        "email": EMAIL,
        "name": "Ada",
        "groups": [],
    }
    assert abs(created_at - utc_now().timestamp() * 1000) < 60_000


def test_a_wrong_code_counts_even_though_it_is_rejected(
    nobody: ApiClient, runtime: Runtime
) -> None:
    registered = nobody.expect_ok(
        "POST",
        "/auth/register",
        {"email": EMAIL, "password": PASSWORD, "name": "Ada"},
    )
    code = mailed_code(runtime)
    right = {
        "email": EMAIL,
        "code": code,
        "registrationSecret": registered["registrationSecret"],
    }
    wrong = {**right, "code": "000000" if code != "000000" else "1"}

    for _ in range(5):
        assert nobody.expect_error("POST", "/auth/verify", wrong) == (400, "WRONG_CODE")

    assert nobody.expect_error("POST", "/auth/verify", right) == (400, "WRONG_CODE")


def test_a_refresh_token_used_twice_ends_the_chain_even_though_it_is_rejected(
    nobody: ApiClient, runtime: Runtime
) -> None:
    nobody.expect_ok(
        "POST",
        "/auth/register",
        {"email": EMAIL, "password": PASSWORD, "name": "Ada"},
    )
    nobody.expect_ok(
        "POST",
        "/auth/verify",
        {
            "email": EMAIL,
            "code": mailed_code(runtime),
            "password": PASSWORD,
        },
    )
    first = nobody.expect_ok(
        "POST", "/auth/login", {"email": EMAIL, "password": PASSWORD}
    )
    stolen = {"refreshToken": first["refreshToken"]}
    second = nobody.expect_ok("POST", "/auth/refresh", stolen)

    assert nobody.expect_error("POST", "/auth/refresh", stolen) == (
        401,
        "BAD_REFRESH_TOKEN",
    )

    successor = {"refreshToken": second["refreshToken"]}
    assert nobody.expect_error("POST", "/auth/refresh", successor) == (
        401,
        "BAD_REFRESH_TOKEN",
    )


@pytest.mark.parametrize(
    "name",
    ["", " \t ", "Ada\nVisit http://evil.example", "A\rda", "A\x07da", "A\u2028da"],
)
def test_a_name_is_one_line_that_is_not_blank(
    nobody: ApiClient, runtime: Runtime, name: str
) -> None:
    body = {"email": EMAIL, "password": PASSWORD, "name": name}

    error = nobody.expect_error("POST", "/auth/register", body)

    assert error == (400, "INVALID_REQUEST")
    with runtime.db.unit_of_work() as session:
        assert session.scalars(select(Customer)).all() == []


def test_the_error_says_what_a_name_must_not_contain(nobody: ApiClient) -> None:
    body = {"email": EMAIL, "password": PASSWORD, "name": "Ada\nReed"}

    error = nobody.call("POST", "/auth/register", body).get_json()["error"]

    assert error["message"] == "name: must be one line, without line breaks"


def test_a_name_is_stored_without_surrounding_blanks(
    nobody: ApiClient, runtime: Runtime
) -> None:
    name = " Zoë  van der Hoff 🌷 "
    nobody.expect_ok(
        "POST", "/auth/register", {"email": EMAIL, "password": PASSWORD, "name": name}
    )

    with runtime.db.unit_of_work() as session:
        assert session.scalars(select(Customer.name)).one() == "Zoë  van der Hoff 🌷"


def test_a_code_is_resent_by_a_job_whether_there_is_an_account_or_not(
    nobody: ApiClient, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        RowFactory(session).customer(email=EMAIL).verified_at = None

    for email in ("Ada@Example.com", "no@example.com"):
        response = nobody.call("POST", "/auth/resend-code", {"email": email})
        assert (response.status_code, response.data) == (204, b"")

    with runtime.db.unit_of_work() as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        assert [(row.job, row.arguments) for row in messages] == [
            ("accounts.mail_code", {"email": email, "purpose": "verify_email"})
            for email in (EMAIL, "no@example.com")
        ]
