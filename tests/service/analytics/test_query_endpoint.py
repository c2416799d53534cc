"""The HTTP interface of the analytics, without Ray, and the client that the shop has of it."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from analytics.query_processes import QueryTimedOut
from analytics.query_service import FileRequest, QueryService
from analytics.replica import QueryEndpoint
from analytics.reports.process import RenderRequest, render_in_process
from tests.service.analytics.test_order_facts import insert_order
from webapp.adapters.agents.port import Principal
from webapp.adapters.agents.service_tokens import issue_service_token
from webapp.adapters.analytics.port import (
    ExportedFile,
    FileFormat,
    QueryError,
    QueryOutcome,
    RenderedReport,
)
from webapp.adapters.analytics.ray_serve import (
    AnalyticsUnavailable,
    RayServeAnalyticsClient,
)
from webapp.adapters.storage.build import build_storage
from webapp.bootstrap import Runtime
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import MAX_ROWS, AnalyticsQuery
from webapp.insights.query.errors import QueryTooLarge
from webapp.kit.ids import new_id

SECRET = "a secret of the tests, long enough for HS256"
ADMIN = Principal(new_id(), ("admin",))
QUERY = {"metrics": ["orders"]}
RenderReport = Callable[[RenderRequest], RenderedReport]
ANALYSIS = {"analysis": "concentration", "by": "country"}


def render_with_usual_memory(request: RenderRequest) -> RenderedReport:
    return render_in_process(request, memory_mb=2048)


def open_client(
    service: Any,
    principal: Principal | None = ADMIN,
    *,
    render_report: RenderReport = render_with_usual_memory,
) -> TestClient:
    endpoint = QueryEndpoint(service, SECRET, render_report)
    app = Starlette(
        routes=[
            Route(path, endpoint.answer, methods=["GET", "POST"])
            for path in (
                "/analytics",
                "/analytics/values",
                "/analytics/analyses",
                "/analytics/export",
                "/analytics/reports",
            )
        ]
    )
    token = issue_service_token(principal, secret=SECRET) if principal else "none"
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


def connect_shop(
    service: Any, render_report: RenderReport = render_with_usual_memory
) -> RayServeAnalyticsClient:
    """The shop's client of this service, with what it sends."""
    served = open_client(service, None, render_report=render_report)

    def handle(request: httpx.Request) -> httpx.Response:
        response = served.request(
            request.method,
            request.url.path,
            content=request.content,
            headers={"Authorization": request.headers["Authorization"]},
        )
        return httpx.Response(response.status_code, content=response.content)

    client = httpx.Client(
        transport=httpx.MockTransport(handle), base_url="http://serve"
    )
    return RayServeAnalyticsClient(client, secret=SECRET)


@pytest.fixture
def service(runtime: Runtime) -> QueryService:
    with runtime.db.unit_of_work() as session:
        insert_order(session)
    return QueryService(
        runtime.db,
        build_storage(runtime.settings),
        home_currency="USD",
        zone=ZoneInfo("Asia/Tokyo"),
    )


def test_a_query_is_answered_with_its_result(service: QueryService) -> None:
    response = open_client(service).post("/analytics", json=QUERY)

    outcome = response.json()
    assert outcome["error"] is None
    assert outcome["result"]["totals"] == {"orders": 1}
    assert outcome["result"]["query"]["timeZone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("principal", "status"), [(None, 401), (Principal(new_id()), 403), (ADMIN, 200)]
)
def test_only_the_shop_may_ask_and_for_admins_only(
    service: QueryService, principal: Principal | None, status: int
) -> None:
    response = open_client(service, principal).post("/analytics", json=QUERY)

    assert response.status_code == status


def test_a_body_that_is_no_query_is_refused(service: QueryService) -> None:
    assert open_client(service).post("/analytics", json={}).status_code == 400


def test_it_says_that_it_is_ready(service: QueryService) -> None:
    assert open_client(service, None).get("/analytics").json() == {"ready": True}


def test_a_query_that_makes_no_sense_comes_back_with_what_is_possible(
    service: QueryService,
) -> None:
    query = {**QUERY, "filters": [{"dimension": "variant", "in": ["CUP"]}]}

    error = open_client(service).post("/analytics", json=query).json()["error"]

    assert error["code"] == "IMPOSSIBLE_QUERY"
    assert error["message"] == "No order has the variant CUP"
    assert error["possible"] == ['Mug, "large"\nblue']


def test_the_values_of_the_shop_are_found_in_a_text(service: QueryService) -> None:
    found = connect_shop(service).find_values(
        "how many MUGS in Germny", similar=False, caller_id=new_id()
    )

    assert [
        (each["dimension"], each["value"], each["start"], each["end"])
        for each in found["matches"]
    ] == [("variant", "MUG", 9, 13)]


@pytest.mark.parametrize(
    "body", [{}, {"text": 1}, {"text": "x" * 10_001}, {"text": "mug", "similar": "?"}]
)
def test_a_request_for_values_that_is_none_is_refused(
    service: QueryService, body: dict[str, Any]
) -> None:
    response = open_client(service).post("/analytics/values", json=body)

    assert response.status_code == 400


def test_the_shop_gets_the_file_of_a_query(service: QueryService) -> None:
    client = connect_shop(service)

    file = client.export_query(QUERY, FileFormat.XLSX, caller_id=new_id())

    assert isinstance(file, ExportedFile)
    assert file.name.endswith(".xlsx")
    # Bytes that are no text cross the wire unchanged.
    with ZipFile(BytesIO(file.content)) as archive:
        assert archive.testzip() is None


