"""The only module that commits."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker


class Database:
    def __init__(self, sessions: sessionmaker[Session], engine: Engine) -> None:
        self._sessions = sessions
        self.engine = engine

    @classmethod
    def at(cls, url: str, *, pool_size: int = 10) -> "Database":
        engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_pre_ping=True,
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={"connect_timeout": 5, "application_name": "ecom67"},
        )
        return cls(sessionmaker(engine, expire_on_commit=False), engine)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """One business action: everything inside commits together or not at all."""
        with self._sessions() as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()
