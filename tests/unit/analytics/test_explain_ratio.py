"""The change of a quotient consists of changed ratios and a changed mix exactly."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.analyses.execution import run_analysis
from analytics.analyses.ratio_effects import (
    Quotient,
    RatioChange,
    round_parts,
    split_quotient,
    split_ratio,
)
from tests.support.explained_changes import FEBRUARY, explain, get_findings
from tests.support.order_lines import order_facts, order_line, utc_2026
from tests.support.sales_lines import UTC_ZONE, get_rows
from tests.support.search_facts import (
    build_query_day,
    build_search_facts,
    read_search_records,
)
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.errors import ImpossibleQuery

Json = dict[str, Any]
QUOTIENTS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 10**4)),
).filter(lambda values: sum(d for _, d in values.values()) > 0)
RATIOS = st.dictionaries(
    st.sampled_from("abcd"),
    st.tuples(st.integers(0, 50), st.integers(1, 100)),
    min_size=2,
)
"""Ratios and weights."""
METRICS = [
    "average_order_value", "units_per_order", "average_unit_price", "refund_rate", "return_rate",
    "cancellation_rate",
]  # fmt: skip


def divide_sums(values: Mapping[Any, Quotient]) -> Fraction:
    return Fraction(
        sum(n for n, _ in values.values()), sum(d for _, d in values.values())
    )


def index_effects(change: RatioChange) -> dict[Any, tuple[Fraction, Fraction]]:
    return {part.key: (part.rate_effect, part.mix_effect) for part in change.parts}


@given(before=QUOTIENTS, now=QUOTIENTS)
def test_effects_add_up_to_the_change(
    before: dict[str, Quotient], now: dict[str, Quotient]
) -> None:
    change = split_ratio("country", before, now)

    total = divide_sums(now) - divide_sums(before)
    assert sum(part.effect for part in change.parts) == total
    assert 0 <= change.score <= 1


@given(before=QUOTIENTS, now=QUOTIENTS)
def test_effects_are_those_of_the_formula(
    before: dict[str, Quotient], now: dict[str, Quotient]
) -> None:
    whole_before, whole_now = (
        sum(d for _, d in values.values()) for values in (before, now)
    )
    found = index_effects(split_ratio("country", before, now))

    for key in before.keys() & now.keys():
        (n, d), (n_now, d_now) = before[key], now[key]
        if d and d_now:
            weight, weight_now = Fraction(d, whole_before), Fraction(d_now, whole_now)
            ratio, ratio_now = Fraction(n, d), Fraction(n_now, d_now)
            assert found[key] == (
                weight * (ratio_now - ratio),
                (weight_now - weight) * (ratio_now - divide_sums(before)),
            )


@given(values=RATIOS, weights=st.lists(st.integers(1, 100), min_size=4, max_size=4))
def test_where_only_the_mix_changed_no_ratio_has_an_effect(
    values: dict[str, tuple[int, int]], weights: list[int]
) -> None:
    before = {key: (ratio * weight, weight) for key, (ratio, weight) in values.items()}
    now = {
        key: (ratio * weight, weight)
        for (key, (ratio, _)), weight in zip(values.items(), weights, strict=False)
    }

    effects = index_effects(split_ratio("country", before, now)).values()

    assert {rate for rate, _ in effects} == {0}


@given(values=RATIOS, ratios=st.lists(st.integers(0, 50), min_size=4, max_size=4))
def test_where_only_ratios_changed_the_mix_has_no_effect(
    values: dict[str, tuple[int, int]], ratios: list[int]
) -> None:
    before = {key: (ratio * weight, weight) for key, (ratio, weight) in values.items()}
    now = {
        key: (ratio * weight, weight)
        for (key, (_, weight)), ratio in zip(values.items(), ratios, strict=False)
    }

    effects = index_effects(split_ratio("country", before, now)).values()

    assert {mix for _, mix in effects} == {0}


def test_what_comes_and_goes_is_mix_and_a_numerator_alone_is_a_ratio() -> None:
    found = index_effects(
        split_ratio(
            "product",
            {"stays": (10, 10), "goes": (40, 10), "paid back": (0, 0)},
            {"stays": (10, 10), "comes": (0, 10), "paid back": (5, 0)},
        )
    )

    assert found == {
        "stays": (0, 0),
        "goes": (0, Fraction(-1, 2) * (4 - Fraction(5, 2))),
        "comes": (0, Fraction(1, 2) * (0 - Fraction(5, 2))),
        "paid back": (Fraction(1, 4), 0),
    }


@given(
    before=st.tuples(st.integers(0, 10**9), st.integers(1, 10**6)),
    now=st.tuples(st.integers(0, 10**9), st.integers(1, 10**6)),
)
def test_numerator_and_denominator_add_up_to_the_change(
    before: Quotient, now: Quotient
) -> None:
    numerator, denominator = split_quotient(before, now)

    assert numerator + denominator == Fraction(*now) - Fraction(*before)
    assert numerator == Fraction(now[0] - before[0], before[1])


@given(
    parts=st.lists(st.fractions(-1000, 1000, max_denominator=997), min_size=1),
    off=st.fractions(-1, 1, max_denominator=97),
)
def test_rounded_parts_add_up_and_nothing_stays_nothing(
    parts: list[Fraction], off: Fraction
) -> None:
    total = round(sum(parts) + off)
    if abs(total - sum(parts, Fraction())) > 1 or not any(parts):
        return

    rounded = round_parts(parts, total)

    assert sum(rounded) == total
    assert all(
        abs(shown - part) < 2 for shown, part in zip(rounded, parts, strict=True)
    )
    assert all(
        not shown for shown, part in zip(rounded, parts, strict=True) if not part
    )


def test_rounding_down_takes_nothing_from_nothing() -> None:
    assert round_parts([Fraction(1), Fraction(0)], 0) == [0, 0]


LINES = st.lists(
    st.builds(
        lambda month, day, product, kind, units, amount, country, status: order_line(
            order_id=f"{month}-{day}-{country}",
            at=utc_2026(month, day),
            kind=kind,
            status=status,
            sku=None if kind == "REFUND" else product,
            name=None if kind == "REFUND" else product,
            category=None if kind == "REFUND" else f"of {product}",
            quantity={"SALE": units, "RETURN": -units}.get(kind, 0),
            amount_minor=amount if kind == "SALE" else -amount,
            country=country,
        ),
        st.integers(1, 2),
        st.integers(1, 28),
        st.sampled_from("ABCDEFGHIJKLMN"),
        st.sampled_from(["SALE", "SALE", "SALE", "RETURN", "REFUND"]),
        st.integers(1, 5),
        st.integers(1, 100_000),
        st.sampled_from(["US", "DE", ""]),
        st.sampled_from(["DELIVERED", "DELIVERED", "CANCELLED"]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(lines=LINES, metric=st.sampled_from(METRICS))
def test_every_table_adds_up_to_the_change(lines: list[Json], metric: str) -> None:
    january, february = (
        order_line(order_id=str(month), at=utc_2026(month, 1)) for month in (1, 2)
    )

    result = explain(january, february, *lines, limit=3, metric=metric)

    found = get_findings(result)
    change = round(100 * found.change)
    assert change == round(100 * found.now) - round(100 * found.before)
    tables = [table for table in result.tables if table.name != "dimensions"]
    assert len(tables) > 1
    for table in tables:
        rows: list[Json] = list(table.rows)
        assert sum(round(100 * row["effect"]) for row in rows) == change, table.name
        if table.name != "components":
            both = [row[name] for row in rows for name in ("rate_effect", "mix_effect")]
            assert sum(round(100 * effect) for effect in both) == change, table.name


def build_orders(
    month: int, country: str, count: int, amount: int, **fields: Any
) -> list[Json]:
    """So many orders of one amount."""
    return [
        order_line(
            order_id=f"{month}-{country}-{amount}-{number}",
            at=utc_2026(month, 1 + number % 28),
            country=country,
            amount_minor=amount,
            **fields,
        )
        for number in range(count)
    ]


def test_ratios_that_rise_while_the_whole_falls_are_said_to() -> None:
    """From 40 of 50 orders at $100 to 10 of 50: both countries pay more, all orders are less."""
    result = explain(
        *build_orders(1, "US", 40, 100_00),
        *build_orders(1, "DE", 10, 20_00),
        *build_orders(2, "US", 10, 110_00),
        *build_orders(2, "DE", 40, 25_00),
        metric="average_order_value",
    )

    found = get_findings(result)
    assert (found.before, found.now, found.change) == (84.0, 42.0, -42.0)
    assert found.reversal == (
        "Within each country that has figures of both times the average order value rose, and yet "
        "it fell as a whole, as those where it is low became a greater part (Simpson's paradox)"
    )
    rows = {row["country"]: row for row in get_rows(result, "country")}
    assert rows["US"]["change"] == 10.0
    assert rows["US"]["rate_effect"] == 8.0  # 80 % of 10.00
    assert rows["US"]["mix_effect"] == -15.6  # -60 % of 26.00
    assert rows["DE"]["rate_effect"] == 1.0  # 20 % of 5.00
    assert rows["DE"]["mix_effect"] == -35.4  # 60 % of -59.00
    assert (rows["US"]["part_before"], rows["US"]["part_now"]) == (80.0, 20.0)


def test_where_one_country_falls_too_it_is_no_paradox() -> None:
    result = explain(
        *build_orders(1, "US", 40, 100_00),
        *build_orders(1, "DE", 10, 20_00),
        *build_orders(2, "US", 10, 110_00),
        *build_orders(2, "DE", 40, 19_00),
        metric="average_order_value",
        dimensions=["country"],
    )

    assert get_findings(result).reversal is None


def test_a_fall_of_one_country_is_found_and_is_no_paradox() -> None:
    result = explain(
        *build_orders(1, "US", 30, 100_00),
        *build_orders(1, "DE", 10, 100_00),
        *build_orders(2, "US", 30, 100_00),
        *build_orders(2, "DE", 10, 60_00),
        metric="average_order_value",
    )

    found = get_findings(result)
    assert (found.main_dimension, found.main_value) == ("country", "Germany")
    assert (found.main_change, found.main_rate_effect, found.main_mix_effect) == (
        -10.0,
        -10.0,
        0.0,
    )
    assert found.reversal is None
    assert (found.numerator_before, found.numerator_now) == (4000.0, 3600.0)
    assert (found.numerator_change_percent, found.numerator_effect) == (-10.0, -10.0)
    assert (found.denominator_before, found.denominator_effect) == (40, 0.0)


def test_orders_are_not_split_by_what_their_lines_are_of() -> None:
    lines = [*build_orders(1, "US", 5, 100), *build_orders(2, "US", 5, 200)]

    result = explain(*lines, metric="average_order_value")

    names = {table.name for table in result.tables}
    assert "country" in names
    assert names.isdisjoint({"product", "category"})
    assert any("not split by product, variant, category" in n for n in result.notes)
    with pytest.raises(ImpossibleQuery, match="cannot be split by category"):
        explain(*lines, metric="units_per_order", dimensions=["category"])
    by_unit = explain(*lines, metric="average_unit_price", dimensions=["category"])
    assert [row["category"] for row in get_rows(by_unit, "category")] == ["Kitchen"]


def test_a_wave_of_cancellations_raises_the_rate_of_its_country() -> None:
    result = explain(
        *build_orders(1, "US", 40, 100),
        *build_orders(1, "FR", 10, 100),
        *build_orders(2, "US", 40, 100),
        *build_orders(2, "FR", 6, 100),
        *build_orders(2, "FR", 4, 200, status="CANCELLED"),
        metric="cancellation_rate",
    )

    found = get_findings(result)
    assert (found.before, found.now, found.change_percent) == (0.0, 8.0, None)
    assert (found.main_value, found.main_rate_effect) == ("France", 8.0)


def test_amounts_and_their_orders_are_left_out_together_where_there_is_no_rate() -> (
    None
):
    result = explain(
        order_line(at=utc_2026(1)),
        order_line(
            order_id="2", at=utc_2026(2), currency="EUR", home_amount_minor=1200
        ),
        order_line(
            order_id="3", at=utc_2026(2), currency="GBP", home_amount_minor=None
        ),
        metric="average_order_value",
    )

    found = get_findings(result)
    assert (found.before, found.now, found.denominator_now) == (10.0, 12.0, 1)
    assert result.currency == "USD"
    assert "Orders paid in GBP that store no rate are left out" in result.notes


def test_what_has_no_denominator_is_refused_with_the_reason() -> None:
    january = order_line(at=utc_2026(1))

    with pytest.raises(NotEnoughData, match="orders are zero in the window"):
        explain(january, metric="average_order_value")
    with pytest.raises(NotEnoughData, match="zero in the time compared with"):
        explain(
            order_line(at=utc_2026(1), country="DE"),
            order_line(order_id="2", at=utc_2026(2)),
            metric="units_per_order",
            filters=[{"dimension": "country", "in": ["US"]}],
        )


def explain_searches(rows: list[Json], **request: Any) -> AnalysisResult:
    body = {"analysis": "explain_change", "window": FEBRUARY, **request}
    searches = build_search_facts(rows)["searches"]
    return run_analysis(
        AnalysisBody.model_validate(body).root,
        order_facts(),
        home_currency="USD",
        zone=UTC_ZONE,
        read_searches=partial(read_search_records, searches),
    )


def build_searches(month: int, query: str, searches: int, zero: int) -> Json:
    day = date(2026, month, 1) + timedelta(days=searches % 20)
    return build_query_day(day, query, UTC_ZONE, searches=searches, zero_results=zero)


SEARCHED = [
    build_query_day(date(2026, 1, 1), "lamp", UTC_ZONE, searches=10),
    build_searches(1, "lamp", 90, 0),
    build_searches(1, "my name", 2, 0),
    build_searches(2, "lamp", 80, 0),
    build_searches(2, "humidifier", 20, 20),
    build_searches(2, "my name", 3, 1),
]


def test_a_query_that_finds_nothing_explains_the_rate() -> None:
    result = explain_searches(SEARCHED, metric="zero_result_rate")

    found = get_findings(result)
    assert (found.main_dimension, found.main_value) == ("search_query", "humidifier")
    assert found.main_change == found.main_mix_effect
    assert result.receipt.rows_read == 205


@pytest.mark.parametrize("metric", ["zero_result_rate", "searches"])
def test_queries_of_few_searches_are_one_row(metric: str) -> None:
    result = explain_searches(SEARCHED, metric=metric)

    rows = [row["search_query"] for row in get_rows(result, "search_query")]
    assert set(rows) == {"lamp", "humidifier", "(fewer than 5 searches)"}
    assert "Queries of fewer than 5 searches are one row" in result.notes


def test_searches_are_not_compared_with_a_time_before_they_were_recorded() -> None:
    with pytest.raises(NotEnoughData, match="recorded since 2 February 2026"):
        explain_searches([build_searches(2, "lamp", 21, 0)], metric="searches")
    with pytest.raises(NotEnoughData, match="none are recorded yet"):
        explain_searches([], metric="search_conversion_rate")