def test_a_query_that_makes_no_sense_is_no_file(service: QueryService) -> None:
    query = {**QUERY, "filters": [{"dimension": "variant", "in": ["CUP"]}]}

    error = connect_shop(service).export_query(
        query, FileFormat.CSV, caller_id=new_id()
    )

    assert isinstance(error, QueryError)
    assert (error.code, error.message) == (
        "IMPOSSIBLE_QUERY",
        "No order has the variant CUP",
    )
    assert error.possible == ['Mug, "large"\nblue']


@pytest.mark.parametrize(
    "body",
    [{}, QUERY, {"query": QUERY}, {"query": QUERY, "format": "pdf"}, {"format": "csv"}],
)
def test_a_request_for_a_file_that_is_none_is_refused(
    service: QueryService, body: dict[str, Any]
) -> None:
    response = open_client(service).post("/analytics/export", json=body)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("principal", "status"), [(None, 401), (Principal(new_id()), 403), (ADMIN, 200)]
)
def test_files_are_for_admins_only(
    service: QueryService, principal: Principal | None, status: int
) -> None:
    body = {"query": QUERY, "format": "csv"}

    response = open_client(service, principal).post("/analytics/export", json=body)

    assert response.status_code == status


class LongService:
    """Has results of so many rows, and no memory to write them."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def run(self, query: AnalyticsQuery) -> QueryOutcome:
        del query
        return QueryOutcome(result={"rows": [{"orders": 1}] * self._rows})

    def write_file(self, request: FileRequest) -> ExportedFile:
        del request
        raise QueryTooLarge.from_limit(300)


@pytest.mark.parametrize(
    ("rows", "message"),
    [(MAX_ROWS, "more than the 300 MB"), (MAX_ROWS + 1, "has 10,001 rows")],
)
def test_a_file_that_would_be_too_large_is_refused(rows: int, message: str) -> None:
    client = connect_shop(LongService(rows))

    error = client.export_query(QUERY, FileFormat.CSV, caller_id=new_id())

    assert isinstance(error, QueryError)
    assert error.code == "QUERY_TOO_LARGE"
    assert message in error.message
    assert "fewer dimensions" in error.possible


class SlowService:
    def run(self, query: AnalyticsQuery) -> QueryOutcome:
        raise QueryTimedOut(query.metrics[0])


class BrokenService:
    def run(self, query: AnalyticsQuery) -> QueryOutcome:
        raise RuntimeError(query.metrics[0])


def test_a_query_that_takes_too_long_is_given_up() -> None:
    response = open_client(SlowService()).post("/analytics", json=QUERY)

    assert response.status_code == 503


@pytest.mark.parametrize("service", [BrokenService(), SlowService()])
def test_the_shop_says_that_a_query_was_not_answered(service: Any) -> None:
    client = connect_shop(service)

    with pytest.raises(AnalyticsUnavailable, match="did not answer this query"):
        client.run_query(QUERY, caller_id=ADMIN.customer_id)
    with pytest.raises(AnalyticsUnavailable, match="did not answer this query"):
        client.export_query(QUERY, FileFormat.CSV, caller_id=ADMIN.customer_id)


def test_the_shop_says_that_nothing_answers() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = RayServeAnalyticsClient(
        httpx.Client(transport=httpx.MockTransport(refuse), base_url="http://ray"),
        secret=SECRET,
    )

    with pytest.raises(AnalyticsUnavailable, match="does not answer at ASSISTANT_URL"):
        client.run_query(QUERY, caller_id=ADMIN.customer_id)


def test_the_shop_asks_as_an_admin(service: QueryService) -> None:
    client = connect_shop(service)

    outcome = client.run_query(QUERY, caller_id=ADMIN.customer_id)

    assert outcome.result is not None
    assert outcome.result["totals"] == {"orders": 1}


def test_the_shop_gets_the_result_of_an_analysis(runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as session:
        for country in ("DE", "US"):
            insert_order(session, shipping_address={"country": country})
    service = QueryService(
        runtime.db,
        build_storage(runtime.settings),
        home_currency="USD",
        zone=ZoneInfo("UTC"),
    )

    outcome = connect_shop(service).run_analysis(ANALYSIS, caller_id=ADMIN.customer_id)

    assert outcome.error is None
    result = AnalysisResult.model_validate(outcome.result, by_alias=True, by_name=False)
    assert result.request.analysis == "concentration"
    assert result.findings.analysis == "concentration"
    assert result.receipt.source == "database"


def test_an_analysis_of_too_few_data_comes_back_with_what_is_needed(
    service: QueryService,
) -> None:
    outcome = connect_shop(service).run_analysis(ANALYSIS, caller_id=ADMIN.customer_id)

    assert outcome.result is None
    assert outcome.error is not None
    assert outcome.error.code == "NOT_ENOUGH_DATA"


@pytest.mark.parametrize(
    "body", [{}, {"analysis": "astrology"}, {"analysis": "rfm", "x": 1}]
)
def test_a_body_that_is_no_analysis_is_refused(
    service: QueryService, body: dict[str, Any]
) -> None:
    response = open_client(service).post("/analytics/analyses", json=body)

    assert response.status_code == 400
