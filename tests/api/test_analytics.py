"""Figures through the API: for admins and programs, computed over the orders in the database."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from tests.service.analytics.test_order_facts import NOON, insert_order, insert_refunds
from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.local_analytics import LocalAnalyticsClient
from tests.support.ports import free_port
from tests.support.tokens import create_api_token
from tests.support.web_apps import AppFactory
from webapp.adapters.analytics.build import build_analytics
from webapp.adapters.analytics.port import Json, QueryError, QueryOutcome
from webapp.bootstrap import Runtime
from webapp.catalog.models import StockMovement, StockReason
from webapp.insights.query.definitions import DIMENSIONS, METRICS
from webapp.insights.query.errors import QueryTooLarge
from webapp.kit.scopes import Scope
from webapp.kit.weeks import WeekStart

PATH = "/admin/analytics/query"
ANALYSES_PATH = "/admin/analytics/analyses"
EXPORT_PATH = "/admin/analytics/export"
JANUARY = {"firstDay": "2026-01-01", "lastDay": "2026-01-31"}


@pytest.fixture(autouse=True)
def orders(runtime: Runtime) -> None:
    """Two orders of January with a refund of one of them, and one of March."""
    with runtime.db.unit_of_work() as session:
        insert_order(session, shipping_address={"country": "DE"})
        refunded = insert_order(session, shipping_address={"country": "US"})
        insert_refunds(session, refunded, 1080, at=NOON)
        insert_order(session, placed_at=NOON.replace(month=3))


def test_an_admin_gets_figures_with_their_receipt(admin: ApiClient) -> None:
    query = {
        "metrics": ["net_revenue", "orders", "average_order_value"],
        "groupBy": ["country"],
        "window": JANUARY,
    }

    response = admin.call("POST", PATH, query)

    assert response.status_code == 200, response.text
    result = response.get_json()
    assert result["title"] == (
        "Net revenue, orders and average order value by country, January 2026, UTC"
    )
    assert result["rows"] == [
        {
            "country": "DE",
            "net_revenue": 20.0,
            "orders": 1,
            "average_order_value": 20.0,
        },
        {
            "country": "US",
            "net_revenue": 10.0,
            "orders": 1,
            "average_order_value": 20.0,
        },
    ]
    assert result["totals"] == {
        "net_revenue": 30.0,
        "orders": 2,
        "average_order_value": 20.0,
    }
    assert result["currency"] == "USD"
    receipt = result["receipt"]
    assert (receipt["firstDay"], receipt["lastDay"]) == ("2026-01-01", "2026-01-31")
    assert (receipt["rowsRead"], receipt["source"]) == (3, "database")
    assert receipt["metrics"][0]["definition"] == METRICS["net_revenue"].definition


def test_the_query_of_a_result_gives_the_same_again(admin: ApiClient) -> None:
    query = {
        "metrics": ["net_revenue"],
        "groupBy": ["day"],
        "window": {"firstDay": "2026-01-09", "lastDay": "2026-01-11"},
        "derived": [{"kind": "share", "metric": "net_revenue"}],
    }
    first = admin.call("POST", PATH, query).get_json()

    again = admin.call("POST", PATH, first["query"])

    assert again.status_code == 200, again.text
    assert again.get_json() == first


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ({"metrics": ["margin"]}, "IMPOSSIBLE_QUERY", "margin is no metric"),
        (
            {
                "metrics": ["orders"],
                "filters": [{"dimension": "country", "in": ["Atlantis"]}],
            },
            *("IMPOSSIBLE_QUERY", "No order has the country Atlantis; possible are"),
        ),
        (
            {"metrics": ["orders"], "window": {"firstDay": "2099-01-01"}},
            *("BAD_WINDOW", "still to come"),
        ),
        (
            {"metrics": ["orders"], "asOf": "2099-01-01T00:00:00Z"},
            *("BAD_WINDOW", "asOf 2099-01-01T00:00:00Z is still to come"),
        ),
        (
            {"metrics": ["searches"], "asOf": "2099-01-01T00:00:00Z"},
            *("BAD_WINDOW", "asOf 2099-01-01T00:00:00Z is still to come"),
        ),
        (
            {"metrics": ["orders"], "window": {"firstDay": "2026-02-30"}},
            *("INVALID_REQUEST", ""),
        ),
        ({"metrics": ["orders"], "group": ["day"]}, "INVALID_REQUEST", ""),
    ],
)
def test_a_query_without_an_answer_is_refused_with_the_reason(
    admin: ApiClient, query: dict[str, Any], code: str, message: str
) -> None:
    response = admin.call("POST", PATH, query)

    assert response.status_code == 400
    error = response.get_json()["error"]
    assert error["code"] == code
    assert message in error["message"]


@pytest.mark.parametrize("path", [ANALYSES_PATH, EXPORT_PATH])
def test_nothing_is_asked_at_a_time_that_is_still_to_come(
    admin: ApiClient, path: str
) -> None:
    bodies = {
        ANALYSES_PATH: {"analysis": "rfm", "asOf": "2099-01-01T00:00:00Z"},
        EXPORT_PATH: {"metrics": ["orders"], "asOf": "2099-01-01T00:00:00Z"},
    }

    error = admin.call("POST", path, bodies[path]).get_json()["error"]

    assert error["code"] == "BAD_WINDOW"
    assert error["details"]["possible"][1] == "no asOf, which is now"


def test_a_program_with_the_scope_gets_figures_and_no_other(
    runtime: Runtime, nobody: ApiClient
) -> None:
    answers = {}
    for scope in (Scope.ANALYTICS_READ, Scope.ORDERS_READ):
        token = create_api_token(runtime, scope)
        response = nobody.call(
            "POST",
            PATH,
            {"metrics": ["orders"]},
            headers={"Authorization": f"Bearer {token}"},
        )
        answers[scope] = response.status_code

    assert answers == {Scope.ANALYTICS_READ: 200, Scope.ORDERS_READ: 403}


def test_stock_is_a_figure_like_any_other(runtime: Runtime, admin: ApiClient) -> None:
    """With its receipt, to be computed again, as a file, and as what runs out when."""
    with runtime.db.unit_of_work() as session:
        for name, units in (("Kettle", 7), ("Cup", 5)):
            [variant] = RowFactory(session).product(name=name, stock=units).variants
            opening = StockMovement(
                variant_id=variant.id,
                reason=StockReason.OPENED,
                on_hand=units,
                held=0,
            )
            session.add(opening)
    query = {"metrics": ["stock", "units"], "groupBy": ["product"], "limit": 2}

    result = admin.call("POST", PATH, query).get_json()

    # What was sold has no variant, so that its stock is not known.
    assert [(row["product"], row["stock"]) for row in result["rows"]] == [
        ("Kettle", 7),
        ("Cup", 5),
    ]
    assert result["totals"]["stock"] == 12
    assert result["receipt"]["metrics"][0]["label"] == "stock on hand"
    assert result["chart"] is not None
    again = admin.call("POST", PATH, result["query"]).get_json()
    assert (again["rows"], again["totals"]) == (result["rows"], result["totals"])
    file = admin.call("POST", "/admin/analytics/export?format=csv", result["query"])
    assert file.text.splitlines()[1].startswith("Kettle")
    outlook = admin.call("POST", ANALYSES_PATH, {"analysis": "stock_outlook"})
    assert outlook.get_json()["error"]["code"] == "NOT_ENOUGH_DATA"


def test_definitions_say_what_can_be_asked_for(admin: ApiClient) -> None:
    definitions = admin.call("GET", "/admin/analytics/definitions").get_json()

    assert [each["name"] for each in definitions["metrics"]] == list(METRICS)
    assert [each["name"] for each in definitions["dimensions"]] == list(DIMENSIONS)
    [tax] = [each for each in definitions["metrics"] if each["name"] == "tax"]
    assert "country" in tax["dimensions"]
    assert "product" not in tax["dimensions"]


def test_without_ray_the_answer_says_why(
    runtime: Runtime, create_app: AppFactory, admin: ApiClient
) -> None:
    settings = runtime.settings.model_copy(
        update={"assistant_url": f"http://127.0.0.1:{free_port()}"}
    )
    app = create_app(replace(runtime, analytics=build_analytics(settings)))
    boss = ApiClient(app, admin.customer_id, admin=True)

    response = boss.call("POST", PATH, {"metrics": ["orders"]})

    assert response.status_code == 503
    error = response.get_json()["error"]
    assert error["code"] == "ANALYTICS_UNAVAILABLE"
    assert "Ray" in error["message"]


class SmallAnalytics(LocalAnalyticsClient):
    """Has too little memory for any query."""

    def run_query(self, query: Json, *, caller_id: UUID) -> QueryOutcome:
        del query, caller_id
        refused = QueryTooLarge.from_limit(2048)
        return QueryOutcome(
            error=QueryError(
                code=refused.code, message=refused.message, possible=refused.possible
            )
        )


def test_a_query_that_needs_too_much_memory_is_refused_with_what_to_do(
    runtime: Runtime, create_app: AppFactory, admin: ApiClient
) -> None:
    analytics = SmallAnalytics(runtime.db, runtime.settings)
    app = create_app(replace(runtime, analytics=analytics))
    boss = ApiClient(app, admin.customer_id, admin=True)

    response = boss.call("POST", PATH, {"metrics": ["orders"]})

    assert response.status_code == 422
    error = response.get_json()["error"]
    assert error["code"] == "QUERY_TOO_LARGE"
    assert "2,048 MB" in error["message"]
    assert "export the orders" in error["message"]
    assert error["details"]["possible"][0] == "a shorter window"


def test_weeks_begin_where_the_shop_says_unless_the_query_does(
    runtime: Runtime, create_app: AppFactory, admin: ApiClient
) -> None:
    settings = runtime.settings.model_copy(update={"week_start": WeekStart.SUNDAY})
    analytics = LocalAnalyticsClient(runtime.db, settings)
    app = create_app(replace(runtime, settings=settings, analytics=analytics))
    boss = ApiClient(app, admin.customer_id, admin=True)
    query = {"metrics": ["orders"], "groupBy": ["week"], "window": JANUARY}

    own = boss.expect_ok("POST", PATH, query)
    again = boss.expect_ok("POST", PATH, own["query"])
    iso = boss.expect_ok("POST", PATH, {**query, "weekStart": "monday"})
    trends = boss.expect_ok(
        "GET", "/admin/analytics/order-trends", granularity="week", **JANUARY
    )
    searched = boss.expect_ok("GET", "/admin/analytics/product-search")
    analysis = boss.expect_ok(
        "POST",
        ANALYSES_PATH,
        {
            "analysis": "explain_change",
            "window": {"firstDay": "2026-03-01", "lastDay": "2026-03-31"},
            "compareTo": JANUARY,
        },
    )

    assert own["rows"][0]["week"] == "week of 2025-12-28"
    assert own["receipt"]["weekStart"] == own["query"]["weekStart"] == "sunday"
    assert again["rows"] == own["rows"]
    assert iso["rows"][0]["week"] == "2026-W01"
    assert iso["receipt"]["weekStart"] == "monday"
    assert trends["rows"][0]["week"] == own["rows"][0]["week"]
    assert searched["receipt"]["weekStart"] == "sunday"
    assert analysis["receipt"]["weekStart"] == "sunday"


def test_order_trends_are_a_query_by_period(admin: ApiClient) -> None:
    response = admin.call(
        "GET",
        "/admin/analytics/order-trends?granularity=month"
        "&firstDay=2026-01-01&lastDay=2026-03-31",
    )

    assert response.status_code == 200, response.text
    result = response.get_json()
    assert [tuple(row.values()) for row in result["rows"]] == [
        ("2026-01", 2, 4, 30.0, 20.0, None),
        ("2026-02", 0, 0, 0.0, None, -100.0),
        ("2026-03", 1, 2, 20.0, 20.0, None),
    ]


def test_sales_insights_rank_what_is_asked_for(admin: ApiClient) -> None:
    response = admin.call(
        "GET", "/admin/analytics/sales-insights?by=country&rankBy=units&limit=2"
    )

    assert response.status_code == 200, response.text
    result = response.get_json()
    assert result["rowCount"] == 3
    assert [row["net_revenue_share"] for row in result["rows"]] == [40.0, 40.0]


@pytest.mark.parametrize(
    "parameters",
    [
        "order-trends?granularity=fortnight",
        "order-trends?firstDay=2026-02-30",
        "order-trends?firstDay=2026-03-02&lastDay=2026-03-01",
        "order-trends?from=2026-03-02",
        "sales-insights?limit=0",
        "sales-insights?by=color",
        "sales-insights?category=Gardens",
    ],
)
def test_parameters_that_are_not_understood_are_refused(
    admin: ApiClient, parameters: str
) -> None:
    assert admin.call("GET", f"/admin/analytics/{parameters}").status_code == 400


def test_an_admin_gets_an_analysis_with_its_method_and_receipt(
    admin: ApiClient,
) -> None:
    asked = {
        "analysis": "explain_change",
        "window": {"firstDay": "2026-03-01", "lastDay": "2026-03-31"},
        "compareTo": JANUARY,
    }

    response = admin.call("POST", ANALYSES_PATH, asked)

    assert response.status_code == 200, response.text
    result = response.get_json()
    assert result["title"] == (
        "Change of net revenue explained, March 2026, compared with January 2026, UTC"
    )
    assert result["findings"] | {"mainScore": None} == {
        "analysis": "explain_change",
        "before": 30.0,
        "now": 20.0,
        "change": -10.0,
        "changePercent": -33.33,
        "mainDimension": result["findings"]["mainDimension"],
        "mainValue": result["findings"]["mainValue"],
        "mainChange": result["findings"]["mainChange"],
        "mainScore": None,
    }
    assert "sales variances" in result["method"]
    assert result["receipt"]["rowsRead"] > 3
    again = admin.call("POST", ANALYSES_PATH, result["request"]).get_json()
    assert again["findings"] == result["findings"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"analysis": "forecast"}, "NOT_ENOUGH_DATA"),
        ({"analysis": "forecast", "metric": "margin"}, "IMPOSSIBLE_QUERY"),
        ({"analysis": "rfm", "window": {"firstDay": "2099-01-01"}}, "BAD_WINDOW"),
        ({"analysis": "forecast", "steps": 0}, "INVALID_REQUEST"),
        ({"analysis": "astrology"}, "INVALID_REQUEST"),
        ({"metric": "orders"}, "INVALID_REQUEST"),
        ({"analysis": "rfm", "customer": "ada"}, "INVALID_REQUEST"),
    ],
)
def test_an_analysis_without_an_answer_is_refused_with_the_reason(
    admin: ApiClient, asked: dict[str, Any], code: str
) -> None:
    response = admin.call("POST", ANALYSES_PATH, asked)

    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == code
    assert response.get_json()["error"]["message"]


def test_a_program_needs_the_scope_for_analyses_too(
    runtime: Runtime, nobody: ApiClient
) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)

    response = nobody.call(
        "POST",
        ANALYSES_PATH,
        {"analysis": "rfm"},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert response.status_code == 403


def test_without_ray_an_analysis_says_why(
    runtime: Runtime, create_app: AppFactory, admin: ApiClient
) -> None:
    settings = runtime.settings.model_copy(
        update={"assistant_url": f"http://127.0.0.1:{free_port()}"}
    )
    app = create_app(replace(runtime, analytics=build_analytics(settings)))
    boss = ApiClient(app, admin.customer_id, admin=True)

    assert boss.call("POST", ANALYSES_PATH, {"analysis": "rfm"}).status_code == 503
