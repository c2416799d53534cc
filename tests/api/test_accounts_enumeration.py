"""No account enumeration by timing: an anonymous request runs the same statements, whether or
not the address has an account."""

import pytest

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER
from webapp.bootstrap import Runtime

VERIFIED, UNVERIFIED, UNKNOWN = "ada@example.com", "bob@example.com", "no@example.com"
PASSWORD = "Good-Pass1"


@pytest.fixture
def accounts(runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as session:
        for email in (VERIFIED, UNVERIFIED):
            customer = RowFactory(session).customer(email=email)
            customer.password_hash = CHEAP_HASHER.hash(PASSWORD)
            if email == UNVERIFIED:
                customer.verified_at = None


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/auth/register", {"password": "Another-Pass1", "name": "Eve"}),
        ("/auth/resend-code", {}),
        ("/auth/forgot-password", {}),
        ("/auth/login", {"password": "Another-Pass1"}),
        ("/auth/verify", {"password": PASSWORD, "code": "not it"}),
    ],
)
def test_the_same_statements_are_run(
    nobody: ApiClient, statements: list[str], path: str, body: dict[str, str]
) -> None:
    statement_lists = []
    for email in (UNKNOWN, VERIFIED, UNVERIFIED):
        statements.clear()
        nobody.call("POST", path, {"email": email, **body})
        statement_lists.append(list(statements))

    assert statement_lists[0]
    assert statement_lists == [statement_lists[0]] * 3
