"""SQL that runs for each order, or for each look at a product: by the driver itself.

SQLAlchemy's execution and result take as much processor time as the driver and the statement, its
constructs four times as much. Everything else is written with its constructs.
"""

import re
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_PARAMETER = re.compile(r"(?<![:\w]):([a-z]\w*)")


class Statement:
    """One SQL statement, with parameters as `:name`; its rows are named tuples.

    Runs in the transaction of the session; nothing is flushed before. All methods raise what
    SQLAlchemy would raise.
    """

    def __init__(self, sql: str) -> None:
        self._sql = _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))

    @classmethod
    def compile(cls, construct: Select[Any]) -> "Statement":
        """Of a construct whose parameters are named by `bindparam`."""
        statement = cls("")
        dialect: Any = PGDialect_psycopg()  # type: ignore[no-untyped-call]
        statement._sql = str(construct.compile(dialect=dialect))
        return statement

    def run(self, session: Session, **parameters: object) -> int:
        """Returns the number of rows that were changed, or found."""
        return self.execute(session.connection(), parameters).rowcount

    def fetch_all(self, session: Session, **parameters: object) -> list[Any]:
        return self.execute(session.connection(), parameters).fetchall()

    def fetch_first(self, session: Session, **parameters: object) -> Any:
        """Returns `None` when there is no row."""
        return self.execute(session.connection(), parameters).fetchone()

    def fetch_value(self, session: Session, **parameters: object) -> Any:
        """Returns the first column of the first row, and `None` when there is no row."""
        row = self.fetch_first(session, **parameters)
        return None if row is None else row[0]

    def execute(
        self, connection: Connection, parameters: Mapping[str, object]
    ) -> psycopg.Cursor[Any]:
        driver: Any = connection.connection.driver_connection
        cursor: psycopg.Cursor[Any] = driver.cursor(row_factory=namedtuple_row)
        try:
            return cursor.execute(self._sql, parameters)
        except psycopg.Error as error:
            if driver.closed:
                connection.invalidate(error)
            raise DBAPIError.instance(
                self._sql,
                dict(parameters),
                error,
                psycopg.Error,
                dialect=connection.dialect,
            ) from error
