"""Runtime for tests: everything real except external services."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.support.local_analytics import LocalAnalyticsClient
from tests.support.passwords import CHEAP_HASHER
from webapp.bootstrap import Runtime, build_runtime
from webapp.config import Settings
from webapp.db.session import Database


@contextmanager
def open_test_runtime(settings: Settings, database: Database) -> Iterator[Runtime]:
    runtime = build_runtime(settings)
    runtime.db.close()
    yield replace(
        runtime,
        db=database,
        passwords=CHEAP_HASHER,
        analytics=LocalAnalyticsClient(database, settings),
    )
