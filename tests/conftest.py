"""Wiring only: a fixture that thinks belongs in support/."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from tests.support.factories import RowFactory
from tests.support.postgres import private_postgres
from tests.support.runtime import open_test_runtime
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.db.migrate import build_engine, upgrade
from webapp.db.session import Database
from webapp.db.tables import Model


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """A test that runs a command configures the logs of the whole process; and by
    default structlog draws every variable of a traceback, which can take a minute."""
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A private, migrated PostgreSQL for the whole run."""
    with private_postgres() as url:
        engine = build_engine(url)
        upgrade(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = build_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Everything done in it is rolled back; flushes by itself, never commits."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
        ) as session:
            yield session
        transaction.rollback()


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    """Real commits on real connections; the tables are emptied afterwards, and order
    numbers begin anew, because some tests name one."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE orders ALTER number RESTART WITH 1001"))
    yield Database(sessionmaker(engine, expire_on_commit=False), engine)
    with engine.begin() as connection:
        for table in reversed(Model.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(
        database_url=postgres_url,
        var_dir=tmp_path,
        jwt_secret="a secret of the tests, long enough for HS256",
        stripe_api_key="sk_test_of_the_tests",
        stripe_webhook_secret="whsec_of_the_tests",
    )


@pytest.fixture
def runtime(settings: Settings, database: Database) -> Iterator[Runtime]:
    """Real database and search, files in a temporary folder, no servers of others."""
    with open_test_runtime(settings, database) as runtime:
        yield runtime


@pytest.fixture
def make(session: Session) -> RowFactory:
    return RowFactory(session)


@pytest.fixture
def customer_id(make: RowFactory) -> UUID:
    return make.customer().id


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """The SQL statements sent since the test began; clear it to start counting.

    Without the look for deleted accounts: it is taken once a second, whoever calls.
    """
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "customers.deleted_at >" not in statement:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
