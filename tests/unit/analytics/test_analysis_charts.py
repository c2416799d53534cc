"""The charts of analyses: each is drawn by Vega-Lite itself, of the rows of its table alone."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import unescape
from typing import Any

import pytest
import vl_convert

from analytics.analyses.anomalies import MAX_COURSE
from analytics.analyses.presentation import (
    build_table,
    dimension_column,
    figure_column,
)
from tests.eval.insights.shops import build_shop
from tests.support.order_lines import order_facts, order_line
from tests.support.sales_lines import (
    Sale,
    analyze,
    build_facts,
    build_sales,
    get_table,
    write_days,
)
from webapp.insights.analyses.charts import (
    MAX_COHORTS,
    Bars,
    ChartForm,
    Course,
    HeatMap,
    Intervals,
    Pareto,
    Waterfall,
    build_chart,
)
from webapp.insights.analyses.results import AnalysisResult, AnalysisTable
from webapp.insights.analyses.small_groups import FEWER
from webapp.insights.query.definitions import Unit
from webapp.insights.query.vega_lite import (
    ACCENT,
    COLORS,
    CONTRAST,
    LINE_CHARS,
    MAX_BARS,
    MUTED,
    PALE,
    WIDTH,
    with_rows,
)

Json = dict[str, Any]
HOSTILE = """</text><script>alert('1')</script> "] + datum['x' \\ ${x} ' || 1 %"""
REQUESTS: Mapping[str, Json] = {
    "change": {"analysis": "explain_change", "window": {"unit": "month", "offset": 1}},
    "ratio": {
        "analysis": "explain_change",
        "metric": "average_order_value",
        "window": {"unit": "month", "offset": 1},
    },
    "anomalies": {"analysis": "anomalies"},
    "days": {"analysis": "forecast", "period": "day", "steps": 14},
    "months": {"analysis": "forecast", "period": "month", "steps": 6, "firstStep": 3},
    "retention": {"analysis": "retention"},
    "segments": {"analysis": "rfm"},
    "value": {"analysis": "lifetime_value"},
    "pairs": {"analysis": "basket_pairs"},
    "frequent": {"analysis": "basket_pairs", "sort": "orders", "by": "category"},
    "products": {"analysis": "concentration"},
    "customers": {"analysis": "concentration", "by": "customer"},
}
CHARTS = {
    "change": {
        "outcomes", "price_volume_mix", "prices", "category", "product", "country",
        "customer_status", "currency", "weekday",
    },
    "ratio": {"components", "country", "customer_status", "currency", "weekday"},
    "anomalies": {"course"},
    "days": {"course"},
    "months": {"course"},
    "retention": {"overall", "cohorts"},
    "segments": {"segments"},
    "value": {"overall", "cohorts"},
    "pairs": {"pairs"},
    "frequent": {"pairs"},
    "products": {"classes", "values"},
    "customers": {"classes"},
}  # fmt: skip
"""The tables with one, by request."""
QUICK = {"change", "days", "retention", "products"}
NAMES = [
    pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow])
    for name in REQUESTS
]


@cache
def compute(name: str) -> AnalysisResult:
    shop = build_shop("homestead")
    return analyze(REQUESTS[name], shop.facts, zone=shop.zone)


def list_drawn(result: AnalysisResult) -> Iterator[AnalysisTable]:
    return (table for table in result.tables if table.chart is not None)


def draw(table: AnalysisTable, *, width: int = WIDTH) -> str:
    assert table.chart is not None
    chart = with_rows(table.chart, table.rows)
    chart["config"] = {**chart["config"], "view": {"continuousWidth": width}}
    return vl_convert.vegalite_to_svg(chart)


def read_texts(svg: str) -> list[str]:
    """Of several lines as one."""
    found = re.findall(r"<text[^>]*>(.*?)</text>", svg)
    return [unescape(re.sub(r"<[^>]*>", " ", text)).strip() for text in found]


def read_text(svg: str) -> str:
    return " ".join(" ".join(read_texts(svg)).split())


def list_marks(svg: str, kind: str) -> list[str]:
    """The shapes of a mark that are to be seen."""
    found = []
    for group in re.findall(rf'<g class="mark-{kind} role-mark.*?</g>', svg, re.DOTALL):
        found += [
            path
            for path in re.findall(r"<(?:path|line) .*?(?:/>|>)", group)
            if 'opacity="0"' not in path and 'd=""' not in path
        ]
    return found


