"""Fixture wiring only: logic belongs in tests/support/."""

import gc
import os
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import structlog
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from tests.support.factories import RowFactory
from tests.support.postgres import (
    TEMPLATE_VARIABLE,
    copied_database,
    migrated_postgres,
)
from tests.support.runtime import open_test_runtime
from tests.support.web_apps import AppFactory, AppPool
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.db.migrate import build_engine
from webapp.db.session import Database
from webapp.db.tables import Model

# One round trip; TRUNCATE would create 40 new files a test.
EMPTY_ALL_TABLES = ";".join(
    str(table.delete()) for table in reversed(Model.metadata.sorted_tables)
)


def pytest_collection_finish() -> None:
    """Exempt what was imported, 200 MB, from every later garbage collection, and collect
    less often than a process that lives for weeks: it is 5 % of a run's processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Reset logging, which a test that runs a command configures for the whole process.

    By default structlog prints every variable of a traceback, which can take a minute.
    """
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
    """A private, migrated PostgreSQL for the whole test run.

    In mutation testing, a copy on the server that all of these short runs share.
    """
    template = os.environ.get(TEMPLATE_VARIABLE)
    with copied_database(template) if template else migrated_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = build_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose changes are rolled back; it autoflushes and never commits."""
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
    """A database with real commits; its tables are emptied afterwards.

    Order numbers restart at 1001 for each test, because some tests name one.
    """
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE orders ALTER number RESTART WITH 1001"))
    yield Database(sessionmaker(engine, expire_on_commit=False), engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(EMPTY_ALL_TABLES)


@pytest.fixture(scope="session")
def shared_settings(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    return Settings(
        database_url=postgres_url,
        var_dir=tmp_path_factory.mktemp("var"),
        jwt_secret="a secret of the tests, long enough for HS256",
        stripe_api_key="sk_test_of_the_tests",
        stripe_webhook_secret="whsec_of_the_tests",
        webhooks_to_private_addresses=True,
    )


@pytest.fixture
def settings(shared_settings: Settings, tmp_path: Path) -> Settings:
    """With a folder of the test's own; a copy, as reading the environment takes 2 ms."""
    return shared_settings.model_copy(update={"var_dir": tmp_path})


@pytest.fixture
def runtime(settings: Settings, database: Database) -> Iterator[Runtime]:
    """Real database and search, files in a temporary folder, no external services."""
    with open_test_runtime(settings, database) as runtime:
        yield runtime


@pytest.fixture(scope="session")
def app_pool() -> AppPool:
    return AppPool()


@pytest.fixture
def create_app(app_pool: AppPool) -> Iterator[AppFactory]:
    """The shop's `create_app`, of applications that earlier tests have used."""
    with app_pool.lending() as lend:
        yield lend


@pytest.fixture
def make(session: Session) -> RowFactory:
    return RowFactory(session)


@pytest.fixture
def customer_id(make: RowFactory) -> UUID:
    return make.customer().id


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL statements executed since the test began; clear the list to start counting.

    Without the query for deleted accounts, which runs once a second on any request.
    """
    executed: list[str] = []

    def record(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def execute(cursor: object, statement: str, *rest: Any, **options: Any) -> Any:
            if "customers.deleted_at >" not in statement:
                executed.append(statement)
            return method(cursor, statement, *rest, **options)

        return execute

    for name in ("execute", "executemany"):
        method = getattr(psycopg.Cursor, name)
        monkeypatch.setattr(psycopg.Cursor, name, record(method))
    return executed
