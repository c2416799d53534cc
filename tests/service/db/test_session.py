"""A connection pool, some of whose connections the server may have ended."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.support.waiting import eventually
from webapp.db.session import Database


@pytest.fixture
def pooled(postgres_url: str) -> Iterator[Database]:
    db = Database.from_url(postgres_url, pool_size=2)
    yield db
    db.close()


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
