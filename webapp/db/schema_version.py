"""Wait for the schema that this version of the code needs.

Without the libraries that migrate it: a process can load its code while another one migrates.
"""

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import structlog

VERSIONS = Path(__file__).parent / "migrations/versions"
POLL_INTERVAL_S = 0.05
REPORT_INTERVAL_S = 10.0
UNREACHABLE_FOR_S = 60.0
"""A process that finds no server for so long starts nevertheless: its answers say what is wrong."""
log = structlog.get_logger()


def find_newest_revision() -> str:
    """The revision that the migrations end with; they are numbered."""
    return max(file.stem.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def wait_for_schema(
    database_url: str, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait until the database has the newest revision, or one of a later version."""
    newest = find_newest_revision()
    started = reported = time.monotonic()
    while True:
        problem = None
        try:
            revision = _read_revision(database_url)
        except psycopg.OperationalError as error:
            revision, problem = "", str(error).strip()
        if revision >= newest:
            return
        now = time.monotonic()
        if problem is not None and now - started > UNREACHABLE_FOR_S:
            log.error("database is unreachable", error=problem)
            return
        if now - reported > REPORT_INTERVAL_S:
            reported = now
            log.warning(
                "waiting for the database's schema",
                error=problem,
                revision=revision,
                needed=newest,
            )
        sleep(POLL_INTERVAL_S)


def _read_revision(database_url: str) -> str:
    """Empty for a database that was never migrated."""
    with psycopg.connect(database_url, connect_timeout=2) as connection:
        try:
            row = connection.execute(
                "SELECT version_num FROM alembic_version"
            ).fetchone()
        except psycopg.errors.UndefinedTable:
            return ""
    return str(row[0]) if row is not None else ""
