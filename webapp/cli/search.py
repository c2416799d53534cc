"""`ecom67 search …`: rebuilds the search index, or compares it with the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from webapp.adapters.search.build import build_search_engine
from webapp.adapters.search.port import SearchEngine, SearchNotReady
from webapp.config import Settings
from webapp.db.session import Database
from webapp.search import indexing


@click.group()
def search() -> None:
    """The product search index."""


@search.command()
def rebuild() -> None:
    """Rebuild the index from the database; the old one serves queries meanwhile."""
    console = Console()
    with (
        _open_resources() as (db, engine),
        console.status("Building the search index …"),
    ):
        count = indexing.rebuild_index(db, engine)
    console.print(f"Products in the new search index: {count:,}")


def _reject_old_option(
    _context: click.Context, _parameter: click.Parameter, given: bool
) -> None:
    if given:
        raise click.UsageError("--heal is now called --repair.")


@search.command()
@click.option("--repair", is_flag=True, help="Repair the differences.")
@click.option(
    "--heal",
    is_flag=True,
    hidden=True,
    expose_value=False,
    callback=_reject_old_option,
)
def check(*, repair: bool) -> None:
    """Compare index and database by version and availability.

    Exits with 1 when they differ and nothing was repaired.
    """
    console = Console()
    with _open_resources() as (db, engine):
        in_sync, message = _compare_index(db, engine)
        console.print(message)
        if in_sync:
            return
        if not repair:
            console.print("Repair it with `ecom67 search check --repair`.")
            raise SystemExit(1)
        repaired = indexing.repair_index(db, engine)
        console.print(f"Products repaired: {repaired.total:,}")


def _compare_index(db: Database, engine: SearchEngine) -> tuple[bool, str]:
    try:
        drift, _ = indexing.find_drift(db, engine)
    except SearchNotReady as error:
        return False, f"The index cannot be used: {error.details['reason']}."
    return drift.total == 0, (
        f"Products missing: {drift.missing:,}, outdated: {drift.outdated:,}, "
        f"orphaned: {drift.orphaned:,}"
    )


@contextmanager
def _open_resources() -> Iterator[tuple[Database, SearchEngine]]:
    """Open only what these commands need: they also work without payment settings."""
    settings = Settings.load()
    db = Database.from_url(settings.require_database_url())
    try:
        yield db, build_search_engine(settings)
    finally:
        db.close()
