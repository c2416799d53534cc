"""Searches as figures: days that were added up and searches of this moment, beside another SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection

from analytics.query_service import ValuesRequest
from analytics.result_cache import CachedQueries
from tests.service.analytics.test_order_facts import insert_order
from tests.support.search_shop import FIRST, NEW_YORK, NOW, SearchShop
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    Grain,
    list_dimensions_of,
)
from webapp.insights.query.results import AnalyticsResult
from webapp.kit.clock import utc_now
from webapp.search_analytics import service
from webapp.search_analytics.read_models import QueryOrder

Json = dict[str, Any]
QUERIES = (
    *(
        "lamp",
        "linen apron",
        "lamp",
        "",
        "mug; drop table searches",
        "'--",
        "a%b\\",
        '"x",\n',
    ),
    *(
        "=1+1",
        "(none)",
        "%(query)s :query",
        "ignore all instructions",
        "кружка",
        "null",
    ),
)
METRIC_NAMES = [name for name, each in METRICS.items() if each.grain is Grain.SEARCH]
SEARCH_DIMENSIONS = list_dimensions_of(METRICS["searches"])
KEYS: Mapping[str, str] = {
    "day": "to_char(local, 'YYYY-MM-DD')",
    "week": "to_char(local, 'IYYY-\"W\"IW')",
    "month": "to_char(local, 'YYYY-MM')",
    "quarter": "to_char(local, 'YYYY-\"Q\"Q')",
    "year": "to_char(local, 'YYYY')",
    "weekday": "extract(isodow FROM local)::int",
    "search_query": "coalesce(nullif(query, ''), '(none)')",
}
FIRST_PAGES = "count(DISTINCT s.id) FILTER (WHERE is_first_page"
FIGURES: Mapping[str, str] = {
    "searches": f"{FIRST_PAGES})",
    "zero_result_searches": f"{FIRST_PAGES} AND results = 0)",
    "clicked_searches": f"{FIRST_PAGES} AND type = 'click')",
    "search_clicks": "count(DISTINCT e.id) FILTER (WHERE type = 'click')",
    "search_adds": "count(DISTINCT e.id) FILTER (WHERE type = 'add_to_cart')",
    "known_visitor_searches": f"{FIRST_PAGES} AND visitor IS NOT NULL)",
    "ordered_searches": f"{FIRST_PAGES} AND type = 'order')",
    "search_orders": "count(DISTINCT e.id) FILTER (WHERE type = 'order')",
}
RATES = {
    name: each.ratio_of
    for name, each in METRICS.items()
    if name in METRIC_NAMES and each.ratio_of
}


@pytest.fixture
def shop(database: Database, settings: Settings) -> SearchShop:
    return SearchShop(database, settings)


def build_random_searches(random: Random, count: int) -> list[Json]:
    seconds = (NOW - FIRST).total_seconds()
    return [
        {
            "query": random.choice(QUERIES),
            "at": FIRST + timedelta(seconds=random.random() * seconds * (n > 0)),
            "results": random.choice((0, 1, 7)),
            "visitor": random.choice((None, "ann", "bob")),
            "is_first_page": random.random() < 0.8,
            "events": random.choices(
                ("click", "add_to_cart", "order"), k=random.randrange(4)
            ),
        }
        for n in range(count)
    ]


def build_random_query(random: Random) -> Json:
    groups = random.sample(("weekday", "search_query"), random.randrange(3))
    if random.random() < 0.6:
        groups.append(random.choice(("day", "week", "month", "quarter", "year")))
    filters = random.choice(
        (
            [],
            [],
            [{"dimension": "search_query", "in": [" LAMP ", "'--", "(none)"]}],
            [{"dimension": "search_query", "notIn": ["null", "=1+1"]}],
            [{"dimension": "search_query", "contains": "a"}],
            [{"dimension": "weekday", "atLeast": 2, "atMost": 5}],
        )
    )
    first = (FIRST + timedelta(days=random.randrange(60))).date()
    last = first + timedelta(days=random.randrange(70))
    window = random.choice((None, {"firstDay": str(first), "lastDay": str(last)}))
    return {
        "groupBy": groups,
        "filters": filters,
        **({"window": window} if window else {}),
    }


def compute_expected(
    connection: Connection, query: Json
) -> dict[tuple[Any, ...], Json]:
    """By the values of the dimensions, the metrics that are no rates."""
    keys = [KEYS[name] for name in query["groupBy"]]
    conditions = ["true"]
    for each in query["filters"]:
        key = KEYS[each["dimension"]]
        if "in" in each:
            conditions.append(f"{key} IN ('lamp', '''--', '(none)')")
        if "notIn" in each:
            conditions.append(f"{key} NOT IN ('null', '=1+1')")
        if "contains" in each:
            conditions.append(f"{key} LIKE '%a%'")
        if "atLeast" in each:
            conditions.append(f"{key} BETWEEN 2 AND 5")
    if "window" in query:
        days = query["window"]
        conditions.append(
            f"local::date BETWEEN '{days['firstDay']}' AND '{days['lastDay']}'"
        )
    figures = ", ".join(f"{sql} AS {name}" for name, sql in FIGURES.items())
    statement = f"""
        SELECT {", ".join([*keys, figures])}
        FROM (SELECT *, timezone('America/New_York', occurred_at) AS local FROM searches) AS s
        LEFT JOIN search_events AS e ON e.search_id = s.id
        WHERE {" AND ".join(conditions)}
        {f"GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else ""}
    """  # noqa: S608
    rows = connection.exec_driver_sql(statement.replace("%", "%%")).all()
    return {
        tuple(row[: len(keys)]): dict(zip(FIGURES, row[len(keys) :], strict=True))
        for row in rows
        if not keys or any(row[len(keys) :])
    }


def read_rows(
    result: AnalyticsResult, groups: Sequence[str]
) -> dict[tuple[Any, ...], Json]:
    """Without rows of nothing."""
    return {
        tuple(row[name] for name in groups): {name: row[name] for name in FIGURES}
        for row in result.rows
        if not groups or any(row[name] for name in FIGURES)
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_figure_of_searches_is_that_of_another_sql(
    shop: SearchShop, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    shop.insert(build_random_searches(random, 150))
    queries = [build_random_query(random) for _ in range(12)]
    with shop.database.unit_of_work() as session:
        expected = [compute_expected(session.connection(), query) for query in queries]

    # All of them open, some added up, most added up and the first ones deleted.
    for now in (FIRST, NOW - timedelta(days=40), NOW):
        shop.aggregate(now)
        for query, figures in zip(queries, expected, strict=True):
            result = shop.run({**query, "metrics": METRIC_NAMES})
            assert read_rows(result, query["groupBy"]) == figures, query
            [totals] = compute_totals(figures)
            assert {name: result.totals[name] for name in FIGURES} == totals
            for row in (*result.rows, result.totals):
                check_rates(row)


def compute_totals(figures: Mapping[tuple[Any, ...], Json]) -> list[Json]:
    return [{name: sum(row[name] for row in figures.values()) for name in FIGURES}]


def check_rates(row: Mapping[str, Any]) -> None:
    for name, (part, whole) in RATES.items():
        if row[whole]:
            assert row[name] == pytest.approx(100 * row[part] / row[whole], abs=0.0051)
        else:
            assert row[name] is None


def test_the_figures_are_those_of_the_list_of_queries(shop: SearchShop) -> None:
    searches = build_random_searches(Random(9), 120)  # noqa: S311
    shop.insert(searches)
    shop.aggregate(NOW - timedelta(days=30))
    with shop.database.unit_of_work() as session:
        summary = service.summarize_queries(
            session,
            first_day=None,
            last_day=None,
            zone=NEW_YORK,
            order=QueryOrder(limit=99),
        )

    result = shop.run(
        {"metrics": ["searches", "search_clicks"], "groupBy": ["search_query"]}
    )

    found = {
        row["search_query"]: (row["searches"], row["search_clicks"])
        for row in result.rows
    }
    listed: dict[str, tuple[int, int]] = {}
    for each in summary.queries:
        name = each.query or "(none)"
        before = listed.get(name, (0, 0))
        listed[name] = (before[0] + each.searches, before[1] + each.clicks)
    assert found == listed


def column(result: AnalyticsResult, name: str) -> list[Any]:
    return [row[name] for row in result.rows]


def insert_november(shop: SearchShop) -> None:
    """Two searches on 20 November 2025, the first day, one on the 23rd."""
    later = FIRST + timedelta(days=3)
    shop.insert([{}, {"results": 0}, {"at": later, "events": ["click"]}])


def test_what_was_before_the_first_search_is_not_recorded(shop: SearchShop) -> None:
    insert_november(shop)
    window = {"firstDay": "2025-11-18", "lastDay": "2025-11-23"}
    query = {"metrics": ["searches", "zero_result_rate"], "window": window}

    result = shop.run({**query, "groupBy": ["day"]})

    assert column(result, "searches") == [None, None, 2, 0, 0, 1]
    assert column(result, "zero_result_rate") == [None, None, 50.0, None, None, 0.0]
    assert result.totals == {"searches": 3, "zero_result_rate": 33.33}
    assert result.notes == [
        "Searches are recorded since 20 November 2025: what was before is not known"
    ]


def test_a_window_before_the_first_search_has_no_figures(shop: SearchShop) -> None:
    window = {"firstDay": "2025-10-01", "lastDay": "2025-10-02"}
    nothing = shop.run({"window": window})
    insert_november(shop)

    result = shop.run({"window": window, "groupBy": ["day"]})

    assert nothing.totals == {"searches": None}
    assert nothing.notes == ["No searches are recorded yet"]
    assert result.totals == {"searches": None}
    assert column(result, "searches") == [None, None]


def test_a_weekday_of_which_no_day_is_recorded_has_no_figures(shop: SearchShop) -> None:
    insert_november(shop)
    window = {"firstDay": "2025-11-17", "lastDay": "2025-11-23"}

    result = shop.run({"window": window, "groupBy": ["weekday"]})

    assert column(result, "searches") == [None, None, None, 2, 0, 0, 1]


def test_a_comparison_knows_what_was_recorded_alone(shop: SearchShop) -> None:
    insert_november(shop)
    window = {"firstDay": "2025-11-22", "lastDay": "2025-11-24"}
    query = {"window": window, "compareTo": "previous", "groupBy": ["day"]}

    result = shop.run(query)
    earlier = shop.run({**query, "compareTo": "last_year"})

    assert column(result, "searches_before") == [None, 2, 0]
    assert column(result, "searches_change") == [None, -1, 0]
    assert result.totals["searches_before"] == 2
    assert earlier.totals == {
        "searches": 1,
        "searches_before": None,
        "searches_change": None,
        "searches_change_percent": None,
    }
    assert earlier.notes == [
        "Searches are recorded since 20 November 2025: what was before is not known",
        "There are no searches of the time compared with, nor of any time before it",
    ]


def test_derived_columns_look_back_as_far_as_searches_are_recorded(
    shop: SearchShop,
) -> None:
    insert_november(shop)
    query = {
        "window": {"firstDay": "2025-11-19", "lastDay": "2025-11-23"},
        "groupBy": ["day"],
        "derived": [
            {"kind": "share", "metric": "searches"},
            {"kind": "running_total", "metric": "searches"},
            {"kind": "moving_average", "metric": "searches", "length": 2},
            {"kind": "change", "metric": "searches"},
            {"kind": "rank", "metric": "searches"},
        ],
        "having": [{"by": "searches", "atLeast": 1}],
        "sort": [{"by": "searches", "descending": True}],
    }

    result = shop.run(query)

    assert [tuple(row.values()) for row in result.rows] == [
        ("2025-11-20", 2, 66.67, 2, None, None, 1),
        ("2025-11-23", 1, 33.33, 3, 0.5, None, 2),
    ]


def test_orders_and_searches_are_in_the_same_rows(shop: SearchShop) -> None:
    insert_november(shop)
    with shop.database.unit_of_work() as session:
        insert_order(session, placed_at=FIRST - timedelta(days=2))
        insert_order(session, placed_at=FIRST)

    result = shop.run(
        {"metrics": ["orders", "searches", "gross_sales"], "groupBy": ["day"]}
    )

    rows = {row["day"]: (row["orders"], row["searches"]) for row in result.rows}
    assert [rows[f"2025-11-{day}"] for day in (18, 19, 20, 21, 23)] == [
        *((1, None), (0, None), (1, 2), (0, 0), (0, 1))
    ]
    assert (result.totals["orders"], result.totals["searches"]) == (2, 3)
    assert list(result.rows[0]) == ["day", "orders", "searches", "gross_sales"]
    assert result.currency == "USD"
    assert result.receipt.currencies == ["USD"]


@pytest.mark.parametrize(
    ("query", "message", "possible"),
    [
        (
            {"groupBy": ["category"]},
            "searches cannot be split by category: that figure is recorded by day and search query",
            SEARCH_DIMENSIONS,
        ),
        (
            {"groupBy": ["hour"]},
            "searches cannot be split by hour: that figure is recorded by day and search query",
            SEARCH_DIMENSIONS,
        ),
        (
            {"metrics": ["searches", "orders"], "groupBy": ["search_query"]},
            "orders cannot be split by search query: that figure is recorded by line of an order",
            [name for name in SEARCH_DIMENSIONS if name != "search_query"],
        ),
        (
            {"timeZone": "Asia/Tokyo"},
            "searches are counted by days of America/New_York, and by no others",
            ["America/New_York"],
        ),
        (
            {"window": {"unit": "hour", "count": 3}},
            "searches are counted by day: there is no window of hours",
            ["day", "week", "month", "quarter", "year"],
        ),
        (
            {"currency": "USD"},
            "A currency is of orders, and searches have none",
            [
                "no currency",
                *(
                    name
                    for name, each in METRICS.items()
                    if each.family.name == "orders"
                ),
            ],
        ),
        (
            {"filters": [{"dimension": "search_query", "in": ["lmap"]}]},
            "No search has the search query lmap",
            ["lamp"],
        ),
        # What nobody else would look for is no suggestion.
        (
            {"filters": [{"dimension": "search_query", "in": ["zebra"]}]},
            "No search has the search query zebra",
            ["1 more, which a query with groupBy search_query lists"],
        ),
    ],
)
def test_what_searches_do_not_have_is_refused_with_what_they_have(
    shop: SearchShop, query: Json, message: str, possible: list[str]
) -> None:
    insert_november(shop)

    assert shop.refuse(query) == (message, possible)


def test_the_zone_of_the_shop_can_be_named(shop: SearchShop) -> None:
    insert_november(shop)

    assert shop.run({"timeZone": "America/New_York"}).totals == {"searches": 3}


def test_a_query_that_was_never_searched_in_the_window_has_no_searches(
    shop: SearchShop,
) -> None:
    shop.insert([{}, {"query": "mug", "at": FIRST + timedelta(days=1)}])
    query = {
        "filters": [{"dimension": "search_query", "in": ["mug"]}],
        "window": {"firstDay": "2025-11-20", "lastDay": "2025-11-20"},
    }

    result = shop.run(query)

    assert result.totals == {"searches": 0}
    assert result.receipt.rows_read == 1
    assert result.receipt.rows_counted == 0


def test_a_window_that_is_not_over_is_compared_with_the_same_part(
    shop: SearchShop,
) -> None:
    hours = [timedelta(days=days, hours=2) for days in (0, 1)]
    shop.insert([{"at": NOW - each} for each in hours])
    shop.insert([{"at": NOW - timedelta(days=1) + timedelta(hours=2)}])

    result = shop.run({"window": {"unit": "day"}, "compareTo": "previous"})

    assert (result.totals["searches"], result.totals["searches_before"]) == (1, 1)
    assert "The window is not over: figures are those until 15 March 2026 11:00" in (
        result.notes
    )


def test_a_day_that_was_added_up_counts_as_a_whole(shop: SearchShop) -> None:
    insert_november(shop)
    shop.aggregate(NOW)
    as_of = FIRST - timedelta(hours=1)

    result = shop.run({"window": {"unit": "day"}, "asOf": as_of.isoformat()})

    assert result.totals == {"searches": 2}
    assert result.notes[-1] == (
        "Searches that were added up are counted by whole days: all of 20 November 2025 is counted"
    )


def test_the_query_of_a_result_gives_the_same_figures_again(shop: SearchShop) -> None:
    shop.insert([{"at": utc_now() - timedelta(days=1)}])
    query = AnalyticsQuery(metrics=["searches"], group_by=["day", "search_query"])
    first = shop.service.run(query).result
    assert first is not None
    shop.insert([{"at": utc_now()}])

    again = shop.service.run(
        AnalyticsQuery.model_validate(first["query"], by_alias=True, by_name=False)
    )

    assert again.result == first


def test_a_search_is_counted_as_soon_as_it_is_stored(shop: SearchShop) -> None:
    cached = CachedQueries(shop.service, shop.database, NEW_YORK)
    window = {"firstDay": "2025-11-20", "lastDay": "2025-11-20"}
    query = AnalyticsQuery.model_validate({"metrics": ["searches"], "window": window})
    seen = []
    for _ in range(3):
        shop.insert([{}])
        result = cached.run(query).result
        assert result is not None
        seen.append(result["totals"]["searches"])

    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("start", "weeks"),
    [
        ("monday", {"2025-W46": 3, "2025-W47": 1}),
        ("sunday", {"week of 2025-11-09": 2, "week of 2025-11-16": 2}),
        ("saturday", {"week of 2025-11-08": 1, "week of 2025-11-15": 3}),
    ],
)
def test_weeks_begin_where_the_query_says(
    shop: SearchShop, start: str, weeks: dict[str, int]
) -> None:
    friday = datetime(2025, 11, 14, 12, tzinfo=NEW_YORK)
    shop.insert([{"at": friday + timedelta(days=day)} for day in range(4)])
    window = {"firstDay": "2025-11-14", "lastDay": "2025-11-17"}
    query = {"metrics": ["searches"], "groupBy": ["week"], "window": window}

    result = shop.run({**query, "weekStart": start})

    assert {row["week"]: row["searches"] for row in result.rows} == weeks


def test_every_dimension_of_searches_is_of_their_facts() -> None:
    of_searches = [
        name for name, each in DIMENSIONS.items() if Grain.SEARCH in each.grains
    ]
    assert of_searches == SEARCH_DIMENSIONS
    assert of_searches == [*KEYS]


def test_queries_that_a_text_names_are_found_if_they_are_asked_for(
    shop: SearchShop,
) -> None:
    old = NOW - timedelta(days=20)
    shop.insert([{"query": "desk lamp", "at": old}])
    shop.aggregate(NOW)
    shop.insert([{"query": "blue sofa", "at": NOW - timedelta(hours=1)}])
    text = "how often was Desk Lamp searched, and blue sofa, and lego?"

    found = shop.service.find_values(ValuesRequest(text=text, searches=True))

    assert [(each.dimension, each.value) for each in found.matches] == [
        ("search_query", "desk lamp"),
        ("search_query", "blue sofa"),
    ]
    assert shop.service.find_values(ValuesRequest(text=text)).matches == []
