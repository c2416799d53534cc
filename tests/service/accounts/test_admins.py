"""`ecom67 admin`: grants, revokes and lists admins."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.factories import NO_PASSWORD, RowFactory
from tests.support.passwords import CHEAP_HASHER, log_in
from tests.support.smtp_server import smtp_server
from webapp.accounts import admins, codes, registration, service
from webapp.accounts.codes import CodePurpose
from webapp.accounts.errors import AccountNotFound, WrongCredentials
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

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(admin, words, input=typed)

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


@pytest.mark.slow
def test_a_chosen_password_is_not_printed_and_must_satisfy_the_policy(
    run: Run, database: Database
) -> None:
    rejected = run("create", EMAIL, "--ask-password", typed="weak\n")
    assert isinstance(rejected.exception, WeakPassword)
    with database.unit_of_work() as session:
        assert session.scalars(select(Customer)).all() == []

    result = run("create", EMAIL, "--ask-password", typed="Good-Pass1\n")

    assert "Good-Pass1" not in result.output
    with database.unit_of_work() as session:
        signed_in = log_in(session, email=EMAIL, password="Good-Pass1", now=utc_now())
    assert signed_in.customer.groups == ["admin"]


def test_an_account_that_exists_keeps_its_name_and_password(
    run: Run, database: Database
) -> None:
    with database.unit_of_work() as session:
        customer_id = RowFactory(session).customer(email=EMAIL, name="Bob").id

    result = run("create", EMAIL, "--ask-password", typed="Good-Pass1\n")

    assert "had an account" in result.output
    with database.unit_of_work() as session:
        [customer] = session.scalars(select(Customer))
        assert (customer.id, customer.groups) == (customer_id, ["admin"])
        assert (customer.name, customer.password_hash) == ("Bob", NO_PASSWORD)


@pytest.mark.slow
def test_an_unverified_account_with_the_address_is_replaced(
    run: Run, database: Database
) -> None:
    with database.unit_of_work() as session:
        stranger = RowFactory(session).customer(email=EMAIL, name="Eve")
        stranger.password_hash, stranger.verified_at = (
            CHEAP_HASHER.hash("Eves-Pass1"),
            None,
        )
        code = codes.issue_code(
            session,
            customer_id=stranger.id,
            purpose=CodePurpose.VERIFY_EMAIL,
            now=utc_now(),
        )

    password = run("create", EMAIL).output.split("Password: ")[1].strip()

    with database.unit_of_work() as session:
        with pytest.raises(WrongCredentials):
            log_in(session, email=EMAIL, password="Eves-Pass1", now=utc_now())
        assert (
            registration.find_by_code(session, email=EMAIL, code=code, now=utc_now())
            is None
        )
        boss = log_in(session, email=EMAIL, password=password, now=utc_now()).customer
        assert (boss.name, boss.groups) == ("Admin", ["admin"])
        assert session.scalars(select(Customer)).all() == [boss]


def test_an_unverified_account_with_the_address_does_not_become_an_admin(
    session: Session, make: RowFactory
) -> None:
    for email in (EMAIL, "other@example.com"):
        unverified = make.customer(email=email, name="Eve")
        unverified.password_hash = CHEAP_HASHER.hash("Eves-Pass1")
        unverified.verified_at = None

    password = admins.grant_admin(
        session,
        email="Boss@Example.com",
        name="The Boss",
        password=None,
        passwords=CHEAP_HASHER,
        now=utc_now(),
    )

    with pytest.raises(WrongCredentials):
        log_in(session, email=EMAIL, password="Eves-Pass1", now=utc_now())
    assert password is not None
    log_in(session, email=EMAIL, password=password, now=utc_now())
    [boss] = admins.list_admins(session)
    assert (boss.email, boss.name) == (EMAIL, "The Boss")
    other = service.find_by_email(session, email="other@example.com")
    assert other is not None
    assert (other.name, other.groups) == ("Eve", [])


def test_admins_are_listed_by_address(session: Session, make: RowFactory) -> None:
    for email in ("b@example.com", "c@example.com", "a@example.com"):
        make.customer(email=email, admin=True)

    assert [row.email for row in admins.list_admins(session)] == [
        "a@example.com",
        "b@example.com",
        "c@example.com",
    ]


def test_admins_are_listed_until_they_are_revoked(run: Run, database: Database) -> None:
    with database.unit_of_work() as session:
        RowFactory(session).customer(email=EMAIL, admin=True)
        RowFactory(session).customer(email="ada@example.com")

    assert EMAIL in run("list").output
    assert "ada@example.com" not in run("list").output
    assert run("revoke", EMAIL).exit_code == 0
    assert groups_of(database, EMAIL) == []
    assert EMAIL not in run("list").output


@pytest.mark.usefixtures("database")
def test_an_unknown_address_is_not_revoked_and_a_malformed_one_not_created(
    run: Run,
) -> None:
    error = run("revoke", "no@example.com").exception
    assert isinstance(error, AccountNotFound)
    assert "no@example.com" in str(error)
    assert run("create", "not an address").exit_code == 2


def test_the_name_of_an_admin_is_text_in_one_line(run: Run, database: Database) -> None:
    for name in ("", " ", "\u200b", "a\x07b", "a\nb", "x" * 201):
        assert run("create", EMAIL, "--name", name).exit_code == 2, name

    assert run("create", f" {EMAIL} ", "--name", " Mu\u0308ller ").exit_code == 0

    with database.unit_of_work() as session:
        [customer] = admins.list_admins(session)
        assert (customer.email, customer.name) == (EMAIL, "M\u00fcller")


@pytest.mark.usefixtures("database")
def test_an_address_that_the_mail_server_cannot_take_is_remarked_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as server:
        monkeypatch.setenv("MAIL_URL", f"smtp://127.0.0.1:{server.port}")

        created = run("create", "jürgen@example.com")

    assert created.exit_code == 0, created.output
    assert "The account will get no mail" in created.output
