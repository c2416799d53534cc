"""What `ecom67 search evaluate` and `ecom67 search debug` print."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from webapp.search.evaluation.judgments import Judgments
from webapp.search.evaluation.runs import ChangedQuery, EvaluationRun, compare_runs
from webapp.search.evaluation.scores import estimate_mean
from webapp.search.evaluation.service import Evaluation, RankingKind
from webapp.search.query_reading.reading import QueryReading, ReadPart
from webapp.search.service import ExplainedSearch

MAX_CHANGES = 10
"""Shown of wins and of losses."""


@contextmanager
def show_progress(
    console: Console, what: str, total: int
) -> Iterator[Callable[[], None]]:
    """On a terminal; yields what is called after each."""
    with Progress(
        console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def print_evaluation(
    console: Console, engine: str, judgments: Judgments, evaluation: Evaluation
) -> None:
    console.print(f"{len(judgments.ratings):,} queries, {escape(engine)}")
    table = Table("ranking", "figure", "mean")
    for kind, results in evaluation.results.items():
        scores = [each.score for each in results.values()]
        figures = {
            "nDCG@10, unjudged as 0": [each.unjudged_as_zero for each in scores],
            "nDCG@10, judged only": [each.judged_only for each in scores],
            "MRR": [each.reciprocal_rank for each in scores],
            "judged of the first 10": [each.judged_share for each in scores],
            "finds nothing": [float(not each.total) for each in results.values()],
        }
        for number, (name, values) in enumerate(figures.items()):
            label = kind.value if number == 0 else ""
            table.add_row(label, name, str(estimate_mean(values)))
        table.add_section()
    console.print(table)
    console.print("Means, and in brackets where they would be for other such queries.")
    if evaluation.unknown:
        console.print(
            f"Judged products that are not on sale here: {evaluation.unknown:,}"
        )
    if judgments.unanswerable:
        console.print(
            f"Queries left out, as no product is right for them: {judgments.unanswerable:,}"
        )


def print_changes(
    console: Console,
    before: EvaluationRun | None,
    now: EvaluationRun,
    kind: RankingKind,
) -> None:
    if before is None:
        console.print("This is the first run with these judgments; the next compares.")
        return
    changed = compare_runs(before, now, kind)
    won = [each for each in changed if each.difference > 0]
    lost = [each for each in reversed(changed) if each.difference < 0]
    console.print(
        f"Since {before.at:%Y-%m-%d %H:%M} UTC, by {kind.value}:"
        f" {len(won)} queries better, {len(lost)} worse (nDCG@10, judged only)"
    )
    for each in (*won[:MAX_CHANGES], *lost[:MAX_CHANGES]):
        console.print(_describe_change(each), highlight=False)


def print_explanation(console: Console, explained: ExplainedSearch) -> None:
    found, explanation = explained.found, explained.explanation
    for part in found.reading.parts:
        console.print(escape(_describe_part(found.reading, part)))
    if explanation.corrected_query is not None:
        console.print(f"Corrected: {escape(explanation.corrected_query)}")
    if found.redirect is not None:
        console.print(f"Leads to: {escape(found.redirect)}")
    words = ", ".join(explanation.words) or "none"
    console.print(f"Words: {escape(words)}")
    console.print(f"The thing asked for: {escape(explanation.kind or 'not known')}")
    console.print(
        f"Meaning: {found.meaning_use.value}. {found.results.total:,} products,"
        f" {found.results.exact_total:,} with every word"
    )
    for place, hit in enumerate(found.hits, 1):
        console.print(
            f"\n{place}. {escape(hit.product.name)}  {hit.hit.score:.2f}",
            highlight=False,
        )
        for reason in explanation.parts.get(hit.product.id, ()):
            line = f"   {reason.score:8.2f}  {escape(reason.reason)}"
            console.print(line, highlight=False)


def _describe_change(change: ChangedQuery) -> str:
    sign = "+" if change.difference > 0 else "-"
    return f"  {sign} {escape(change.query)}: {change.before:.2f} → {change.now:.2f}"


def _describe_part(reading: QueryReading, part: ReadPart) -> str:
    return f"Read as a filter ({part.kind.value}): {reading.quote_part(part)}"
