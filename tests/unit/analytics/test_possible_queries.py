"""Whatever cannot be answered says what can: every place of the code that refuses a query is come
to here, and names what is possible instead."""

import ast
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analytics.facts.order_facts import OrderFacts
from analytics.query_export import ExportRequest, export_query
from analytics.query_service import FileRequest
from analytics.semantic.execution import run_query
from tests.support.order_lines import AS_OF, order_facts, order_line
from tests.support.sales_lines import analyze
from tests.support.search_facts import build_query_day, build_search_facts
from webapp.adapters.analytics.port import (
    ExportedFile,
    FileFormat,
    QueryError,
    QueryOutcome,
)
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.analyses.validation import check_analysis
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import DIMENSIONS, METRICS
from webapp.insights.query.errors import ImpossibleQuery, QueryTooLarge
from webapp.insights.query.validation import check_query
from webapp.insights.reports.definition import ReportDefinition
from webapp.insights.reports.validation import check_definition
from webapp.insights.saved_questions.service import read_question

Json = dict[str, Any]
Site = tuple[str, int]
ROOT = Path(__file__).parents[3]
PACKAGES = ("webapp/insights", "analytics")
ERRORS = {"ImpossibleQuery", "BadWindow"}
BERLIN = ZoneInfo("Europe/Berlin")
YEARS = {"firstDay": "0001-01-02", "lastDay": "0001-12-31"}
DAYS = {"firstDay": "2026-01-01", "lastDay": "2026-01-31"}
DERIVED_SHARE = [{"kind": "share", "metric": "net_revenue"}]

QUERIES: list[Json] = [
    {"metrics": ["profit"]},
    {"metrics": ["orders", "orders"]},
    {"groupBy": ["colour"]},
    {"sort": [{"by": "orders"}]},
    {"having": [{"by": "orders", "atLeast": 1}]},
    {"metrics": ["tax"], "groupBy": ["category"]},
    {"metrics": ["searches"], "window": {"unit": "hour"}},
    {"metrics": ["searches"], "currency": "EUR"},
    {"groupBy": ["month", "day"]},
    {"filters": [{"dimension": "month", "in": ["2026-03"]}]},
    {"filters": [{"dimension": "week", "in": ["2025-W53"]}]},
    {"filters": [{"dimension": "country", "atLeast": 3}]},
    {"filters": [{"dimension": "weekday", "contains": "1"}]},
    {"filters": [{"dimension": "weekday", "in": ["Monday"]}]},
    {"filters": [{"dimension": "hour_of_day", "notIn": ["24"]}]},
    {"derived": [{"kind": "running_total", "metric": "net_revenue"}]},
    {"groupBy": ["tag"], "derived": DERIVED_SHARE},
    {"metrics": ["customers"], "derived": [{"kind": "share", "metric": "customers"}]},
    {
        "groupBy": ["month"],
        "window": {"unit": "year"},
        "compareTo": "last_year",
        "derived": [{"kind": "change", "metric": "net_revenue"}],
    },
    {"groupBy": ["category", "product"], "limitBy": ["category"]},
    {"groupBy": ["category"], "limitBy": ["category"], "limit": 1},
    {"groupBy": ["year"], "limitBy": ["year"], "limit": 1},
    {"limitBy": ["category"], "limit": 1},
    {"compareTo": "previous"},
    {"window": DAYS, "compareTo": {"lastDay": "2025-01-31"}},
    {"metrics": ["searches"], "timeZone": "Europe/Berlin"},
    {"filters": [{"dimension": "category", "in": ["Furniture"]}]},
    {"filters": [{"dimension": "category", "contains": "Furniture"}]},
    {"filters": [{"dimension": "customer_segment", "in": ["loyal"]}]},
    {"groupBy": ["hour"], "window": {"unit": "year", "count": 10}},
    {"asOf": "2026-07-01T00:00:00Z"},
    {"window": {"firstDay": "2026-07-01"}},
    {"window": {"unit": "year", "count": 10_000}},
    {"window": YEARS, "compareTo": "last_year"},
]
ANALYSES: list[Json] = [
    {"analysis": "anomalies", "metric": "searches"},
    {"analysis": "anomalies", "metric": "customers"},
    {"analysis": "anomalies", "metric": "refund_rate"},
    {"analysis": "forecast", "metric": "refund_rate"},
    {"analysis": "explain_change", "metric": "customers", "window": {"unit": "month"}},
    {
        "analysis": "explain_change",
        "window": {"unit": "month"},
        "dimensions": ["month"],
    },
    {
        "analysis": "explain_change",
        "window": {"unit": "month"},
        "dimensions": ["country", "country"],
    },
    {
        "analysis": "explain_change",
        "window": {"firstDay": "2026-03-01"},
        "compareTo": {"firstDay": "2026-07-01", "lastDay": "2026-07-02"},
    },
    {"analysis": "price_effect"},
]
ORDERS = {"heading": "Orders", "query": {"metrics": ["orders"]}}
RETENTION = {"heading": "Retention", "analysis": {"analysis": "retention"}}
ANOMALIES = {"heading": "Unusual days", "analysis": {"analysis": "anomalies"}}
BOUNDS = {"by": "orders", "atLeast": 1}
REPORTS: list[Json] = [
    {"sections": [{"heading": "Profit", "query": {"metrics": ["profit"]}}]},
    {"sections": [ORDERS], "condition": {"section": 1}},
    {"sections": [ORDERS], "condition": {}},
    {"sections": [ORDERS], "condition": {"bounds": {**BOUNDS, "by": "units"}}},
    {"sections": [RETENTION], "condition": {}},
    {"sections": [ANOMALIES], "condition": {"bounds": BOUNDS}},
    {"period": {"unit": "week", "offset": -1}},
    {"filters": [{"dimension": "country", "in": ["XX"]}]},
    {"sections": [{"heading": "Prices", "analysis": {"analysis": "price_effect"}}]},
]
UNREACHABLE = {
    "shift_before of an open window": ("windows.py", "_require_bounds"),
    "a saved question that there is not": ("service.py", "check_report"),
}
"""`check_query` refuses the first before; the function is for whoever has no query. The second
needs a database: `tests/api/test_reports.py`."""


