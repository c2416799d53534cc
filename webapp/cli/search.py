"""`ecom67 search …`: the index against the database."""

import click
from rich.console import Console

from webapp.bootstrap import build_runtime
from webapp.config import Settings
from webapp.search import indexing
from webapp.suppliers.search.engine import SearchNotReady


@click.group()
def search() -> None:
    """The product search index."""


@search.command()
def rebuild() -> None:
    """Build the index anew from the database; the old one answers meanwhile."""
    runtime = build_runtime(Settings.load())
    console = Console()
    with console.status("Building the search index …"):
        count = indexing.rebuild(runtime.db, runtime.search)
    console.print(f"{count:,} products are in the new search index.")


@search.command()
@click.option("--heal", is_flag=True, help="Mend what differs.")
def check(*, heal: bool) -> None:
    """Compare index and database by version and availability.

    Exits with 1 when they differ and nothing was mended.
    """
    runtime = build_runtime(Settings.load())
    console = Console()
    try:
        drift, _ = indexing.find_drift(runtime.db, runtime.search)
        state = (
            f"{drift.missing:,} products missing, {drift.outdated:,} outdated, "
            f"{drift.extra:,} that should not be there."
        )
    except SearchNotReady as refusal:
        drift, state = None, f"The index cannot be used: {refusal.details['reason']}."
    console.print(state)
    if drift is not None and not drift.products:
        return
    if not heal:
        console.print("Mend it with `ecom67 search check --heal`.")
        raise SystemExit(1)
    mended = indexing.heal(runtime.db, runtime.search)
    console.print(f"Mended {mended.products:,} products.")