def find_fills(svg: str) -> set[str]:
    return set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg))


def chart_rows(
    form: ChartForm,
    rows: list[Json],
    *,
    unit: Unit = Unit.MONEY,
    names: tuple[str, ...] = ("name",),
) -> AnalysisTable:
    figures = dict.fromkeys(name for row in rows for name in row if name not in names)
    columns = [
        *map(dimension_column, names),
        *(figure_column(name, unit) for name in figures),
    ]
    table = build_table("table", "A table", columns, rows)
    chart = build_chart(table, form, subtitle="everything so far, UTC", currency="USD")
    return table.model_copy(update={"chart": chart})


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_worth_a_picture_have_one(name: str) -> None:
    assert {table.name for table in list_drawn(compute(name))} == CHARTS[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [WIDTH, 360])
def test_a_chart_is_drawn_as_wide_as_its_place(name: str, width: int) -> None:
    for table in list_drawn(compute(name)):
        svg = draw(table, width=width)

        found = re.search(r'<svg[^>]* width="(\d+)', svg)
        assert found is not None
        assert abs(int(found[1]) - width) <= 10, table.name
        assert "NaN" not in svg
        assert "undefined" not in svg
        assert "null" not in read_texts(svg)


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_says_what_it_shows_and_has_no_data_of_its_own(name: str) -> None:
    result = compute(name)

    for table in list_drawn(result):
        assert table.chart is not None
        texts = read_text(draw(table))
        assert table.title in texts
        assert result.title in texts
        written = json.dumps(table.chart["data"])
        assert written == '{"name": "rows"}'
    charts = json.dumps([table.chart for table in result.tables])
    assert not [word for word in ("Kitchen", "Teak Bench", "2026-10") if word in charts]


@pytest.mark.parametrize(
    ("name", "table", "unit"),
    [
        ("change", "category", "change (USD)"),
        ("ratio", "components", "effect (USD)"),
        ("ratio", "country", "USD"),
        ("days", "course", "USD"),
        ("retention", "overall", "retained in percent"),
        ("value", "cohorts", "USD"),
        ("segments", "segments", "%"),
        ("products", "values", "gross sales (USD)"),
    ],
)
def test_an_axis_names_its_unit(name: str, table: str, unit: str) -> None:
    assert unit in read_texts(draw(get_table(compute(name), table)))


def test_figures_have_no_exponents() -> None:
    texts = read_texts(draw(get_table(compute("months"), "course")))

    assert "80,000" in texts
    assert not [text for text in texts if re.fullmatch(r"[\d.]+e\W?\d+", text)]


def test_history_and_forecast_are_one_course_without_a_gap_in_time() -> None:
    """The third to the sixth month are forecast; the first two are there without figures."""
    rows = get_table(compute("months"), "course").rows

    months = [str(row["month"]) for row in rows]
    assert months == sorted(months)
    assert months[-6:] == [
        "2026-11",
        "2026-12",
        "2027-01",
        "2027-02",
        "2027-03",
        "2027-04",
    ]
    known = [row["net_revenue"] is not None for row in rows]
    assert known == [True] * 24 + [False] * 6
    forecast = [row["forecast"] is not None for row in rows]
    assert forecast == [False] * 26 + [True] * 4
    assert rows[-4:] == [
        {"net_revenue": None, **row}
        for row in get_table(compute("months"), "forecast").rows
    ]


def test_the_course_has_as_many_periods_before_as_the_forecast_has() -> None:
    lines = build_sales(200, orders=5)
    request = {"analysis": "forecast", "period": "day", "steps": 60}

    result = analyze(request, build_facts(lines, days=200))

    assert get_table(result, "course").row_count == 120


def test_the_forecast_of_a_single_period_shows_its_interval() -> None:
    lines = build_sales(120, orders=5)
    request = {"analysis": "forecast", "period": "day", "steps": 1}

    table = get_table(analyze(request, build_facts(lines, days=120)), "course")

    assert len(list_marks(draw(table), "rule")) == 1


def lose_most(*days: int) -> Callable[[Sale], None]:
    def lose(sale: Sale) -> None:
        if sale.day in days:
            sale.chance = 0.05

    return lose


