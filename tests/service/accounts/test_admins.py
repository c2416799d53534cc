"""`ecom67 admin`, and what it does."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from tests.support.factories import Make
from tests.support.passwords import log_in
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.models import Customer
from webapp.accounts.passwords import WeakPassword
from webapp.cli.admin import admin
from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.clock import utc_now

EMAIL = "boss@example.com"
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", settings.require_database_url())
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))

    def run(*words: str) -> Result:
        return CliRunner().invoke(admin, words)

    return run


def groups_of(database: Database, email: str) -> list[str]:
    with database.unit_of_work() as session:
        return session.scalars(
            select(Customer.groups).where(Customer.email == email)
        ).one()


def test_a_new_admin_signs_in_with_the_printed_password(
    run: Run, database: Database
) -> None:
    result = run("create", "Boss@Example.com", "--name", "The Boss")

    assert result.exit_code == 0, result.output
    password = result.output.split("Password: ")[1].strip()
    with database.unit_of_work() as session:
        customer = log_in(
            session, email=EMAIL, password=password, now=utc_now()
        ).customer
    assert (customer.name, customer.groups) == ("The Boss", ["admin"])


def test_a_chosen_password_is_not_printed_and_has_to_be_good(
    run: Run, database: Database
) -> None:
    assert isinstance(
        run("create", EMAIL, "--password", "weak").exception, WeakPassword
    )
    with database.unit_of_work() as session:
        assert session.scalars(select(Customer)).all() == []

    assert "Good-Pass1" not in run("create", EMAIL, "--password", "Good-Pass1").output
    assert groups_of(database, EMAIL) == ["admin"]


def test_an_account_that_exists_is_promoted_but_not_verified_by_that(
    run: Run, database: Database
) -> None:
    with database.unit_of_work() as session:
        customer = Make(session).customer(email=EMAIL)
        customer.verified_at = None
        kept = customer.password_hash

    result = run("create", EMAIL, "--password", "Good-Pass1")

    assert "has to be verified" in result.output
    assert groups_of(database, EMAIL) == ["admin"]
    with database.unit_of_work() as session:
        [found] = session.scalars(select(Customer))
        assert (found.verified_at, found.password_hash) == (None, kept)


def test_admins_are_listed_until_they_are_revoked(run: Run, database: Database) -> None:
    with database.unit_of_work() as session:
        Make(session).customer(email=EMAIL, admin=True)
        Make(session).customer(email="ada@example.com")

    assert EMAIL in run("list").output
    assert "ada@example.com" not in run("list").output
    assert run("revoke", EMAIL).exit_code == 0
    assert groups_of(database, EMAIL) == []
    assert EMAIL not in run("list").output


@pytest.mark.usefixtures("database")
def test_nobody_unknown_is_revoked_and_no_address_is_made_up(run: Run) -> None:
    assert isinstance(run("revoke", "no@example.com").exception, AccountNotFound)
    assert run("create", "not an address").exit_code == 2
