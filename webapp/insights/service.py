"""Answers `AnalyticsQuery`s, which the analytics compute."""

from uuid import UUID

from webapp.adapters.analytics.port import AnalyticsClient, QueryError
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
    asked = query.model_dump(mode="json", by_alias=True, exclude_none=True)
    outcome = client.run_query(asked, caller_id=caller_id)
    if outcome.error is not None:
        raise build_error(outcome.error)
    return AnalyticsResult.model_validate(outcome.result, by_alias=True, by_name=False)


def build_error(error: QueryError) -> CommerceError:
    match error.code:
        case ImpossibleQuery.code:
            return ImpossibleQuery(error.message, possible=error.possible)
        case BadWindow.code:
            return BadWindow(error.message)
        case QueryTooLarge.code:
            return QueryTooLarge(error.message, possible=error.possible)
        case _:
            return Unavailable(error.message)
