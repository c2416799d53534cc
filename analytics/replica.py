"""A replica of the analytics: queries come in over HTTP, results go out, both as JSON.

Plain Starlette; `agents.deploy` deploys it to Ray.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Self
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from analytics.facts.database import load_order_facts
from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from analytics.semantic.value_catalog import ValueCatalog
from webapp.adapters.agents.service_tokens import verify_service_token
from webapp.adapters.analytics.port import QueryError, QueryOutcome
from webapp.config import AgentSettings
from webapp.db.session import Database
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import BadWindow, ImpossibleQuery
from webapp.insights.query.values import ValueMatches
from webapp.kit import log as logs
from webapp.kit.errors import CommerceError, Forbidden, Unauthenticated
from webapp.kit.time_zones import parse_zone

CONCURRENT_QUERIES = 2
"""Of one replica: each may take all processors, and memory for all lines that it reads."""
QUERY_TIMEOUT_S = 30
CATALOG_LIFE_S = 30
"""For so long a value that was sold for the first time may be unknown by name."""
MAX_TEXT = 10_000
log = structlog.get_logger()


class QueryService:
    """Runs queries over the orders of the shop's database, and finds values in texts."""

    def __init__(self, db: Database, *, home_currency: str, zone: ZoneInfo) -> None:
        self._db = db
        self._home_currency = home_currency
        self._zone = zone
        self._catalog: tuple[float, ValueCatalog] | None = None

    @classmethod
    def from_settings(cls, settings: AgentSettings) -> Self:
        return cls(
            Database.from_url(
                settings.require_database_url(), pool_size=CONCURRENT_QUERIES
            ),
            home_currency=settings.currency,
            zone=parse_zone(settings.time_zone),
        )

    def load_facts(self) -> OrderFacts:
        with self._db.unit_of_work() as session:
            return load_order_facts(session, home_currency=self._home_currency)

    def find_values(self, request: "ValuesRequest") -> ValueMatches:
        """The values of the shop that a text names."""
        if self._catalog is None or time.monotonic() > self._catalog[0]:
            catalog = ValueCatalog.from_lines(self.load_facts().lines)
            self._catalog = (time.monotonic() + CATALOG_LIFE_S, catalog)
        return self._catalog[1].find(request.text, similar=request.similar)

    def run(self, query: AnalyticsQuery) -> QueryOutcome:
        facts = self.load_facts()
        try:
            result = run_query(
                query, facts, home_currency=self._home_currency, zone=self._zone
            )
        except ImpossibleQuery as error:
            refused = QueryError(
                code=error.code, message=error.reason, possible=error.possible
            )
            return QueryOutcome(error=refused)
        except BadWindow as error:
            refused = QueryError(code=error.code, message=error.message)
            return QueryOutcome(error=refused)
        return QueryOutcome(result=result.model_dump(mode="json"))


class ValuesRequest(BaseModel):
    text: str = Field(max_length=MAX_TEXT)
    similar: bool = False


class QueryEndpoint:
    """HTTP interface of the service, for the shop alone."""

    def __init__(self, service: QueryService, secret: str) -> None:
        self._service = service
        self._secret = secret
        self._threads = ThreadPoolExecutor(CONCURRENT_QUERIES, "query")

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
        return await self._run(work)

    def _parse_request(self, path: str, body: bytes) -> Callable[[], BaseModel]:
        """Raises `ValidationError`."""
        if path.endswith("/values"):
            return partial(
                self._service.find_values, ValuesRequest.model_validate_json(body)
            )
        return partial(self._service.run, AnalyticsQuery.model_validate_json(body))

    def _authorize(self, header: str) -> None:
        principal = verify_service_token(
            header.removeprefix("Bearer "), secret=self._secret
        )
        if not principal.is_admin:
            raise Forbidden("Figures are for admins only")

    async def _run(self, work: Callable[[], BaseModel]) -> Response:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(QUERY_TIMEOUT_S):
                outcome = await loop.run_in_executor(self._threads, work)
        except TimeoutError:
            return JSONResponse({"error": "The query takes too long"}, 503)
        except Exception:  # the outermost loop of a query
            log.exception("query_failed")
            return JSONResponse({"error": "Something went wrong here"}, 500)
        return JSONResponse(outcome.model_dump(mode="json"))


class AnalyticsReplica:
    """Deployed class of the analytics."""

    def __init__(self, settings: AgentSettings) -> None:
        logs.configure(level=settings.log_level, process="analytics")
        self._endpoint = QueryEndpoint(
            QueryService.from_settings(settings), settings.require_jwt_secret()
        )

    async def __call__(self, request: Request) -> Response:
        return await self._endpoint.answer(request)
