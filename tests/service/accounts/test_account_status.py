"""Deleted accounts are rejected, and members of a user pool provisioned, with few queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.support.factories import NO_PASSWORD, RowFactory
from webapp.accounts import admins, pool_members, service
from webapp.accounts.account_status import LOOKBACK, AccountStatusCache
from webapp.accounts.errors import AccountGone, TokenRevoked
from webapp.accounts.models import Customer
from webapp.adapters.identity.port import PoolMember
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id


class CountedDatabase(Database):
    """Counts its transactions."""

    transactions = 0

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        self.transactions += 1
        with super().unit_of_work() as session:
            yield session


@pytest.fixture
def counted(database: Database) -> CountedDatabase:
    engine = database.engine
    return CountedDatabase(sessionmaker(engine, expire_on_commit=False), engine)


@pytest.fixture
def status(counted: CountedDatabase) -> AccountStatusCache:
    return AccountStatusCache(counted)


@pytest.fixture
def customer_id(database: Database) -> UUID:
    with database.unit_of_work() as session:
        return RowFactory(session).customer(email="ada@example.com").id


def delete(database: Database, customer_id: UUID) -> None:
    with database.unit_of_work() as session:
        customer = service.require_customer(session, customer_id=customer_id)
        service.anonymize_customer(session, customer=customer, now=utc_now())


def profile(database: Database, customer_id: UUID) -> tuple[str | None, str]:
    with database.unit_of_work() as session:
        customer = session.get_one(Customer, customer_id)
        return customer.email, customer.name


def build_member(
    member_id: UUID, *, email: str | None = "new@example.com", name: str = "New"
) -> PoolMember:
    return PoolMember(member_id, frozenset(), expires_at=0, email=email, name=name)


def test_deleted_accounts_are_not_looked_up_for_every_request(
    status: AccountStatusCache, counted: CountedDatabase, customer_id: UUID
) -> None:
    for _ in range(50):
        status.require_active(customer_id)

    assert 1 <= counted.transactions <= 10  # once a second


def test_a_deleted_account_is_rejected_for_as_long_as_the_process_runs(
    status: AccountStatusCache, database: Database, customer_id: UUID
) -> None:
    delete(database, customer_id)
    with pytest.raises(AccountGone):
        status.require_active(customer_id)

    with database.unit_of_work() as session:  # as if time had passed
        customer = session.get_one(Customer, customer_id)
        customer.deleted_at = utc_now() - 2 * LOOKBACK
    status.invalidate()

    with pytest.raises(AccountGone):
        status.require_active(customer_id)
    status.require_active(new_id())


def test_a_new_process_rejects_accounts_deleted_within_the_life_of_an_access_token(
    status: AccountStatusCache, database: Database, customer_id: UUID
) -> None:
    delete(database, customer_id)
    with database.unit_of_work() as session:
        customer = session.get_one(Customer, customer_id)
        customer.deleted_at = utc_now() - timedelta(minutes=60)

    with pytest.raises(AccountGone):
        status.require_active(customer_id)


def test_a_member_is_stored_once_and_again_with_a_new_profile(
    status: AccountStatusCache, counted: CountedDatabase
) -> None:
    member_id = new_id()
    for _ in range(3):
        status.provision_member(build_member(member_id))
    assert counted.transactions == 1

    status.provision_member(build_member(member_id, name="Newer"))

    assert counted.transactions == 2
    assert profile(counted, member_id) == ("new@example.com", "Newer")


def test_a_members_profile_changes_no_other_account(
    status: AccountStatusCache, database: Database, customer_id: UUID
) -> None:
    first, second = new_id(), new_id()
    status.provision_member(build_member(first, email="eve@example.com", name="Eve"))

    status.provision_member(build_member(second))
    status.provision_member(build_member(customer_id, email="unused@example.com"))

    assert profile(database, first) == ("eve@example.com", "Eve")
    assert profile(database, second) == ("new@example.com", "New")
    assert profile(database, customer_id) == ("ada@example.com", "Ada")


def test_a_deleted_member_is_rejected_and_stays_without_personal_data(
    status: AccountStatusCache, database: Database
) -> None:
    member_id = new_id()
    status.provision_member(build_member(member_id, name="Old"))
    delete(database, member_id)

    with pytest.raises(AccountGone):
        status.provision_member(build_member(member_id))
    with database.unit_of_work() as session:
        pool_members.provision_member(
            session, member=build_member(member_id), now=utc_now()
        )

    assert profile(database, member_id) == (None, "")


def test_a_member_replaces_only_the_unverified_account_with_its_address(
    status: AccountStatusCache, database: Database
) -> None:
    with database.unit_of_work() as session:
        for email in ("new@example.com", "other@example.com"):
            RowFactory(session).customer(email=email).verified_at = None

    member_id = new_id()
    status.provision_member(build_member(member_id))

    with database.unit_of_work() as session:
        owner = service.find_by_email(session, email="new@example.com")
        other = service.find_by_email(session, email="other@example.com")
        assert owner is not None
        assert other is not None
        assert (owner.id, owner.password_hash) == (member_id, None)
        assert other.password_hash == NO_PASSWORD


def test_a_dismissed_admins_token_is_rejected_and_a_newer_one_is_not(
    status: AccountStatusCache, database: Database
) -> None:
    with database.unit_of_work() as session:
        boss = RowFactory(session).customer(email="boss@example.com", admin=True)
    status.require_active(boss.id, token_version=0)

    with database.unit_of_work() as session:
        admins.revoke_admin(session, email="boss@example.com", now=utc_now())
    status.invalidate()

    with pytest.raises(TokenRevoked):
        status.require_active(boss.id, token_version=0)
    status.require_active(boss.id, token_version=1)
    status.require_active(boss.id)  # a token of the user pool
