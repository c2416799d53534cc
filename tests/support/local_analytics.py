"""The analytics in the process of the test: the same service, without Ray between."""

import json
from collections.abc import Sequence
from uuid import UUID

from analytics.query_export import ExportRequest, export_query
from analytics.query_service import QueryService, ValuesRequest
from analytics.reports.process import RenderRequest
from analytics.reports.rendering import render_report
from webapp.adapters.analytics.port import (
    ExportOutcome,
    FileFormat,
    Json,
    QueryOutcome,
    RenderedReport,
    ReportFormat,
)
from webapp.adapters.storage.build import open_storage
from webapp.config import AgentSettings
from webapp.db.session import Database
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.kit.time_zones import parse_zone


class LocalAnalyticsClient:
    def __init__(self, db: Database, settings: AgentSettings) -> None:
        self._service = QueryService(
            db,
            open_storage(settings.absolute_storage_url),
            home_currency=settings.currency,
            zone=parse_zone(settings.time_zone),
            week_start=settings.week_start,
        )

    def run_query(self, query: Json, *, caller_id: UUID) -> QueryOutcome:
        del caller_id
        outcome = self._service.run(AnalyticsQuery.model_validate(query))
        # As it crosses the wire.
        return QueryOutcome.model_validate_json(outcome.model_dump_json())

    def run_analysis(self, request: Json, *, caller_id: UUID) -> QueryOutcome:
        del caller_id
        outcome = self._service.run_analysis(AnalysisBody.model_validate(request).root)
        return QueryOutcome.model_validate_json(outcome.model_dump_json())

    def export_query(
        self, query: Json, file_format: FileFormat, *, caller_id: UUID
    ) -> ExportOutcome:
        del caller_id
        request = ExportRequest.model_validate({"query": query, "format": file_format})
        return export_query(self._service, request)

    def render_report(
        self, document: Json, formats: Sequence[ReportFormat], *, caller_id: UUID
    ) -> RenderedReport:
        del caller_id
        body = json.dumps({"document": document, "formats": list(formats)})
        return render_report(RenderRequest.from_json(body))

    def find_values(
        self, text: str, *, similar: bool, searches: bool = False, caller_id: UUID
    ) -> Json:
        del caller_id
        found = self._service.find_values(
            ValuesRequest(text=text, similar=similar, searches=searches)
        )
        return found.model_dump(mode="json")
