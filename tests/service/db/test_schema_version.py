"""A process may start before the database does, or before it is migrated."""

import psycopg
import pytest
from sqlalchemy import Engine, text

from webapp.db import schema_version
from webapp.db.migrate import get_head_revision
from webapp.db.schema_version import find_newest_revision, wait_for_schema


class Waiter:
    """Sleeps by calling what happens meanwhile."""

    def __init__(self, *events: object) -> None:
        self.events = list(events)

    def sleep(self, _seconds: float) -> None:
        event = self.events.pop(0)
        if callable(event):
            event()


def set_revision(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :revision"),
            {"revision": revision},
        )


@pytest.fixture
def url(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def test_the_newest_revision_is_that_of_the_migrations() -> None:
    assert find_newest_revision() == get_head_revision()


def test_an_older_schema_is_waited_for(engine: Engine, url: str) -> None:
    newest = find_newest_revision()
    set_revision(engine, "0001")
    waiter = Waiter(None, lambda: set_revision(engine, newest))

    wait_for_schema(url, sleep=waiter.sleep)

    assert waiter.events == []


def test_the_schema_of_a_later_version_will_do(engine: Engine, url: str) -> None:
    newest = find_newest_revision()
    set_revision(engine, f"{int(newest) + 1:04}")
    try:
        wait_for_schema(url, sleep=Waiter().sleep)
    finally:
        set_revision(engine, newest)


def test_a_server_that_starts_late_is_waited_for(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, refused = psycopg.connect, [1, 2]

    def refuse_twice(*given: object, **options: object) -> object:
        if refused:
            refused.pop()
            raise psycopg.OperationalError("connection refused")
        return connect(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(psycopg, "connect", refuse_twice)

    wait_for_schema(url, sleep=Waiter(None, None).sleep)

    assert refused == []


def test_after_a_minute_without_a_server_it_starts_nevertheless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schema_version, "UNREACHABLE_FOR_S", 0.0)

    wait_for_schema("postgresql://shop@127.0.0.1:1/shop", sleep=Waiter(None).sleep)
