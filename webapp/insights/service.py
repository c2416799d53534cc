"""Answers `AnalyticsQuery`s and analyses, and exports results, which the analytics compute."""

from collections.abc import Mapping
from uuid import UUID

from webapp.adapters.analytics.port import (
    AnalyticsClient,
    ExportedFile,
    FileFormat,
    Json,
    QueryError,
)
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import AnalysisRequest, Question
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.analyses.validation import check_analysis
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import BadWindow, ImpossibleQuery, QueryTooLarge
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.validation import check_query
from webapp.kit.errors import CommerceError, Unavailable


def run_query(
    client: AnalyticsClient, query: AnalyticsQuery, *, caller_id: UUID
) -> AnalyticsResult:
    """Raises `ImpossibleQuery`, `BadWindow`, `QueryTooLarge` and `Unavailable`."""
    # What makes no sense is refused whether the analytics run or not.
    check_query(query)
    outcome = client.run_query(_dump_query(query), caller_id=caller_id)
    if outcome.error is not None:
        raise build_error(outcome.error)
    return AnalyticsResult.model_validate(outcome.result, by_alias=True, by_name=False)


def export_query(
    client: AnalyticsClient,
    query: AnalyticsQuery,
    file_format: FileFormat,
    *,
    caller_id: UUID,
) -> ExportedFile:
    """All rows of the result as a file. Raises what `run_query` raises."""
    check_query(query)
    outcome = client.export_query(_dump_query(query), file_format, caller_id=caller_id)
    if isinstance(outcome, QueryError):
        raise build_error(outcome)
    return outcome


def _dump_query(query: AnalyticsQuery) -> Json:
    return query.model_dump(mode="json", by_alias=True, exclude_none=True)


def run_analysis(
    client: AnalyticsClient, request: AnalysisRequest, *, caller_id: UUID
) -> AnalysisResult:
    """Raises `NotEnoughData`, `ImpossibleQuery`, `BadWindow` and `Unavailable`."""
    check_analysis(request)
    asked = request.model_dump(mode="json", by_alias=True, exclude_none=True)
    outcome = client.run_analysis(asked, caller_id=caller_id)
    if outcome.error is not None:
        raise build_error(outcome.error)
    return AnalysisResult.model_validate(outcome.result, by_alias=True, by_name=False)


def answer_question(
    client: AnalyticsClient, question: Question, *, caller_id: UUID
) -> AnalyticsResult | AnalysisResult:
    """Raises what `run_query` and `run_analysis` raise."""
    if isinstance(question, AnalyticsQuery):
        return run_query(client, question, caller_id=caller_id)
    return run_analysis(client, question, caller_id=caller_id)


EXPLAINED: Mapping[str, type[ImpossibleQuery | QueryTooLarge]] = {
    each.code: each for each in (ImpossibleQuery, BadWindow, QueryTooLarge)
}
"""Errors that say what is possible instead."""


def build_error(error: QueryError) -> CommerceError:
    if error.code in EXPLAINED:
        return EXPLAINED[error.code](error.message, possible=error.possible)
    if error.code == NotEnoughData.code:
        return NotEnoughData(error.message)
    return Unavailable(error.message)
