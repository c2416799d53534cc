"""Real commits on real connections: the rollback fixture would hide a race."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID

from tests.support.factories import RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.passwords import CHEAP_HASHER, log_in
from tests.support.waiting import eventually
from webapp.accounts import codes, recovery, sign_in
from webapp.accounts.codes import CodePurpose
from webapp.db.session import Database
from webapp.kit.clock import utc_now

EMAIL, OLD, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"


def open_account(db: Database) -> UUID:
    with db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(OLD)
        return customer.id


def reset(db: Database, code: str) -> bool:
    with db.unit_of_work() as session:
        return recovery.reset_password(
            session,
            email=EMAIL,
            code=code,
            password_hash=CHEAP_HASHER.hash(NEW),
            now=utc_now(),
        )


def test_an_exchange_during_a_password_reset_leaves_no_sign_in(
    database: Database,
) -> None:
    customer_id = open_account(database)
    with database.unit_of_work() as session:
        first = log_in(session, email=EMAIL, password=OLD, now=utc_now()).refresh_token
        code = codes.issue_code(
            session,
            customer_id=customer_id,
            purpose=CodePurpose.RESET_PASSWORD,
            now=utc_now(),
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
        reset_done = pool.submit(reset, database, code)
        eventually(lambda: count_lock_waiters(database))
        may_commit.set()
        second = exchange_done.result(timeout=10)
        assert reset_done.result(timeout=10)

    with database.unit_of_work() as session:
        assert sign_in.refresh(session, token=second, now=utc_now()) is None
