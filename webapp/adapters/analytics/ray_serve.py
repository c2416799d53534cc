"""Client of the analytics on Ray Serve: one HTTP request a query."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Self
from uuid import UUID

import httpx
from pydantic import TypeAdapter, ValidationError

from webapp.adapters.agents.port import Principal
from webapp.adapters.agents.service_tokens import issue_service_token
from webapp.adapters.analytics.port import (
    ExportOutcome,
    FileFormat,
    Json,
    QueryError,
    QueryOutcome,
    RenderedReport,
    ReportFormat,
    ReportTooLarge,
)
from webapp.config import AgentSettings
from webapp.kit.errors import Unavailable
from webapp.kit.http_clients import build_fresh_client
from webapp.kit.roles import ADMIN

PATH = "/analytics"
VALUES_PATH = f"{PATH}/values"
ANALYSES_PATH = f"{PATH}/analyses"
EXPORT_PATH = f"{PATH}/export"
REPORTS_PATH = f"{PATH}/reports"
JSON = TypeAdapter(Json)
EXPORT_OUTCOME: TypeAdapter[ExportOutcome] = TypeAdapter(ExportOutcome)
TIMEOUT = httpx.Timeout(2.0, read=40.0)
"""In seconds; the analytics themselves give a query up after 30."""
REPORT_TIMEOUT = httpx.Timeout(2.0, read=150.0)
"""They render one report at a time, and give it up after 60."""
NO_ANSWER = "The analytics did not answer this query; please try again, or ask for a shorter window"
NOT_RENDERED = "The report could not be rendered; please try again"


class AnalyticsUnavailable(Unavailable):
    code = "ANALYTICS_UNAVAILABLE"


class RayServeAnalyticsClient:
    def __init__(self, client: httpx.Client, *, secret: str) -> None:
        self._client = client
        self._secret = secret

    @classmethod
    def from_settings(cls, settings: AgentSettings) -> Self:
        client = build_fresh_client(settings.assistant_url, timeout=TIMEOUT)
        return cls(client, secret=settings.require_jwt_secret())

    def run_query(self, query: Json, *, caller_id: UUID) -> QueryOutcome:
        with _explain_failure():
            answer = self._post(PATH, query, caller_id)
            return QueryOutcome.model_validate_json(answer)

    def run_analysis(self, request: Json, *, caller_id: UUID) -> QueryOutcome:
        with _explain_failure():
            answer = self._post(ANALYSES_PATH, request, caller_id)
            return QueryOutcome.model_validate_json(answer)

    def export_query(
        self, query: Json, file_format: FileFormat, *, caller_id: UUID
    ) -> ExportOutcome:
        body = {"query": query, "format": file_format}
        with _explain_failure():
            answer = self._post(EXPORT_PATH, body, caller_id)
            return EXPORT_OUTCOME.validate_json(answer)

    def render_report(
        self, document: Json, formats: Sequence[ReportFormat], *, caller_id: UUID
    ) -> RenderedReport:
        body = {"document": document, "formats": list(formats)}
        with _explain_failure(NOT_RENDERED):
            answer = self._post_report(body, caller_id)
            return RenderedReport.model_validate_json(answer)

    def _post_report(self, body: Json, caller_id: UUID) -> bytes:
        """Raises `ReportTooLarge`, too."""
        try:
            return self._post(REPORTS_PATH, body, caller_id, timeout=REPORT_TIMEOUT)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                raise
            refused = QueryError.model_validate_json(error.response.content)
            raise ReportTooLarge(refused.message, possible=refused.possible) from error

    def find_values(
        self, text: str, *, similar: bool, searches: bool = False, caller_id: UUID
    ) -> Json:
        body = {"text": text, "similar": similar, "searches": searches}
        with _explain_failure():
            answer = self._post(VALUES_PATH, body, caller_id)
            return JSON.validate_json(answer)

    def _post(
        self,
        path: str,
        body: Json,
        caller_id: UUID,
        *,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> bytes:
        """Raises `httpx.HTTPError`."""
        token = issue_service_token(
            Principal(caller_id, groups=(ADMIN,)), secret=self._secret
        )
        response = self._client.post(
            path,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
        )
        response.raise_for_status()
        return response.content


@contextmanager
def _explain_failure(message: str = NO_ANSWER) -> Iterator[None]:
    """Raises `AnalyticsUnavailable`."""
    try:
        yield
    except httpx.ConnectError as error:
        raise AnalyticsUnavailable(
            "Figures are computed on Ray, which does not answer at ASSISTANT_URL: is it left "
            "out, or still starting?"
        ) from error
    except (httpx.HTTPError, ValidationError) as error:
        raise AnalyticsUnavailable(message) from error
