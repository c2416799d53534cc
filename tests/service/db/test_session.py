"""A pool of connections of which the server may have ended some."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.support.platform_client import eventually
from webapp.db.session import Database


@pytest.fixture
def pooled(postgres_url: str) -> Iterator[Database]:
    db = Database.from_url(postgres_url, pool_size=2)
    yield db
    db.close()


def server_process(session: Session) -> int:
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def two_at_once(db: Database) -> set[int]:
    with ExitStack() as open_now:
        return {
            server_process(open_now.enter_context(db.unit_of_work())) for _ in range(2)
        }


def end(engine: Engine, pids: set[int]) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(p) FROM unnest(CAST(:pids AS int[])) p"),
            {"pids": list(pids)},
        )
    alive = text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:pids)")

    def are_gone() -> bool:
        with engine.connect() as connection:
            return connection.execute(alive, {"pids": list(pids)}).scalar() == 0

    eventually(are_gone)


def test_a_connection_is_used_again(pooled: Database) -> None:
    assert two_at_once(pooled) == two_at_once(pooled)


def test_connections_that_the_server_ended_are_made_anew(
    pooled: Database, engine: Engine
) -> None:
    before = two_at_once(pooled)

    end(engine, before)

    assert two_at_once(pooled).isdisjoint(before)


def test_one_that_was_closed_on_our_side_is_made_anew(pooled: Database) -> None:
    with pooled.unit_of_work() as session:
        before = server_process(session)
        kept = session.connection().connection.dbapi_connection
    assert kept is not None
    kept.close()

    with pooled.unit_of_work() as session:
        assert server_process(session) != before
