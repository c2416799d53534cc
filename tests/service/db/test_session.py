"""A connection pool, some of whose connections the server may have ended."""

from contextlib import ExitStack
from uuid import uuid4

from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.support.waiting import eventually
from webapp.db.session import Database
from webapp.db.statements import Statement


def backend_pid(session: Session) -> int:
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def two_backend_pids(db: Database) -> set[int]:
    with ExitStack() as open_now:
        return {
            backend_pid(open_now.enter_context(db.unit_of_work())) for _ in range(2)
        }


def terminate_backends(engine: Engine, pids: set[int]) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(p) FROM unnest(CAST(:pids AS int[])) p"),
            {"pids": list(pids)},
        )
    count_alive = text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:pids)")

    def are_gone() -> bool:
        with engine.connect() as connection:
            return connection.execute(count_alive, {"pids": list(pids)}).scalar() == 0

    eventually(are_gone)


def test_a_connection_is_reused(pooled: Database) -> None:
    assert two_backend_pids(pooled) == two_backend_pids(pooled)


def test_connections_that_the_server_ended_are_replaced(
    pooled: Database, engine: Engine
) -> None:
    before = two_backend_pids(pooled)

    terminate_backends(engine, before)

    assert two_backend_pids(pooled).isdisjoint(before)


def test_a_connection_closed_by_the_client_is_replaced(pooled: Database) -> None:
    with pooled.unit_of_work() as session:
        before = backend_pid(session)
        connection = session.connection().connection.dbapi_connection
    assert connection is not None
    connection.close()

    with pooled.unit_of_work() as session:
        assert backend_pid(session) != before


def is_in_transaction(session: Session) -> bool:
    connection = session.connection().connection.driver_connection
    assert connection is not None
    return bool(connection.info.transaction_status != TransactionStatus.IDLE)


def test_reading_opens_no_transaction_and_leaves_none_behind(
    postgres_url: str,
) -> None:
    db = Database.from_url(postgres_url, pool_size=1)
    with db.autocommit() as session:
        reader = backend_pid(session)
        assert not is_in_transaction(session)
    assert db.fetch(Statement("SELECT :n + 1"), n=1) == [(2,)]

    with db.unit_of_work() as session:
        assert backend_pid(session) == reader, "the pool is shared"
        assert is_in_transaction(session)
    db.close()


def test_reading_sees_what_was_committed_meanwhile(pooled: Database) -> None:
    name = f"seen_{uuid4().hex}"
    with pooled.autocommit() as session:
        exists = text("SELECT to_regclass(:name) IS NOT NULL")
        assert not session.scalar(exists, {"name": name})
        with pooled.unit_of_work() as other:
            other.execute(text(f"CREATE TABLE {name} ()"))
        assert session.scalar(exists, {"name": name})
    with pooled.unit_of_work() as session:
        session.execute(text(f"DROP TABLE {name}"))
