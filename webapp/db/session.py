"""Engine, connection pool and unit of work; the only module that commits."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from webapp.db.statements import Statement


def get_connection(session: Session) -> psycopg.Connection:
    """The connection of a session's transaction, for what SQLAlchemy has not, such as COPY.

    Raises `TypeError` where its driver is not psycopg.
    """
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        msg = f"COPY needs psycopg, not {type(connection).__name__}"
        raise TypeError(msg)
    return connection


class Database:
    def __init__(self, sessions: sessionmaker[Session], engine: Engine) -> None:
        self._sessions = sessions
        self.engine = engine
        self._autocommitting = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._autocommit_sessions = sessionmaker(
            self._autocommitting, expire_on_commit=False
        )

    @classmethod
    def from_url(cls, url: str, *, pool_size: int = 10) -> "Database":
        engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={"connect_timeout": 5, "application_name": "ecom67"},
        )
        event.listen(engine, "checkout", _require_usable_connection)
        return cls(sessionmaker(engine, expire_on_commit=False), engine)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One business action: everything inside commits together or not at all."""
        with self._sessions() as session, session.begin():
            yield session

    @contextmanager
    def autocommit(self) -> Iterator[Session]:
        """For what only reads, or writes by one statement: each statement is a transaction of its
        own, and sees what is committed when it starts, as in a unit of work, but without the
        round trips of BEGIN and COMMIT. Locks do not last."""
        with self._autocommit_sessions() as session:
            yield session

    def fetch(self, statement: Statement, **parameters: object) -> Sequence[Any]:
        """Execute a statement that reads, without BEGIN and COMMIT, and without a session."""
        with self._autocommitting.connect() as connection:
            return statement.execute(connection, parameters).fetchall()

    def close(self) -> None:
        self.engine.dispose()


def _require_usable_connection(connection: psycopg.Connection, *_pool: object) -> None:
    """Check a connection that waited in the pool.

    A server sends nothing on an idle connection, except when it ends the connection and closes
    the socket: a readable socket therefore shows what `pool_pre_ping` would find, without a
    round trip.

    Raises `InvalidatePoolError`: the pool opens new connections, as the others were ended, too.
    """
    if connection.closed or _is_readable(connection.fileno()):
        raise InvalidatePoolError


def _is_readable(descriptor: int) -> bool:
    """Whether a socket has data or is at its end. `poll`, as `select` fails on high descriptors."""
    poller = poll()
    poller.register(descriptor, POLLIN)
    return bool(poller.poll(0))
