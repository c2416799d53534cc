"""What a report that was sent would say today: totals that have been restated since."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from webapp.adapters.analytics.port import AnalyticsClient
from webapp.insights import service as insights
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.reports.document import ReportDocument
from webapp.kit.errors import CommerceError, Unavailable
from webapp.kit.json import ResponseBody


class RestatedFigure(ResponseBody):
    example_values = {
        "section": "Revenue by category",
        "figure": "net revenue",
        "as_sent": 1204.5,
        "now": 1180.0,
    }

    section: str
    figure: str
    as_sent: float | None
    now: float | None


class Restatement(ResponseBody):
    example_values = {"problems": []}

    items: list[RestatedFigure]
    """Totals that have changed since; none where the run would be the same."""
    problems: list[str]
    """Of sections that cannot be compared: why."""


def compare_with_now(
    client: AnalyticsClient, document: ReportDocument, *, caller_id: UUID
) -> Restatement:
    """Computes each query of a report again, of the same days, with all that is recorded now.

    Those whose period was not over then are named: their totals are others because time has
    passed, and not as anything was restated. Analyses are not compared: each is an estimate of
    its time. Raises `Unavailable`.
    """
    items: list[RestatedFigure] = []
    problems: list[str] = []
    for section in document.sections:
        if section.result is None:
            continue
        if _was_running(section.result):
            problems.append(
                f"{section.heading}: its period was not over when the report was computed, "
                "so that its totals are those of another time"
            )
            continue
        try:
            now = _compute_again(client, section.result, caller_id)
        except Unavailable:
            raise
        except CommerceError as error:
            problems.append(f"{section.heading}: {error.message}")
            continue
        items += _list_changes(section.heading, section.result, now)
    return Restatement(items=items, problems=problems)


def _was_running(result: AnalyticsResult) -> bool:
    end = result.receipt.window_end
    as_of = datetime.fromisoformat(result.receipt.as_of)
    return end is None or datetime.fromisoformat(end) >= as_of


def _compute_again(
    client: AnalyticsClient, result: AnalyticsResult, caller_id: UUID
) -> AnalyticsResult:
    query = result.query.model_copy(update={"as_of": None})
    return insights.run_query(client, query, caller_id=caller_id)


def _list_changes(
    heading: str, sent: AnalyticsResult, now: AnalyticsResult
) -> Iterator[RestatedFigure]:
    labels = {column.name: column.label for column in sent.columns}
    for name, figure in sent.totals.items():
        current = now.totals.get(name)
        if figure != current and not isinstance(figure, str):
            yield RestatedFigure(
                section=heading,
                figure=labels.get(name, name),
                as_sent=figure,
                now=current if not isinstance(current, str) else None,
            )
