"""`ecom67 search …`: the index against the database."""

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
    """Build the index anew from the database; the old one answers meanwhile."""
    console = Console()
    with _parts() as (db, engine), console.status("Building the search index …"):
        count = indexing.rebuild_index(db, engine)
    console.print(f"Products in the new search index: {count:,}")


@search.command()
@click.option("--heal", is_flag=True, help="Mend what differs.")
def check(*, heal: bool) -> None:
    """Compare index and database by version and availability.

    Exits with 1 when they differ and nothing was mended.
    """
    console = Console()
    with _parts() as (db, engine):
        in_step, state = _compare(db, engine)
        console.print(state)
        if in_step:
            return
        if not heal:
            console.print("Mend it with `ecom67 search check --heal`.")
            raise SystemExit(1)
        mended = indexing.heal_index(db, engine)
        console.print(f"Products mended: {mended.total:,}")


def _compare(db: Database, engine: SearchEngine) -> tuple[bool, str]:
    try:
        drift, _ = indexing.find_drift(db, engine)
    except SearchNotReady as refusal:
        return False, f"The index cannot be used: {refusal.details['reason']}."
    return drift.total == 0, (
        f"Products missing: {drift.missing:,}, outdated: {drift.outdated:,}, "
        f"not to be there: {drift.orphaned:,}"
    )


@contextmanager
def _parts() -> Iterator[tuple[Database, SearchEngine]]:
    """Only what these commands need: they work while payments are not set up."""
    settings = Settings.load()
    db = Database.from_url(settings.require_database_url())
    try:
        yield db, build_search_engine(settings)
    finally:
        db.close()
