"""`ecom67 search …`: the search index, and how good and why its answers are as they are."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from webapp.adapters.embeddings.build import build_embedder
from webapp.adapters.query_embeddings.build import InProcessQueryEmbedder
from webapp.adapters.search.build import (
    build_near_cache,
    build_rule_cache,
    build_search_engine,
)
from webapp.adapters.search.port import SearchEngine, SearchNotReady, SearchRequest
from webapp.cli.search_evaluation import (
    print_changes,
    print_evaluation,
    print_explanation,
    show_progress,
)
from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.search import indexing
from webapp.search.evaluation.judgments import read_judgments
from webapp.search.evaluation.runs import build_run, load_run, save_run
from webapp.search.evaluation.service import evaluate_search, list_kinds
from webapp.search.meaning import MeaningSearch
from webapp.search.rules.service import load_live_rules
from webapp.search.service import explain_search


@click.group()
def search() -> None:
    """The product search: its index, and the quality of its answers."""


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


@search.command()
@click.argument(
    "judgments", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--words", is_flag=True, help="Leave meaning out.")
@click.option(
    "--engine",
    "engines",
    multiple=True,
    metavar="SEARCH_URL",
    help="An engine to measure, in place of that of the settings; may be repeated.",
)
def evaluate(judgments: Path, *, words: bool, engines: Sequence[str]) -> None:
    """Measure the answers by human judgments.

    JUDGMENTS is a CSV file with the columns query, docid and rating (0 to 3). A docid is the id of
    a product, a SKU, or the id that it was imported with. Compares with the last run of the file.
    """
    console = Console()
    judged = read_judgments(judgments)
    settings = Settings.load()
    with _open_resources() as (db, _):
        meaning = None if words else _build_meaning(settings, db)
        for url in engines or [settings.search_url]:
            chosen = settings.model_copy(update={"search_url": url})
            steps = len(list_kinds(meaning)) * len(judged.ratings)
            with show_progress(console, "queries", steps) as advance:
                evaluation = evaluate_search(
                    db,
                    build_search_engine(chosen),
                    meaning,
                    judged,
                    report_progress=advance,
                )
            name = hashlib.sha256(f"{judgments.resolve()} {url}".encode()).hexdigest()
            file = settings.var_dir / "search-evaluations" / f"{name[:16]}.json"
            before, now = load_run(file), build_run(evaluation, at=utc_now())
            print_evaluation(console, url, judged, evaluation)
            print_changes(console, before, now, list_kinds(meaning)[-1])
            save_run(file, now)


@search.command()
@click.argument("query")
@click.option("--first", default=5, show_default=True, type=click.IntRange(1, 50))
@click.option("--words", is_flag=True, help="Leave meaning out.")
def debug(query: str, *, first: int, words: bool) -> None:
    """Explain how QUERY is read, and the score of each product part by part."""
    settings = Settings.load()
    with _open_resources() as (db, engine), db.unit_of_work() as session:
        explained = explain_search(
            session,
            engine=engine,
            request=SearchRequest(query, limit=first),
            meaning=None if words else _build_meaning(settings, db),
            rules=load_live_rules(session, build_rule_cache()),
        )
        print_explanation(Console(), explained)


def _build_meaning(settings: Settings, db: Database) -> MeaningSearch:
    embedder = InProcessQueryEmbedder(build_embedder(settings))
    return MeaningSearch(db, embedder, build_near_cache())


@contextmanager
def _open_resources() -> Iterator[tuple[Database, SearchEngine]]:
    """Open only what these commands need: they also work without payment settings."""
    settings = Settings.load()
    db = Database.from_url(settings.require_database_url())
    try:
        yield db, build_search_engine(settings)
    finally:
        db.close()