def test_an_unusual_day_is_marked_on_the_course() -> None:
    facts = build_facts(build_sales(170, orders=40, effect=lose_most(150)), days=170)

    table = get_table(analyze({"analysis": "anomalies"}, facts), "course")

    marked = [row for row in table.rows if row["unusual"]]
    assert [(row["day"], row["unusual"]) for row in marked] == [("2025-06-05", "below")]
    [row] = marked
    assert float(str(row["net_revenue"])) < float(str(row["expected_low"]))
    assert draw(table).count('stroke="black" stroke-width="2"') == 1


def test_a_long_course_is_cut_and_says_so() -> None:
    """Then the anomalies have a chart of their own, as the course is without some."""
    lines = build_sales(320, orders=40, effect=lose_most(100, 300))
    request = {"analysis": "anomalies", "window": write_days(60, 250)}

    result = analyze(request, build_facts(lines, days=320))

    course = get_table(result, "course")
    assert (len(course.rows), course.row_count) == (MAX_COURSE, 250)
    assert f"The last {MAX_COURSE} of 250 rows" in read_text(draw(course))
    anomalies = get_table(result, "anomalies")
    days = {str(row["day"]) for row in anomalies.rows}
    assert {"2025-04-16", "2025-11-02"} <= days
    assert days <= set(read_texts(draw(anomalies)))


