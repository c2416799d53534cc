"""Computes a report: each section by the analytics, as of the time at which it was due."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from webapp.adapters.analytics.port import AnalyticsClient
from webapp.insights import service as insights
from webapp.insights.analyses.requests import Question
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import MAX_ROWS
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.windows import resolve_window
from webapp.insights.reports.definition import (
    ReportDefinition,
    SavedQuestions,
    SectionDefinition,
)
from webapp.insights.reports.document import ReportDocument, ReportSection
from webapp.kit.clock import format_iso
from webapp.kit.errors import CommerceError, Unavailable
from webapp.kit.weeks import WeekStart

SHOP_ID = UUID(int=0)
"""Asks for the figures of a report that no admin has created."""


def compute_report(
    client: AnalyticsClient,
    definition: ReportDefinition,
    saved: SavedQuestions,
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
    questions = definition.build_questions(saved)
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
                client, _begin_section(section, saved), question, due_at, caller_id
            )
            for section, question in zip(definition.sections, questions, strict=True)
        ],
    )


def _begin_section(section: SectionDefinition, saved: SavedQuestions) -> ReportSection:
    referred = section.find_referred(saved)
    return ReportSection(
        heading=section.heading, saved_question=referred and referred.reference
    )


def _compute_section(
    client: AnalyticsClient,
    section: ReportSection,
    question: Question | ImpossibleQuery,
    due_at: datetime,
    caller_id: UUID | None,
) -> ReportSection:
    try:
        answer = _answer_question(client, question, due_at, caller_id or SHOP_ID)
    except Unavailable:
        raise
    except CommerceError as error:
        return section.model_copy(update={"problem": error.message})
    if isinstance(answer, AnalysisResult):
        return section.model_copy(update={"analysis": answer})
    if len(answer.rows) > MAX_ROWS:
        problem = (
            f"It has {len(answer.rows):,} rows, and a section may have {MAX_ROWS:,}: "
            "give its query a limit, fewer groups, a filter or a shorter window"
        )
        return section.model_copy(update={"problem": problem})
    return section.model_copy(update={"result": answer})


def _answer_question(
    client: AnalyticsClient,
    question: Question | ImpossibleQuery,
    due_at: datetime,
    caller_id: UUID,
) -> AnalyticsResult | AnalysisResult:
    if isinstance(question, ImpossibleQuery):
        raise question
    asked = question.model_copy(update={"as_of": due_at})
    return insights.answer_question(client, asked, caller_id=caller_id)