def build_facts() -> OrderFacts:
    return order_facts(
        order_line(order_id="1"),
        order_line(order_id="2", currency="EUR"),
        order_line(order_id="3", at=datetime(2020, 1, 1, tzinfo=UTC)),
        as_of=AS_OF,
    )


def ask_query(query: Json) -> None:
    day = AS_OF.date()
    run_query(
        AnalyticsQuery.model_validate({"metrics": ["net_revenue"], **query}),
        build_facts(),
        home_currency="USD",
        zone=ZoneInfo("UTC"),
        others=build_search_facts([build_query_day(day, "mug", BERLIN, searches=1)]),
    )


def ask_analysis(request: Json) -> None:
    analyze(request, build_facts())


def define_report(changes: Json) -> None:
    body = {"name": "Daily", "period": {"unit": "day"}, "schedule": "0 6 * * *"}
    check_definition(
        ReportDefinition.model_validate({"sections": [ORDERS], **body, **changes}),
        {},
        shop_zone=ZoneInfo("UTC"),
        list_currencies=lambda: ["USD", "EUR"],
    )


CASES: list[Callable[[], object]] = [
    *(partial(ask_query, each) for each in QUERIES),
    *(partial(ask_analysis, each) for each in ANALYSES),
    *(partial(define_report, each) for each in REPORTS),
    partial(read_question, {"metrics": ["orders"], "granularity": "day"}),
]


def find_error(ask: Callable[[], object]) -> tuple[ImpossibleQuery, set[Site]]:
    """What was raised, with the file and the line that did, and those of its cause."""
    with pytest.raises(ImpossibleQuery) as refused:
        ask()
    errors = [refused.value, refused.value.__cause__]
    return refused.value, {
        _find_site(each) for each in errors if isinstance(each, ImpossibleQuery)
    }


def _find_site(error: ImpossibleQuery) -> Site:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Path(last.filename).relative_to(ROOT).as_posix(), last.lineno or 0


