"""The analysis of searches: what is planted in them is found, and nothing else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.service.analytics.test_order_facts import insert_order
from tests.support.search_shop import NOW, Json, SearchShop
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.analyses.results import (
    AnalysisResult,
    ExplainChangeFindings,
    SearchInsightsFindings,
)

MARCH = {"firstDay": "2026-03-01", "lastDay": "2026-03-10"}
TODAY = NOW - timedelta(days=7)
"""In the window."""
BEFORE = NOW - timedelta(days=17)
"""In the window before."""
LONG_AGO = NOW - timedelta(days=60)
PRODUCT = UUID(int=1)


@pytest.fixture
def shop(database: Database, settings: Settings) -> SearchShop:
    """Its first search is from long before the windows."""
    shop = SearchShop(database, settings)
    shop.insert([{"at": LONG_AGO}])
    return shop


def insert_times(shop: SearchShop, count: int, query: str, **other: Any) -> None:
    shop.insert([{"query": query, "at": TODAY, **other} for _ in range(count)])


def read_table(result: AnalysisResult, name: str) -> Sequence[Json]:
    [table] = [each for each in result.tables if each.name == name]
    return table.rows


def list_queries(result: AnalysisResult, name: str) -> list[Any]:
    return [row["search_query"] for row in read_table(result, name)]


def read_findings(result: AnalysisResult) -> SearchInsightsFindings:
    assert isinstance(result.findings, SearchInsightsFindings)
    return result.findings


def test_frequent_and_zero_result_queries_are_listed(shop: SearchShop) -> None:
    insert_times(shop, 12, "lamp")
    insert_times(shop, 6, "mug", results=0)
    insert_times(shop, 2, "mug")
    insert_times(shop, 5, "")
    shop.insert([{"at": BEFORE}])

    result = shop.examine({"window": MARCH})

    assert [tuple(row.values()) for row in read_table(result, "frequent_queries")] == [
        ("lamp", 12, 48.0, 0.0, 0.0),
        ("mug", 8, 32.0, 75.0, 0.0),
        ("(none)", 5, 20.0, 0.0, 0.0),
    ]
    assert [
        list(row.values()) for row in read_table(result, "zero_result_queries")
    ] == [["mug", 6, 8, 75.0]]
    findings = read_findings(result)
    assert (findings.searches, findings.queries) == (25, 3)
    assert (findings.zero_result_searches, findings.zero_result_rate) == (6, 24.0)
    assert result.receipt.rows_read == result.receipt.rows_counted == 25


def test_queries_of_few_searches_are_counted_and_not_listed(shop: SearchShop) -> None:
    insert_times(shop, 9, "lamp")
    insert_times(shop, 4, "ada park, 12 elm street", results=0)

    result = shop.examine({"window": MARCH})

    assert "elm" not in result.model_dump_json()
    findings = read_findings(result)
    assert (findings.queries_left_out, findings.searches_left_out) == (1, 4)
    assert findings.zero_result_searches == 4
    assert any("fewer than 5 searches are not listed" in note for note in result.notes)


def test_a_query_rises_if_it_grows_more_than_all_and_more_than_chance(
    shop: SearchShop,
) -> None:
    for query, before, now in (("lamp", 60, 60), ("heater", 2, 20), ("mug", 4, 6)):
        insert_times(shop, before, query, at=BEFORE)
        insert_times(shop, now, query)
    insert_times(shop, 5, "kite")

    result = shop.examine({"window": MARCH})

    assert [tuple(row.values()) for row in read_table(result, "rising_queries")] == [
        ("heater", 20, 2, 18)
    ]


def test_all_queries_of_a_shop_that_grows_are_not_rising(shop: SearchShop) -> None:
    for query in ("lamp", "mug", "kite"):
        insert_times(shop, 10, query, at=BEFORE)
        insert_times(shop, 30, query)

    assert list_queries(shop.examine({"window": MARCH}), "rising_queries") == []


def test_what_is_rising_is_not_known_where_the_window_before_is_not_recorded(
    database: Database, settings: Settings
) -> None:
    shop = SearchShop(database, settings)
    insert_times(shop, 9, "lamp", at=TODAY)

    result = shop.examine({"window": MARCH})

    assert "rising_queries" not in [table.name for table in result.tables]
    assert (
        "The window before is not recorded as a whole: what is rising is not known"
        in result.notes
    )


def test_a_query_is_without_clicks_where_that_is_no_chance(shop: SearchShop) -> None:
    insert_times(shop, 40, "lamp", events=["click"])
    insert_times(shop, 8, "mug")
    insert_times(shop, 8, "sofa", results=0)
    insert_times(shop, 20, "kite", events=[])
    insert_times(shop, 2, "cup")

    result = shop.examine({"window": MARCH})

    assert list_queries(result, "queries_without_clicks") == ["kite", "mug"]


def test_without_reported_clicks_nothing_is_said_of_them(shop: SearchShop) -> None:
    insert_times(shop, 50, "lamp")

    result = shop.examine({"window": MARCH})

    assert {"queries_without_clicks", "positions"}.isdisjoint(
        table.name for table in result.tables
    )
    assert "No click was reported: whether queries are clicked is not known" in (
        result.notes
    )


def test_conversion_is_of_known_visitors_and_has_an_interval(shop: SearchShop) -> None:
    insert_times(shop, 10, "lamp", visitor="ann", events=["order", "add_to_cart"])
    insert_times(shop, 30, "lamp", visitor="bob")
    insert_times(shop, 60, "lamp")
    insert_times(shop, 20, "mug", visitor="ann", events=["order"])

    lamp, mug = read_table(shop.examine({"window": MARCH}), "conversion")

    assert list(lamp.values()) == ["lamp", 100, 0, 10, 40, 10, 25.0, 14.19, 40.19]
    assert mug["conversion_rate"] is None, "20 searches say too little"


def test_positions_have_the_searches_that_had_so_many_results(shop: SearchShop) -> None:
    def click(position: int | None, *, is_added: bool = False) -> list[Json]:
        click = {"type": "click", "product_id": PRODUCT, "position": position}
        return [click, {**click, "type": "add_to_cart"}] if is_added else [click]

    insert_times(shop, 2, "lamp", results=40, events=click(1, is_added=True))
    insert_times(shop, 2, "lamp", results=1, events=click(1))
    insert_times(shop, 1, "lamp", results=40, events=click(3))
    insert_times(shop, 1, "lamp", results=40, events=click(35))
    insert_times(shop, 1, "lamp", results=40, events=click(None))

    result = shop.examine({"window": MARCH})

    assert [list(row.values()) for row in read_table(result, "positions")] == [
        ["1", 7, 4, 66.67, 0.57, 50.0],
        ["3", 5, 1, 16.67, 0.2, 0.0],
        ["beyond 20", 5, 1, 16.67, 0.2, 0.0],
    ]
    assert any("clicked more because they are first" in each for each in result.notes)
    assert any("position of 1 clicks is not known" in each for each in result.notes)


def insert_lost(shop: SearchShop) -> None:
    """100 searches with results of known visitors, 20 of which led to an order; 40 without, of
    eight known visitors, six of whom found something soon after. Orders are of 20.00 each."""
    with shop.database.unit_of_work() as session:
        for hours in range(3):
            insert_order(session, placed_at=TODAY + timedelta(hours=hours))
    insert_times(shop, 20, "lamp", visitor="ann", events=["order"])
    insert_times(shop, 80, "lamp", visitor="bob")
    insert_times(shop, 32, "sofa", results=0)
    at = TODAY - timedelta(hours=5)
    for n in range(8):
        visitor = f"visitor {n}"
        insert_times(shop, 1, "sofa", results=0, at=at, visitor=visitor)
        later = at + timedelta(minutes=29 if n < 6 else 31)
        insert_times(shop, 1, "divan", at=later, visitor=visitor)


def test_lost_revenue_is_a_range_with_its_assumptions(shop: SearchShop) -> None:
    insert_lost(shop)

    result = shop.examine({"window": MARCH})

    # 116 known, of which the part of searches with results; 20 of them led to an order.
    known, ordered, value = round(116 * 108 / 148), 20, 20.0
    assert known == 85
    low, high = 0.1578, 0.3357
    findings = read_findings(result)
    assert findings.lost_revenue_low == pytest.approx(40 * 0.25 * low * value, abs=0.05)
    assert findings.lost_revenue_high == pytest.approx(40 * high * value, abs=0.05)
    assert low < ordered / known < high
    [sofa] = read_table(result, "zero_result_queries")
    assert sofa["lost_revenue_high"] == findings.lost_revenue_high
    assert result.currency == "USD"
    assert any(note.startswith("Lost revenue is an estimate") for note in result.notes)


def test_lost_revenue_is_not_estimated_from_too_little(shop: SearchShop) -> None:
    insert_times(shop, 50, "lamp", visitor="ann", events=["order"])
    insert_times(shop, 9, "sofa", results=0)

    result = shop.examine({"window": MARCH})

    assert read_findings(result).lost_revenue_high is None
    assert any("is not estimated" in note for note in result.notes)
    assert "lost_revenue_low" not in read_table(result, "zero_result_queries")[0]


def test_the_lower_bound_is_zero_where_nobody_can_be_followed(shop: SearchShop) -> None:
    insert_lost(shop)
    shop.aggregate(NOW + timedelta(days=120))

    result = shop.examine({"window": MARCH})

    findings = read_findings(result)
    assert findings.lost_revenue_low == 0
    assert findings.lost_revenue_high is not None
    assert any("no lower bound" in note for note in result.notes)


def test_added_up_days_say_the_same(shop: SearchShop) -> None:
    insert_lost(shop)
    insert_times(shop, 9, "mug", at=BEFORE)
    before = shop.examine({"window": MARCH})

    shop.aggregate(NOW)

    assert shop.examine({"window": MARCH}) == before


def test_filters_are_of_queries(shop: SearchShop) -> None:
    insert_times(shop, 6, "desk lamp", events=["click"])
    insert_times(shop, 6, "mug")
    lamps = [{"dimension": "search_query", "contains": "lamp"}]

    result = shop.examine({"window": MARCH, "filters": lamps})

    assert list_queries(result, "frequent_queries") == ["desk lamp"]
    assert (result.receipt.rows_read, result.receipt.rows_counted) == (12, 6)


def test_without_a_window_it_is_of_the_last_30_days(shop: SearchShop) -> None:
    insert_times(shop, 1, "lamp", at=NOW - timedelta(days=29))
    insert_times(shop, 7, "lamp", at=NOW - timedelta(days=30))

    assert read_findings(shop.examine({})).searches == 1


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"filters": [{"dimension": "category", "in": ["x"]}]}, "IMPOSSIBLE_QUERY"),
        ({"currency": "USD"}, "IMPOSSIBLE_QUERY"),
        ({"timeZone": "Asia/Tokyo"}, "IMPOSSIBLE_QUERY"),
        ({"window": {"unit": "hour"}}, "IMPOSSIBLE_QUERY"),
        ({"window": {"firstDay": "2099-01-01"}}, "BAD_WINDOW"),
        ({"window": {"lastDay": "2025-12-01"}}, "NOT_ENOUGH_DATA"),
    ],
)
def test_what_searches_do_not_have_is_refused(
    shop: SearchShop, request_: Json, code: str
) -> None:
    assert shop.refuse_to_examine(request_).code == code


def test_a_request_sent_again_gives_the_same(shop: SearchShop) -> None:
    insert_lost(shop)
    result = shop.examine({"window": MARCH, "limit": 1})

    again = result.request.model_dump(mode="json", by_alias=True, exclude_none=True)

    assert shop.examine(again) == result


def test_a_change_of_searches_is_explained_by_query(shop: SearchShop) -> None:
    """There are no orders, which it is not of."""
    shop.insert([{"query": "lamp", "at": BEFORE} for _ in range(20)])
    insert_times(shop, 20, "lamp")
    insert_times(shop, 10, "humidifier", results=0)
    insert_times(shop, 2, "my name", results=0)

    result = shop.examine(
        {"analysis": "explain_change", "metric": "zero_result_rate", "window": MARCH}
    )

    assert isinstance(result.findings, ExplainChangeFindings)
    assert (result.findings.before, result.findings.now) == (0.0, 37.5)
    assert result.findings.main_value == "humidifier"
    assert set(list_queries(result, "search_query")) == {
        "humidifier",
        "lamp",
        "(fewer than 5 searches)",
    }
    error = shop.refuse_to_examine(
        {
            "analysis": "explain_change",
            "metric": "searches",
            "window": MARCH,
            "timeZone": "Asia/Tokyo",
        }
    )
    assert "counted by days of America/New_York" in error.message