def raise_prices(sale: Sale) -> None:
    """Of products 0 to 2 by a half every other week, which sell a third as often then."""
    if sale.product < 3 and sale.day // 7 % 2:
        sale.price = sale.price * 3 // 2
        sale.chance = 0.3
    elif sale.product == 3:
        sale.price += 20 * (sale.day // 7 % 4)


def test_elasticities_are_drawn_with_their_intervals_the_unclear_muted() -> None:
    facts = build_facts(build_sales(210, orders=30, effect=raise_prices), days=210)

    table = get_table(analyze({"analysis": "price_effect"}, facts), "variants")

    svg = draw(table)
    readings = [row["reading"] for row in table.rows]
    assert set(readings) == {"fewer units at higher prices", "not clear"}
    dots = re.findall(r'roledescription="point" [^>]*fill="(#\w+)"', svg)
    assert dots == [MUTED if each == "not clear" else ACCENT for each in readings]
    assert "Product 0 S0" in read_text(svg)


def test_bars_are_colored_by_their_sign_and_begin_at_zero() -> None:
    table = chart_rows(
        Bars(("name",), ("change",)),
        [{"name": "up", "change": 5000}, {"name": "down", "change": -3000}],
    )

    svg = draw(table)

    assert {ACCENT, CONTRAST} <= find_fills(svg)
    rises = chart_rows(
        Bars(("name",), ("change",)),
        [{"name": "more", "change": 9900}, {"name": "less", "change": 9800}],
    )
    assert "0" in read_texts(draw(rises))


def test_rows_of_one_name_are_bars_of_their_own() -> None:
    table = chart_rows(
        Bars(("name",), ("amount",)), [{"name": "Mug", "amount": 100}] * 3
    )

    assert read_texts(draw(table)).count("Mug") == 3


def test_many_rows_are_cut_and_the_chart_says_so() -> None:
    rows = [{"name": f"N{n}", "amount": 1000 - n} for n in range(MAX_BARS + 5)]

    svg = draw(chart_rows(Bars(("name",), ("amount",)), rows))

    texts = read_texts(svg)
    assert f"The first {MAX_BARS} of {MAX_BARS + 5} rows" in read_text(svg)
    assert f"N{MAX_BARS - 1}" in texts
    assert f"N{MAX_BARS}" not in texts


def test_the_steps_of_a_waterfall_lead_from_zero_to_the_whole() -> None:
    steps = [("price", 4000), ("volume", -1000), ("mix", 0), ("new", 2000)]
    rows = [{"name": name, "change": change} for name, change in steps]

    svg = draw(chart_rows(Waterfall("name", "change"), rows))

    bars = re.findall(r'"change \(USD\): (\S+); row: .*?; to: (\S+)"', svg)
    assert [(float(a), float(b)) for a, b in bars] == [
        (0, 40), (40, 30), (30, 30), (30, 50),
    ]  # fmt: skip
    assert 'aria-label="change (USD): 50.000000" ' in svg
    assert "the dashed line is the whole" in read_text(svg)


def test_cells_of_few_customers_are_grey_and_later_months_are_empty() -> None:
    rows: list[Json] = [
        {"cohort": "2026-01", "customers": 40, "month_1": 22.4, "month_2": FEWER},
        {"cohort": "2026-02", "customers": FEWER},
        {"cohort": "2026-03", "customers": 30, "month_1": 53.3},
    ]
    form = HeatMap("cohort", "month_", "months since")

    svg = draw(chart_rows(form, rows, unit=Unit.PERCENT, names=("cohort",)))

    texts = read_texts(svg)
    assert {"2026-01", "2026-02", "2026-03", "22", "53"} <= set(texts)
    assert f"Grey: {FEWER} customers" in read_text(svg)
    assert svg.count(f'fill="{PALE}"') == 1


def test_a_heat_map_has_the_latest_cohorts() -> None:
    rows = [
        {"cohort": f"{2020 + n // 12}-{n % 12 + 1:02}", "month_0": n, "month_1": -n}
        for n in range(MAX_COHORTS + 4)
    ]
    form = HeatMap("cohort", "month_", "months since")

    svg = draw(chart_rows(form, rows, names=("cohort",)))

    texts = read_texts(svg)
    assert "2020-05" in texts
    assert "2020-04" not in texts
    assert f"The last {MAX_COHORTS} of {MAX_COHORTS + 4} rows" in read_text(svg)


FORMS: Mapping[str, ChartForm] = {
    "bars": Bars(("name",), ("a",)),
    "groups": Bars(("name",), ("a", "b")),
    "waterfall": Waterfall("name", "a"),
    "pareto": Pareto("name", "a", "b"),
    "intervals": Intervals(("name",), "a", "b", "c"),
    "heat map": HeatMap("name", "a", "along"),
    "course": Course("name", ("a", "b"), "b", "c"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_there_is_no_chart_of_too_few_rows_or_figures(form: ChartForm) -> None:
    row = {"name": "Mug", "a": 1, "b": 2, "c": 3}

    for rows in ([], [row], [{**row, "a": None}] * 2, [{**row, "a": FEWER}] * 2):
        assert chart_rows(form, rows).chart is None, rows


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_name_is_no_part_of_the_specification(form: ChartForm) -> None:
    rows = [
        {"name": name, "a": 1, "b": 2, "c": 3} for name in (HOSTILE, "x" * 500, "Mug")
    ]
    table = chart_rows(form, rows)

    assert table.chart is not None
    assert table.chart == chart_rows(form, [{**row, "name": "-"} for row in rows]).chart
    svg = draw(table)
    assert "<script" not in svg
    assert not [text for text in read_texts(svg) if len(text) > 100]


def test_a_hostile_filter_is_only_text_of_the_title() -> None:
    lines = [
        order_line(order_id=str(number), country=country, category=HOSTILE)
        for number, country in enumerate(("US", "DE", "FR"))
    ]
    request = {
        "analysis": "concentration",
        "by": "country",
        "filters": [{"dimension": "category", "in": [HOSTILE]}],
    }

    svg = draw(get_table(analyze(request, order_facts(*lines)), "values"))

    assert "<script" not in svg
    assert "&lt;script" in svg


def test_weekdays_have_their_names() -> None:
    assert "Mon" in read_texts(draw(get_table(compute("change"), "weekday")))


def test_figures_next_to_each_other_have_their_own_colors_and_names() -> None:
    svg = draw(get_table(compute("segments"), "segments"))

    assert {"customers in percent", "net revenue in percent"} <= set(read_texts(svg))
    assert set(COLORS[:2]) <= find_fills(svg)


def test_a_long_title_is_cut() -> None:
    rows = [{"name": name, "amount": 1} for name in ("Mug", "Cup")]
    table = chart_rows(Bars(("name",), ("amount",)), rows)

    chart = build_chart(
        table, Bars(("name",), ("amount",)), subtitle="word " * 500, currency="USD"
    )

    assert chart is not None
    lines = chart["title"]["subtitle"]
    assert len(lines) <= 5
    assert max(map(len, lines)) <= LINE_CHARS
    assert lines[-1].endswith("…")


def test_periods_lie_in_their_order_along_the_axis() -> None:
    texts = read_texts(draw(get_table(compute("months"), "course")))

    months = [text for text in texts if re.fullmatch(r"\d{4}-\d\d", text)]
    assert len(months) > 4
    assert months == sorted(months)


def test_the_share_so_far_has_an_axis_of_its_own() -> None:
    texts = read_texts(draw(get_table(compute("products"), "values")))

    assert {"gross sales (USD)", "share of all so far in percent"} <= set(texts)
    assert {"100", "50,000"} <= set(texts)
