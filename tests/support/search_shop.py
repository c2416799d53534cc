"""A shop with searches in its database, and queries and analyses of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.query_service import QueryService
from webapp.adapters.analytics.port import QueryError
from webapp.adapters.storage.build import build_storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.kit.ids import new_id
from webapp.search_analytics import service
from webapp.search_analytics.models import RecordedSearch, SearchEvent

Json = dict[str, Any]
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 15, 15, tzinfo=UTC)
FIRST = datetime(2025, 11, 20, 12, tzinfo=UTC)
"""Of all searches. Clocks are set in March."""


class SearchShop:
    """Searches in a database, and their figures by both ways."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.service = QueryService(
            database, build_storage(settings), home_currency="USD", zone=NEW_YORK
        )

    def insert(self, searches: Sequence[Json]) -> None:
        with self.database.unit_of_work() as session:
            for search in searches:
                insert_search(session, **search)

    def aggregate(self, now: datetime) -> None:
        with self.database.unit_of_work() as session:
            service.aggregate_searches(session, now=now, zone=NEW_YORK)
            service.delete_expired_searches(session, now=now)

    def run(self, query: Json) -> AnalyticsResult:
        body = {"metrics": ["searches"], "asOf": NOW.isoformat(), **query}
        outcome = self.service.run(AnalyticsQuery.model_validate(body))
        assert outcome.error is None, outcome.error
        return AnalyticsResult.model_validate(
            outcome.result, by_alias=True, by_name=False
        )

    def refuse(self, query: Json) -> tuple[str, list[str]]:
        body = {"metrics": ["searches"], "asOf": NOW.isoformat(), **query}
        error = self.service.run(AnalyticsQuery.model_validate(body)).error
        assert error is not None
        return error.message, list(error.possible)

    def examine(self, request: Json) -> AnalysisResult:
        outcome = self.service.run_analysis(_build_analysis(request))
        assert outcome.error is None, outcome.error
        return AnalysisResult.model_validate(
            outcome.result, by_alias=True, by_name=False
        )

    def refuse_to_examine(self, request: Json) -> QueryError:
        error = self.service.run_analysis(_build_analysis(request)).error
        assert error is not None
        return error


def insert_search(
    session: Session,
    query: str = "lamp",
    *,
    at: datetime = FIRST,
    events: Sequence[str | Json] = (),
    **other: Any,
) -> None:
    """`events` are the types of what followed, or all that is known of it."""
    values = {"results": 3, "visitor": None, "is_first_page": True, **other}
    search = RecordedSearch(
        id=new_id(),
        occurred_at=at,
        text=query,
        query=query,
        filters={},
        sort="relevance",
        **values,
    )
    session.add(search)
    session.flush()
    session.add_all(
        SearchEvent(
            id=new_id(),
            search_id=search.id,
            occurred_at=at,
            **({"type": event} if isinstance(event, str) else event),
        )
        for event in events
    )


def _build_analysis(request: Json) -> Any:
    body = {"analysis": "search_insights", "asOf": NOW.isoformat(), **request}
    return AnalysisBody.model_validate(body).root