def iterate_sites() -> Iterator[tuple[str, range, str]]:
    """Where queries are refused: file, lines of the statement, function."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef):
                    yield from _iterate_raises(path, function)


def _iterate_raises(
    path: Path, function: ast.FunctionDef
) -> Iterator[tuple[str, range, str]]:
    for node in ast.walk(function):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if name in ERRORS:
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                yield path.relative_to(ROOT).as_posix(), lines, function.name


def test_every_place_that_refuses_a_query_says_what_is_possible() -> None:
    came_to: set[Site] = set()
    for case in CASES:
        error, sites = find_error(case)
        came_to |= sites
        assert error.possible, error.message
        assert all(error.possible)
        assert error.message.endswith(f"; possible are {', '.join(error.possible)}")
        assert error.details["possible"] == error.possible

    missed = {
        (path, function)
        for path, lines, function in iterate_sites()
        if not any(file == path and line in lines for file, line in came_to)
    }
    assert {(Path(path).name, name) for path, name in missed} == {*UNREACHABLE.values()}


@pytest.mark.parametrize("query", QUERIES[:6], ids=str)
def test_names_that_are_possible_are_all_of_them(query: Json) -> None:
    error, _ = find_error(partial(ask_query, query))

    known = {
        "metrics": set(METRICS) if query.get("metrics") == ["profit"] else {"orders"},
        "groupBy": set(DIMENSIONS),
        "sort": {"net_revenue"},
        "having": {"net_revenue"},
    }
    [(field, _)] = [*query.items()][-1:]
    if query.get("metrics") == ["tax"]:
        for name in error.possible:
            check_query(AnalyticsQuery(metrics=["tax"], group_by=[name]))
        assert "category" not in error.possible
    else:
        assert set(error.possible) == known[field]


@pytest.mark.parametrize("body", ANALYSES[:5], ids=str)
def test_metrics_that_are_possible_for_an_analysis_are(body: Json) -> None:
    error, _ = find_error(partial(ask_analysis, body))

    for name in error.possible:
        check_analysis(AnalysisBody.model_validate({**body, "metric": name}).root)


@pytest.mark.parametrize("metric", METRICS)
def test_derived_columns_that_are_possible_are(metric: str) -> None:
    """A metric that cannot be a running total names those that can."""
    query = AnalyticsQuery.model_validate(
        {
            "metrics": [metric],
            "groupBy": ["month"],
            "derived": [{"kind": "running_total", "metric": metric}],
        }
    )
    try:
        check_query(query)
    except ImpossibleQuery as error:
        for name in error.possible:
            derived = [query.derived[0].model_copy(update={"metric": name})]
            check_query(
                query.model_copy(update={"metrics": [name], "derived": derived})
            )


def ask_category(*categories: str, **condition: Any) -> list[str]:
    lines = [
        order_line(order_id=str(number), category=name)
        for number, name in enumerate(categories)
    ]
    query = AnalyticsQuery.model_validate(
        {
            "metrics": ["orders"],
            "filters": [{"dimension": "category", **condition}],
        }
    )
    with pytest.raises(ImpossibleQuery) as refused:
        run_query(query, order_facts(*lines), home_currency="USD", zone=ZoneInfo("UTC"))
    return refused.value.possible


def test_values_that_are_possible_are_all_or_say_how_many_more_there_are() -> None:
    few, many = ("Toys", "Art"), [f"Category {each:02}" for each in range(12)]
    others = "which a query with groupBy category lists"

    assert ask_category(*few, **{"in": ["Furniture"]}) == ["Art", "Toys"]
    assert ask_category(*few, contains="Furniture") == ["Art", "Toys"]
    assert ask_category(*few, **{"in": ["Toyss"]}) == ["Toys", f"1 more, {others}"]
    assert ask_category(*many, **{"in": ["Zzz"]}) == [
        *many[:5],
        f"7 more, {others}",
    ]
    assert ask_category(**{"in": ["Zzz"]}) == [
        "no filter by category, as nothing has one"
    ]


def test_a_value_that_the_shop_decides_is_one_of_all_of_them() -> None:
    query = {"filters": [{"dimension": "order_status", "in": ["LOST"]}]}

    error, _ = find_error(partial(ask_query, query))

    assert set(error.possible) == set(DIMENSIONS["order_status"].values)


def test_searches_that_resemble_none_are_counted_and_not_listed() -> None:
    query = {
        "metrics": ["searches"],
        "filters": [{"dimension": "search_query", "in": ["quilt"]}],
    }

    error, _ = find_error(partial(ask_query, query))

    assert error.possible == ["1 more, which a query with groupBy search_query lists"]


class LargeResult:
    """Has more rows than a file takes."""

    def run(self, query: AnalyticsQuery) -> QueryOutcome:
        del query
        return QueryOutcome(result={"rows": [{}] * 10_001})

    def write_file(self, request: FileRequest) -> ExportedFile:
        raise NotImplementedError


def test_what_is_too_large_says_what_is_possible() -> None:
    request = ExportRequest(
        query=AnalyticsQuery(metrics=["orders"]), format=FileFormat.CSV
    )

    refused = export_query(LargeResult(), request)

    assert isinstance(refused, QueryError)
    assert "limit 10000" in refused.possible
    assert QueryTooLarge.from_limit(512).details["possible"]
