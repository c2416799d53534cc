"""Nobody gets an account by registering somebody else's address."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.support.api_client import ApiClient
from webapp.accounts import codes
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now

EMAIL = "ada@example.com"
OWN, THEIRS = "Owners-Pass1", "Eves-Pass1"


def register(caller: ApiClient, password: str) -> dict[str, Any]:
    body = {"email": EMAIL, "password": password, "name": "Ada"}
    registered: dict[str, Any] = caller.expect_ok("POST", "/auth/register", body)
    return registered


def mail_code(runtime: Runtime, registered: dict[str, Any]) -> str:
    """A code as the mail job issues it."""
    with runtime.db.unit_of_work() as session:
        return codes.issue_code(
            session,
            customer_id=registered["userId"],
            purpose=CodePurpose.VERIFY_EMAIL,
            now=utc_now(),
        )


def verify(caller: ApiClient, code: str, **proof: str) -> int:
    return caller.call(
        "POST", "/auth/verify", {"email": EMAIL, "code": code, **proof}
    ).status_code


def log_in(caller: ApiClient, password: str) -> int:
    return caller.call(
        "POST", "/auth/login", {"email": EMAIL, "password": password}
    ).status_code


@pytest.mark.parametrize(
    "proof",
    [{}, {"password": OWN}, {"registrationSecret": "not it"}],
    ids=["no proof", "another password", "another secret"],
)
def test_a_victims_code_does_not_verify_the_registration_of_an_attacker(
    nobody: ApiClient, runtime: Runtime, proof: dict[str, str]
) -> None:
    attacked = register(nobody, THEIRS)
    code = mail_code(runtime, attacked)

    assert verify(nobody, code, **proof) == 400
    assert log_in(nobody, THEIRS) == 401


@pytest.mark.parametrize("owner_is_first", [True, False])
@pytest.mark.parametrize("by_secret", [True, False])
def test_the_owner_verifies_their_own_of_two_registrations(
    nobody: ApiClient, runtime: Runtime, owner_is_first: bool, by_secret: bool
) -> None:
    passwords = [OWN, THEIRS] if owner_is_first else [THEIRS, OWN]
    registered = {password: register(nobody, password) for password in passwords}
    code = mail_code(runtime, registered[OWN])
    theirs = registered[THEIRS]["registrationSecret"]
    for number in range(6):  # they guess, and end no code but their own
        assert verify(nobody, f"{number}", registrationSecret=theirs) == 400

    proof = (
        {"registrationSecret": registered[OWN]["registrationSecret"]}
        if by_secret
        else {"password": OWN}
    )
    assert verify(nobody, code, **proof) == 204

    assert log_in(nobody, OWN) == 200
    assert log_in(nobody, THEIRS) == 401
    assert verify(nobody, code, password=THEIRS) == 400
    with runtime.db.unit_of_work() as session:
        [customer] = session.scalars(select(Customer))
        assert str(customer.id) == registered[OWN]["userId"]
        assert customer.registration_secret_hash is None


def test_a_secret_of_a_taken_address_verifies_nothing(
    nobody: ApiClient, runtime: Runtime
) -> None:
    owner = register(nobody, OWN)
    assert verify(nobody, mail_code(runtime, owner), password=OWN) == 204

    late = register(nobody, THEIRS)

    assert verify(nobody, "1", registrationSecret=late["registrationSecret"]) == 400
    assert log_in(nobody, OWN) == 200
    assert log_in(nobody, THEIRS) == 401


def test_an_address_is_given_without_a_name(nobody: ApiClient) -> None:
    body = {"email": f"Ada <{EMAIL}>", "password": OWN, "name": "Ada"}

    response = nobody.call("POST", "/auth/register", body)

    assert response.status_code == 400
    assert response.get_json()["error"]["message"] == (
        "email: must be an address alone, without a name"
    )
