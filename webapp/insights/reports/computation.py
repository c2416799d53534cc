"""Computes a report: each section by the analytics, as of the time at which it was due."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from webapp.adapters.analytics.port import AnalyticsClient
from webapp.insights import service as insights
from webapp.insights.analyses.requests import Question
from webapp.insights.query.analytics_query import RowCondition
from webapp.insights.query.results import (
    AnalyticsResult,
    ColumnRole,
    ResultColumn,
    ResultRow,
)
from webapp.insights.query.windows import resolve_window
from webapp.insights.reports.definition import ReportDefinition
from webapp.insights.reports.document import ReportDocument, ReportSection
from webapp.kit.clock import format_iso
from webapp.kit.errors import CommerceError, Unavailable
from webapp.kit.weeks import WeekStart

SHOP_ID = UUID(int=0)
"""Asks for the figures of a report that no admin has created."""
PROBLEM = "no figures: "
"""Begins what an alert is met by that could not be judged."""


def compute_report(
    client: AnalyticsClient,
    definition: ReportDefinition,
    *,
    due_at: datetime,
    is_late: bool,
    shop_zone: ZoneInfo,
    week_start: WeekStart,
    caller_id: UUID | None,
) -> ReportDocument:
    """A section that the analytics refuse says why; the others have their figures.

    Raises `BadWindow` for a period that is beyond the calendar, `Unavailable` where the analytics
    do not answer.
    """
    zone = definition.choose_zone(shop_zone=shop_zone)
    period = resolve_window(
        definition.period, now=due_at, zone=zone, week_start=week_start
    )
    questions = definition.build_questions()
    return ReportDocument(
        title=definition.name,
        first_day=str(period.first_day),
        last_day=str(period.last_day),
        time_zone=zone.key,
        as_of=format_iso(due_at),
        is_late=is_late,
        notes=[],
        sections=[
            _compute_section(
                client,
                section.heading,
                question.model_copy(update={"as_of": due_at}),
                caller_id or SHOP_ID,
            )
            for section, question in zip(definition.sections, questions, strict=True)
        ],
    )


def _compute_section(
    client: AnalyticsClient, heading: str, question: Question, caller_id: UUID
) -> ReportSection:
    try:
        answer = insights.answer_question(client, question, caller_id=caller_id)
    except Unavailable:
        raise
    except CommerceError as error:
        return ReportSection(heading=heading, problem=error.message)
    if isinstance(answer, AnalyticsResult):
        return ReportSection(heading=heading, result=answer)
    return ReportSection(heading=heading, analysis=answer)


def find_met_rows(
    definition: ReportDefinition, document: ReportDocument
) -> list[str] | None:
    """The rows that meet the condition of an alert, each by the values of its dimensions; `None`
    without a condition. A section without figures is met by its problem, so that it is noticed."""
    condition = definition.condition
    if condition is None:
        return None
    section = document.sections[condition.section]
    if section.result is not None and condition.bounds is not None:
        return _name_met_rows(section.result, condition.bounds)
    if section.analysis is not None:
        table = section.analysis.tables[0]
        return _name_rows(table.columns, table.rows)
    return [f"{PROBLEM}{section.problem}"]


def _name_met_rows(result: AnalyticsResult, bounds: RowCondition) -> list[str]:
    met = [row for row in result.rows if _is_met(row[bounds.by], bounds)]
    return _name_rows(result.columns, met)


def _is_met(figure: object, bounds: RowCondition) -> bool:
    return isinstance(figure, int | float) and bounds.is_met_by(figure)


def _name_rows(columns: Sequence[ResultColumn], rows: Sequence[ResultRow]) -> list[str]:
    """Each by the values of its dimensions; the only row of a result without any by `all`."""
    keys = [column.name for column in columns if column.role is ColumnRole.DIMENSION]
    return [", ".join(str(row[key]) for key in keys) or "all" for row in rows]
