"""Statements of the driver belong to the session's transaction and raise SQLAlchemy's errors."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from webapp.db.session import Database
from webapp.db.statements import Statement

ADD = Statement("SELECT CAST(:left AS int) + :right AS total, '100%' AS share")
DIVIDE = Statement("SELECT 1 / :n")
TERMINATE = Statement("SELECT pg_terminate_backend(pg_backend_pid())")
COUNT = Statement("SELECT count(*)::int FROM pg_class WHERE relname = :name")


def test_rows_have_the_names_of_their_columns(pooled: Database) -> None:
    with pooled.unit_of_work() as session:
        row = ADD.fetch_first(session, left=2, right=3)

        assert (row.total, row.share) == (5, "100%")
        assert ADD.fetch_all(session, left=2, right=3) == [(5, "100%")]
        assert ADD.fetch_value(session, left=2, right=3) == 5
        assert ADD.run(session, left=2, right=3) == 1
        assert pooled.fetch(ADD, left=2, right=3) == [(5, "100%")]


def test_no_row_is_none(pooled: Database) -> None:
    nothing = Statement("SELECT 1 WHERE false")
    with pooled.unit_of_work() as session:
        assert nothing.fetch_first(session) is None
        assert nothing.fetch_value(session) is None
        assert nothing.fetch_all(session) == []


def test_a_statement_is_part_of_the_session_s_transaction(pooled: Database) -> None:
    name = f"half_{uuid4().hex}"
    with pooled.unit_of_work() as session:
        Statement(f"CREATE TABLE {name} ()").run(session)
        assert COUNT.fetch_value(session, name=name) == 1
        session.rollback()

    assert pooled.fetch(COUNT, name=name) == [(0,)]


def test_errors_are_sqlalchemy_s(pooled: Database) -> None:
    with pytest.raises(DataError, match="division by zero"):
        pooled.fetch(DIVIDE, n=0)
    with pooled.unit_of_work() as session:
        session.execute(text("CREATE TEMPORARY TABLE once (n int PRIMARY KEY)"))
        with pytest.raises(IntegrityError):
            Statement("INSERT INTO once VALUES (1), (1)").run(session)
        session.rollback()


def test_a_connection_that_breaks_is_replaced(pooled: Database) -> None:
    with (
        pytest.raises(OperationalError, match="terminat"),
        pooled.unit_of_work() as session,
    ):
        TERMINATE.run(session)
    with pytest.raises(OperationalError, match="terminat"):
        pooled.fetch(TERMINATE)

    assert pooled.fetch(ADD, left=1, right=1) == [(2, "100%")]
