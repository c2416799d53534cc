"""The only module that commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker


class Database:
    def __init__(self, sessions: sessionmaker[Session], engine: Engine) -> None:
        self._sessions = sessions
        self.engine = engine

    @classmethod
    def from_url(cls, url: str, *, pool_size: int = 10) -> "Database":
        engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={"connect_timeout": 5, "application_name": "ecom67"},
        )
        event.listen(engine, "checkout", _require_silence)
        return cls(sessionmaker(engine, expire_on_commit=False), engine)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One business action: everything inside commits together or not at all."""
        with self._sessions() as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _require_silence(connection: psycopg.Connection, *_pool: object) -> None:
    """Of a connection that waited in the pool. A server speaks to nobody who asks nothing,
    unless to say that it ends, and then by hanging up: looking at the socket tells what
    `pool_pre_ping` would find out by a question, without the trip.

    Raises `InvalidatePoolError`: a new connection is made, and the others were no better.
    """
    if connection.closed or _can_be_read(connection.fileno()):
        raise InvalidatePoolError


def _can_be_read(descriptor: int) -> bool:
    """Or is at its end. `poll`, because `select` cannot look at a high number."""
    watch = poll()
    watch.register(descriptor, POLLIN)
    return bool(watch.poll(0))
