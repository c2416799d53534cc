"""A runtime for tests: everything real but what belongs to others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.support.passwords import CHEAP
from webapp.bootstrap import Runtime, build_runtime
from webapp.config import Settings
from webapp.db.session import Database


@contextmanager
def runtime_for(settings: Settings, database: Database) -> Iterator[Runtime]:
    built = build_runtime(settings)
    built.db.close()
    yield replace(built, db=database, passwords=CHEAP)
