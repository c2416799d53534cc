"""The charts of results: of the shape that suits the rows, and drawn by Vega-Lite itself."""

import json
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vl_convert

from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from tests.support.order_lines import AS_OF, order_facts, order_line, utc_2026
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.vega_lite import (
    ACCENT,
    COLORS,
    MAX_BARS,
    MAX_SERIES,
    MUTED,
    TITLE_CHARS,
    WIDTH,
    with_rows,
)

SHARE = {"kind": "share", "metric": "net_revenue"}
AVERAGE = {"kind": "moving_average", "metric": "net_revenue", "length": 2}
MAY = {"firstDay": "2026-05-01", "lastDay": "2026-05-31"}
RANKED = [{"by": "net_revenue", "descending": True}]


def build_facts(**line: Any) -> OrderFacts:
    lines = [
        order_line(
            order_id=str(number),
            at=AS_OF - timedelta(days=3 * number),
            category=category,
            name=f'{category} "1" \\ 2',
            sku=category,
            amount_minor=1000 + 100 * number,
            **line,
        )
        for number in range(40)
        for category in ("Kitchen", "Garden")[: 1 + number % 2]
    ]
    return order_facts(*lines)


def compute(*, facts: OrderFacts | None = None, **query: Any) -> AnalyticsResult:
    asked = AnalyticsQuery.model_validate({"metrics": ["net_revenue"], **query})
    return run_query(
        asked, facts or build_facts(), home_currency="USD", zone=ZoneInfo("UTC")
    )


def draw(result: AnalyticsResult) -> str:
    assert result.chart is not None
    return vl_convert.vegalite_to_svg(with_rows(result.chart, result.rows))


@pytest.mark.parametrize(
    ("query", "mark"),
    [
        ({"groupBy": ["month"]}, "line"),
        ({"groupBy": ["month"], "derived": [AVERAGE]}, "line"),
        ({"groupBy": ["week"], "window": MAY, "compareTo": "previous"}, "line"),
        ({"groupBy": ["month"], "sort": RANKED, "limit": 3}, "bar"),
        ({"groupBy": ["weekday"]}, "bar"),
        ({"groupBy": ["category"]}, "bar"),
        ({"groupBy": ["category"], "derived": [SHARE]}, "bar"),
        ({"groupBy": ["product"], "metrics": ["orders", "units"]}, "bar"),
        ({"groupBy": ["month", "category"]}, "line"),
        ({"groupBy": ["category", "weekday"]}, "rect"),
        ({"groupBy": ["month"], "limit": 1, "limitBy": ["quarter"]}, "bar"),
        ({"groupBy": ["month", "category"], "limit": 1, "limitBy": ["month"]}, "bar"),
        (
            {
                "groupBy": ["month", "country", "category"],
                "limit": 1,
                "limitBy": ["month", "country"],
            },
            "bar",
        ),
    ],
)
def test_a_chart_suits_the_rows(query: dict[str, Any], mark: str) -> None:
    result = compute(**query)

    assert result.chart is not None
    drawn = result.chart["mark"]
    assert (drawn if isinstance(drawn, str) else drawn["type"]) == mark
    assert "<svg" in draw(result)


def test_weekdays_have_their_names_in_a_legend() -> None:
    svg = draw(compute(groupBy=["month", "weekday"]))

    assert {">Mon</text>", ">Sun</text>"} <= set(re.findall(r">\w+</text>", svg))
    assert ">1</text>" not in svg


def test_what_was_before_is_drawn_next_to_what_is() -> None:
    svg = draw(compute(groupBy=["category"], window=MAY, compareTo="previous"))

    assert "Kitchen" in svg
    assert svg.count("mark-symbol role-mark") == 2
    assert svg.count("mark-symbol role-legend-symbol") == 2
    assert {">before</text>", ">now</text>"} <= set(re.findall(r">\w+</text>", svg))
    assert {MUTED, ACCENT} <= set(re.findall(r'fill="([^"]+)"', svg))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"groupBy": ["month"], "window": MAY},
        {"groupBy": ["month", "category", "country"]},
    ],
)
def test_there_is_no_chart_of_what_cannot_be_compared(query: dict[str, Any]) -> None:
    assert compute(**query).chart is None


def test_the_best_of_each_group_are_bars_with_the_names_of_both() -> None:
    result = compute(groupBy=["product", "month"], limit=1, limitBy=["month"])
    days = ["category", "weekday"]
    compared = compute(
        groupBy=days, limit=1, limitBy=["category"], window=MAY, compareTo="previous"
    )

    drawn = draw(result)
    assert len(result.rows) > 2
    for row in result.rows:
        assert str(row["month"]) in drawn
    assert "Kitchen" in drawn
    assert compared.chart is not None
    assert len(compared.chart["layer"]) == 3
    assert "Garden" in draw(compared)


def test_amounts_of_several_currencies_share_no_axis() -> None:
    assert compute(groupBy=["currency"]).chart is None


def test_a_chart_names_the_query_its_currency_and_the_days_of_the_week() -> None:
    svg = draw(compute(groupBy=["weekday"]))

    assert "Net revenue by weekday, everything so far, UTC" in svg
    assert "net revenue (USD)" in svg
    assert "Mon" in svg


def test_a_chart_is_data_of_the_answer() -> None:
    result = compute(groupBy=["category"])

    chart = json.loads(result.model_dump_json())["chart"]
    assert chart["data"] == {"name": "rows"}
    assert "Kitchen" not in json.dumps(chart)


def test_products_of_one_name_are_bars_of_their_own() -> None:
    lines = [
        order_line(order_id=sku, sku=sku, product_id=sku, name="Mug")
        for sku in ("M1", "M2", "M3")
    ]

    svg = draw(compute(facts=order_facts(*lines), groupBy=["product"]))

    assert len(re.findall(">Mug<", svg)) == 3


@pytest.mark.parametrize("names", [["month"], ["category"], ["month", "category"]])
def test_a_chart_has_the_width_of_its_place(names: list[str]) -> None:
    result = compute(groupBy=names)

    assert result.chart is not None
    assert result.chart["width"] == "container"
    assert result.chart["config"]["view"] == {"continuousWidth": WIDTH}


def test_of_many_bars_the_first_are_drawn_and_the_chart_says_so() -> None:
    lines = [order_line(order_id=str(n), category=f"C{n}") for n in range(MAX_BARS + 2)]

    svg = draw(compute(facts=order_facts(*lines), groupBy=["category"]))

    assert f"The first {MAX_BARS} of {MAX_BARS + 2} rows" in svg


def test_lines_have_colors_of_their_own() -> None:
    lines = [
        order_line(order_id=f"{n}{month}", category=f"C{n}", at=utc_2026(month))
        for n in range(MAX_SERIES + 2)
        for month in (1, 2, 3)
    ]

    svg = draw(compute(facts=order_facts(*lines), groupBy=["month", "category"]))

    drawn = re.findall(r'roledescription="line mark" [^>]*stroke="(#\w+)"', svg)
    assert sorted(drawn) == sorted(COLORS)


def test_the_title_of_many_filters_is_cut() -> None:
    names = [f"Category {number}" for number in range(90)]
    filters = [{"dimension": "category", "notIn": names}]
    lines = [order_line(category=each, order_id=each) for each in (*names, "A", "B")]

    result = compute(facts=order_facts(*lines), groupBy=["category"], filters=filters)

    assert result.chart is not None
    assert result.chart["title"]["text"][-1].endswith("…")
    assert len(" ".join(result.chart["title"]["text"])) <= TITLE_CHARS
