"""Real commits on real connections: the rollback fixture would hide a race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.passwords import CHEAP_HASHER, log_in
from tests.support.waiting import eventually
from webapp.accounts import recovery, service, sign_in
from webapp.accounts.errors import WrongCredentials, WrongPassword, WrongResetToken
from webapp.accounts.models import RefreshToken
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError

EMAIL, OLD, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"


def open_account(db: Database) -> UUID:
    with db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(OLD)
        return customer.id


def reset(db: Database, token: str) -> None:
    with db.unit_of_work() as session:
        recovery.reset_password(
            session,
            token=token,
            password_hash=CHEAP_HASHER.hash(NEW),
            now=utc_now(),
        )


def log_out(db: Database, token: str) -> None:
    with db.unit_of_work() as session:
        sign_in.log_out(session, token=token)


@pytest.mark.parametrize("ended_by", ["a new password", "logging out"])
def test_an_exchange_while_its_sign_in_ends_leaves_no_sign_in(
    database: Database, ended_by: str
) -> None:
    customer_id = open_account(database)
    with database.unit_of_work() as session:
        first = log_in(session, email=EMAIL, password=OLD, now=utc_now()).refresh_token
        link = recovery.issue_reset_token(
            session, customer_id=customer_id, now=utc_now()
        )
    exchanged, may_commit = Event(), Event()

    def exchange() -> str:
        with database.unit_of_work() as session:
            signed_in = sign_in.refresh(session, token=first, now=utc_now())
            session.flush()  # the next token is written, and not yet committed
            exchanged.set()
            assert may_commit.wait(timeout=10)
        assert signed_in is not None
        return signed_in.refresh_token

    with ThreadPoolExecutor(2) as pool:
        exchange_done = pool.submit(exchange)
        assert exchanged.wait(timeout=10)
        end_done = (
            pool.submit(log_out, database, first)
            if ended_by == "logging out"
            else pool.submit(reset, database, link)
        )
        eventually(lambda: count_lock_waiters(database))
        may_commit.set()
        second = exchange_done.result(timeout=10)
        end_done.result(timeout=10)

    with database.unit_of_work() as session:
        assert sign_in.refresh(session, token=second, now=utc_now()) is None


def log_in_with(session: Session, _: UUID, verified_hash: str) -> None:
    sign_in.log_in(session, email=EMAIL, verified_hash=verified_hash, now=utc_now())


def lock_for_deletion(session: Session, customer_id: UUID, verified_hash: str) -> None:
    service.lock_for_deletion(
        session, customer_id=customer_id, verified_hash=verified_hash
    )


@pytest.mark.parametrize(
    ("operation", "error"),
    [(log_in_with, WrongCredentials), (lock_for_deletion, WrongPassword)],
)
def test_an_account_read_before_a_password_reset_is_read_anew_after_it(
    database: Database,
    operation: Callable[[Session, UUID, str], None],
    error: type[CommerceError],
) -> None:
    customer_id = open_account(database)
    with database.unit_of_work() as session:
        read_before = service.require_customer(session, customer_id=customer_id)
        verified_hash = read_before.password_hash or ""
        with database.unit_of_work() as other:
            link = recovery.issue_reset_token(
                other, customer_id=customer_id, now=utc_now()
            )
        reset(database, link)

        with pytest.raises(error):
            operation(session, customer_id, verified_hash)


def test_a_refresh_token_read_before_it_was_used_is_used_once(
    database: Database,
) -> None:
    open_account(database)
    with database.unit_of_work() as session:
        token = log_in(session, email=EMAIL, password=OLD, now=utc_now()).refresh_token
    with database.unit_of_work() as session:
        row = session.scalars(select(RefreshToken)).one()
        with database.unit_of_work() as other:
            assert sign_in.refresh(other, token=token, now=utc_now()) is not None

        assert sign_in.refresh(session, token=token, now=utc_now()) is None
        assert row.used_at is not None


def test_one_link_used_twice_at_once_sets_one_password(database: Database) -> None:
    customer_id = open_account(database)
    with database.unit_of_work() as session:
        link = recovery.issue_reset_token(
            session, customer_id=customer_id, now=utc_now()
        )
    with database.unit_of_work() as first, ThreadPoolExecutor(1) as pool:
        recovery.reset_password(
            first, token=link, password_hash=CHEAP_HASHER.hash(NEW), now=utc_now()
        )
        first.flush()
        second = pool.submit(reset, database, link)
        eventually(lambda: count_lock_waiters(database))
        first.commit()
        assert isinstance(second.exception(timeout=10), WrongResetToken)
