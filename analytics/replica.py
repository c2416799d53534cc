"""A replica of the analytics: queries come in over HTTP, results go out, both as JSON.

Plain Starlette; `agents.deploy` deploys it to Ray.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analytics.query_export import ExportRequest, export_query
from analytics.query_processes import ProcessConfig, QueryProcessPool, QueryTimedOut
from analytics.query_service import QueryService, ServiceConfig, ValuesRequest
from analytics.reports.process import (
    RenderingTimedOut,
    RenderingTooLarge,
    RenderRequest,
    render_in_process,
)
from analytics.result_cache import CachedQueries
from webapp.adapters.agents.service_tokens import verify_service_token
from webapp.adapters.analytics.port import RenderedReport, ReportTooLarge
from webapp.config import AgentSettings
from webapp.db.session import Database
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.kit import log as logs
from webapp.kit.errors import CommerceError, Forbidden, Unauthenticated
from webapp.kit.time_zones import parse_zone

CONCURRENT_QUERIES = 2
"""Of one replica: each may take all processors, and as much memory as `ANALYTICS_MEMORY_MB`."""
QUERY_TIMEOUT_S = 30
CONCURRENT_REPORTS = 1
"""Each takes a processor for some seconds, and waits for its turn apart from queries."""
log = structlog.get_logger()


class QueryEndpoint:
    """HTTP interface of the service, for the shop alone."""

    def __init__(
        self,
        service: CachedQueries | QueryService,
        secret: str,
        render_report: Callable[[RenderRequest], RenderedReport],
    ) -> None:
        self._service = service
        self._secret = secret
        self._render_report = render_report
        self._threads = ThreadPoolExecutor(CONCURRENT_QUERIES, "query")
        self._parsers = {
            "values": self._parse_values,
            "analyses": self._parse_analysis,
            "export": self._parse_export,
            "reports": self._parse_report,
        }
        self._report_threads = ThreadPoolExecutor(CONCURRENT_REPORTS, "report")

    async def answer(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"ready": True})
        try:
            self._authorize(request.headers.get("Authorization", ""))
            work = self._parse_request(request.url.path, await request.body())
        except CommerceError as error:
            status = 401 if isinstance(error, Unauthenticated) else 403
            return JSONResponse({"error": error.message}, status)
        except ValidationError:
            return JSONResponse({"error": "The body is no valid request"}, 400)
        is_report = request.url.path.endswith("/reports")
        return await self._run(
            work, self._report_threads if is_report else self._threads
        )

    def _parse_request(self, path: str, body: bytes) -> Callable[[], BaseModel]:
        """Raises `ValidationError`."""
        parse = self._parsers.get(path.rpartition("/")[2], self._parse_query)
        return parse(body)

    def _parse_query(self, body: bytes) -> Callable[[], BaseModel]:
        return partial(self._service.run, AnalyticsQuery.model_validate_json(body))

    def _parse_analysis(self, body: bytes) -> Callable[[], BaseModel]:
        request = AnalysisBody.model_validate_json(body).root
        return partial(self._service.run_analysis, request)

    def _parse_values(self, body: bytes) -> Callable[[], BaseModel]:
        request = ValuesRequest.model_validate_json(body)
        return partial(self._service.find_values, request)

    def _parse_export(self, body: bytes) -> Callable[[], BaseModel]:
        request = ExportRequest.model_validate_json(body)
        return partial(export_query, self._service, request)

    def _parse_report(self, body: bytes) -> Callable[[], BaseModel]:
        return partial(self._render_report, RenderRequest.from_json(body))

    def _authorize(self, header: str) -> None:
        principal = verify_service_token(
            header.removeprefix("Bearer "), secret=self._secret
        )
        if not principal.is_admin:
            raise Forbidden("Figures are for admins only")

    async def _run(
        self, work: Callable[[], BaseModel], threads: ThreadPoolExecutor
    ) -> Response:
        loop = asyncio.get_running_loop()
        try:
            outcome = await loop.run_in_executor(threads, work)
        except (QueryTimedOut, RenderingTimedOut):
            return JSONResponse({"error": "That takes too long"}, 503)
        except RenderingTooLarge as error:
            too_large = ReportTooLarge.from_limit(error.memory_mb)
            return JSONResponse(too_large.to_error().model_dump(mode="json"), 413)
        except Exception:  # the outermost loop of a query
            log.exception("query_failed")
            return JSONResponse({"error": "Something went wrong here"}, 500)
        return JSONResponse(outcome.model_dump(mode="json"))


class AnalyticsReplica:
    """Deployed class of the analytics."""

    def __init__(self, settings: AgentSettings, ray_address: str | None) -> None:
        logs.configure(level=settings.log_level, process="analytics")
        self._endpoint = QueryEndpoint(
            build_query_runner(settings, ray_address),
            settings.require_jwt_secret(),
            partial(render_in_process, memory_mb=settings.analytics_memory_mb),
        )

    async def __call__(self, request: Request) -> Response:
        return await self._endpoint.answer(request)


def build_query_runner(
    settings: AgentSettings, ray_address: str | None = None
) -> CachedQueries:
    """A cache in front of processes."""
    url = settings.require_database_url()
    config = ProcessConfig(
        service=ServiceConfig(
            database_url=url,
            storage_url=settings.absolute_storage_url,
            home_currency=settings.currency,
            time_zone=settings.time_zone,
            week_start=settings.week_start,
        ),
        memory_mb=settings.analytics_memory_mb,
        ray_address=ray_address,
    )
    pool = QueryProcessPool(config, size=CONCURRENT_QUERIES, timeout_s=QUERY_TIMEOUT_S)
    db = Database.from_url(url, pool_size=CONCURRENT_QUERIES)
    return CachedQueries(
        pool, db, parse_zone(settings.time_zone), week_start=settings.week_start
    )
