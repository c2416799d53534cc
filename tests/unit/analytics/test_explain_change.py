"""A change consists of its parts exactly, and the part that was planted is found."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.analyses.contributions import split_change
from analytics.analyses.price_volume_mix import Sales, split_sales
from tests.support.explained_changes import explain, get_findings
from tests.support.order_lines import order_line, utc_2026
from tests.support.sales_lines import (
    Sale,
    analyze,
    build_facts,
    build_sales,
    get_rows,
    write_days,
)
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.query.errors import ImpossibleQuery

Json = dict[str, Any]
AMOUNTS = st.integers(-(10**9), 10**9)
SALES = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(st.integers(0, 10_000), st.integers(0, 10**9))
)


def add_cents(rows: list[Json], column: str = "change") -> int:
    return sum(round(100 * row[column]) for row in rows)


@given(
    before=st.dictionaries(st.integers(0, 9), AMOUNTS),
    now=st.dictionaries(st.integers(0, 9), AMOUNTS),
)
def test_contributions_add_up_to_the_change(
    before: dict[int, int], now: dict[int, int]
) -> None:
    change = split_change("category", before, now)

    total = sum(now.values()) - sum(before.values())
    assert sum(part.change for part in change.parts) == total
    assert 0 <= change.score <= 1


@given(before=SALES, now=SALES)
def test_price_volume_and_mix_add_up_to_the_change(
    before: dict[str, Sales], now: dict[str, Sales]
) -> None:
    found = split_sales(before, now)

    parts = found.price + found.volume + found.mix + found.new + found.discontinued
    assert parts == sum(r for _, r in now.values()) - sum(r for _, r in before.values())


@given(
    before=st.dictionaries(
        st.sampled_from("abcd"),
        st.tuples(st.integers(1, 500), st.integers(1, 10**6)),
        min_size=4,
    ),
    now=st.dictionaries(
        st.sampled_from("abcd"),
        st.tuples(st.integers(1, 500), st.integers(1, 10**6)),
        min_size=4,
    ),
)
def test_variances_are_those_of_the_formula(
    before: dict[str, Sales], now: dict[str, Sales]
) -> None:
    found = split_sales(before, now)

    units, sales = (sum(each[i] for each in before.values()) for i in (0, 1))
    units_now = sum(each[0] for each in now.values())
    price = sum(
        now[key][1] - Fraction(now[key][0] * before[key][1], before[key][0])
        for key in before
    )
    mix = sum(
        Fraction(now[key][0] * before[key][1], before[key][0]) for key in before
    ) - Fraction(units_now * sales, units)
    assert abs(float(found.price - price)) <= 2  # half a cent for each of four
    volume = Fraction((units_now - units) * sales, units)
    assert abs(float(found.volume - volume)) <= 1
    assert abs(float(found.mix - mix)) <= 3


LINES = st.lists(
    st.builds(
        lambda month, day, product, kind, units, amount, country, statuses: order_line(
            order_id=f"{month}-{day}-{product}",
            status=statuses[0],
            payment_status=statuses[1],
            at=utc_2026(month, day),
            kind=kind,
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
        st.sampled_from(
            [
                ("DELIVERED", "PAID"),
                ("SHIPPED", "PARTIALLY_REFUNDED"),
                ("CANCELLED", "VOIDED"),
                ("PAYMENT_FAILED", "UNPAID"),
                ("PROCESSING", "AUTHORIZED"),
            ]
        ),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(lines=LINES)
def test_every_table_adds_up_to_the_change(lines: list[Json]) -> None:
    first = order_line(at=utc_2026(1, 1))

    result = explain(first, *lines, limit=3)

    change = round(100 * get_findings(result).change)
    expected = sum(
        line["amount_minor"] * (1 if line["at"].month == 2 else -1)
        for line in [first, *lines]
        if line["status"] in {"DELIVERED", "SHIPPED"}
    )
    assert change == expected
    for table in result.tables:
        if table.name not in {"dimensions", "prices"}:
            assert add_cents(list(table.rows)) == change, table.name


@pytest.mark.parametrize("metric", ["units", "orders", "refunds", "gross_sales", "tax"])
def test_parts_of_other_metrics_add_up_to_the_change(metric: str) -> None:
    lines = build_sales(56)
    request = {
        "analysis": "explain_change",
        "metric": metric,
        "window": write_days(28, 28),
    }

    result = analyze(request, build_facts(lines, days=60))

    change = get_findings(result).change
    names = {table.name for table in result.tables}
    assert ("product" in names) == (metric not in {"orders", "tax"})
    assert ("outcomes" in names) == (metric not in {"refunds", "tax"})
    for name in names & {"category", "product", "country", "weekday", "outcomes"}:
        rows = get_rows(result, name)
        assert sum(row["change"] for row in rows) == pytest.approx(change)


def collapse_garden(sale: Sale) -> None:
    if sale.day >= 28 and sale.category == "Garden":
        sale.chance = 0.2


def lose_germany(sale: Sale) -> None:
    if sale.day >= 28 and sale.country == "DE":
        sale.chance = 0.1


def sell_product_7(sale: Sale) -> None:
    if sale.day >= 28 and sale.product != 7 and sale.quantity == 2:
        sale.product, sale.price = 7, 1700


@pytest.mark.parametrize(
    ("effect", "dimension", "value"),
    [
        (collapse_garden, "category", "Garden"),
        (lose_germany, "country", "Germany"),
        (sell_product_7, "product", "Product 7"),
    ],
)
def test_the_value_that_changed_is_found(
    effect: Any, dimension: str, value: str
) -> None:
    facts = build_facts(build_sales(56, orders=40, effect=effect), days=60)

    result = analyze(
        {"analysis": "explain_change", "window": write_days(28, 28)}, facts
    )

    found = get_findings(result)
    assert (found.main_dimension, found.main_value) == (dimension, value)
    assert get_rows(result, "dimensions")[0]["value"] == value


def fall_everywhere(sale: Sale) -> None:
    if sale.day >= 28:
        sale.chance = 0.6


@pytest.mark.parametrize("seed", range(5))
def test_a_change_that_is_everywhere_has_no_main_dimension(seed: int) -> None:
    lines = build_sales(56, orders=40, seed=seed, effect=fall_everywhere)

    result = analyze(
        {"analysis": "explain_change", "window": write_days(28, 28)},
        build_facts(lines, days=60),
    )

    assert get_findings(result).main_dimension is None
    assert not any("stands out" in note for note in result.notes)


def build_placed(
    month: int, counts: Mapping[tuple[str, str], int], **fields: Any
) -> list[Json]:
    """So many orders by order status and payment status, a unit for $10 each."""
    return [
        order_line(
            order_id=f"{month}-{statuses}-{number}",
            at=utc_2026(month, 1 + number % 28),
            status=statuses[0],
            payment_status=statuses[1],
            **fields,
        )
        for statuses, count in counts.items()
        for number in range(count)
    ]


SOLD, CANCELED = ("DELIVERED", "PAID"), ("CANCELLED", "VOIDED")


@pytest.mark.parametrize(
    ("metric", "cost"),
    [("net_revenue", 180), ("gross_sales", 180), ("units", 18), ("orders", 18)],
)
def test_a_wave_of_cancellations_is_found(metric: str, cost: int) -> None:
    result = explain(
        *build_placed(1, {SOLD: 40, CANCELED: 2}),
        *build_placed(2, {SOLD: 15, CANCELED: 20}),
        metric=metric,
    )

    found = get_findings(result)
    assert (found.outcome, found.outcome_change) == ("canceled", -cost)
    assert (found.placed_orders_before, found.placed_orders_now) == (42, 35)
    assert (found.outcome_orders_before, found.outcome_orders_now) == (2, 20)
    rows = get_rows(result, "outcomes")
    assert [row["outcome"] for row in rows] == ["orders placed", "of these canceled"]
    assert sum(row["change"] for row in rows) == found.change
    assert [row["orders_now"] for row in rows] == [35, 20]


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        ({SOLD: 20, CANCELED: 3}, None),  # As many of them as before.
        ({SOLD: 15, CANCELED: 6}, None),  # May be by chance.
        ({SOLD: 60, CANCELED: 40}, None),  # More were sold all the same.
        ({SOLD: 15, ("PAYMENT_FAILED", "UNPAID"): 20}, "payment failed"),
        ({SOLD: 15, ("PENDING", "UNPAID"): 20}, "not paid"),
        ({SOLD: 15, ("PROCESSING", "AUTHORIZED"): 20, CANCELED: 8}, "not paid"),
        ({SOLD: 5, ("PAYMENT_FAILED", "UNPAID"): 20, CANCELED: 25}, "canceled"),
        ({SOLD: 5, ("PAYMENT_FAILED", "UNPAID"): 25, CANCELED: 20}, "payment failed"),
        ({CANCELED: 20}, "canceled"),
        ({}, None),
    ],
)
def test_only_what_orders_came_to_less_or_more_often_is_named(
    now: Mapping[tuple[str, str], int], outcome: str | None
) -> None:
    result = explain(*build_placed(1, {SOLD: 40, CANCELED: 4}), *build_placed(2, now))

    assert get_findings(result).outcome == outcome


def test_the_end_of_a_wave_explains_a_rise() -> None:
    result = explain(
        *build_placed(1, {SOLD: 15, CANCELED: 20}),
        *build_placed(2, {SOLD: 40, CANCELED: 2}),
    )

    found = get_findings(result)
    assert (found.outcome, found.outcome_change) == ("canceled", 180.0)


def test_what_came_after_the_sale_is_a_row_of_its_own() -> None:
    refund: Json = {
        "order_id": "2-('DELIVERED', 'PAID')-0", "kind": "REFUND", "quantity": 0,
        "amount_minor": -300, "at": utc_2026(2), "sku": None, "name": None, "category": None,
    }  # fmt: skip

    result = explain(
        *build_placed(1, {SOLD: 4}),
        *build_placed(2, {SOLD: 3}),
        order_line(**refund),
    )

    changes = {row["outcome"]: row["change"] for row in get_rows(result, "outcomes")}
    assert changes == {"orders placed": -10.0, "refunds": -3.0}


def test_outcomes_of_no_orders_at_all_are_not_compared() -> None:
    """More was returned before than sold, so that nothing at all is a rise."""
    result = explain(
        *build_placed(1, {SOLD: 1, CANCELED: 4}),
        order_line(at=utc_2026(1), kind="RETURN", quantity=-5, amount_minor=-5000),
    )

    found = get_findings(result)
    assert (found.change, found.outcome) == (40.0, None)


def test_canceled_orders_of_another_currency_are_no_amounts_of_this_one() -> None:
    result = explain(
        *build_placed(1, {SOLD: 20}),
        *build_placed(2, {SOLD: 10}),
        *build_placed(2, {CANCELED: 20}, currency="EUR", amount_minor=999_00),
    )

    rows = get_rows(result, "outcomes")
    assert [(row["outcome"], row["change"]) for row in rows] == [
        ("orders placed", -100.0)
    ]


def test_amounts_of_canceled_orders_are_converted_as_others_are() -> None:
    """Of what was canceled in January one has no rate."""
    euros: Json = {"currency": "EUR", "home_amount_minor": 1200}

    result = explain(
        *build_placed(1, {SOLD: 20}),
        *build_placed(2, {SOLD: 1}),
        *build_placed(2, {SOLD: 1, CANCELED: 20}, **euros),
        *build_placed(1, {CANCELED: 1}, currency="GBP", home_amount_minor=None),
    )

    found = get_findings(result)
    assert (found.change, found.outcome_change) == (-178.0, -240.0)
    assert found.outcome_orders_before == 0


def raise_prices(sale: Sale) -> None:
    if sale.day >= 28:
        sale.price = sale.price * 12 // 10


def test_a_rise_of_all_prices_is_the_effect_of_prices() -> None:
    lines = build_sales(56, effect=raise_prices)

    result = analyze(
        {"analysis": "explain_change", "window": write_days(28, 28)},
        build_facts(lines, days=60),
    )

    effects = {
        row["effect"]: row["change"] for row in get_rows(result, "price_volume_mix")
    }
    now = get_findings(result).now
    assert effects["price"] == pytest.approx(now - now / 1.2, abs=0.1)
    first = get_rows(result, "prices")[0]
    assert first["price_now"] == pytest.approx(1.2 * first["price_before"])


def test_returns_and_refunds_are_no_price() -> None:
    result = explain(
        order_line(at=utc_2026(1), quantity=2, amount_minor=2000),
        order_line(order_id="2", at=utc_2026(2), quantity=3, amount_minor=3000),
        order_line(
            order_id="2", at=utc_2026(2), kind="RETURN", quantity=-1, amount_minor=-1000
        ),
        order_line(
            order_id="2", at=utc_2026(2), kind="REFUND", quantity=0, amount_minor=-500,
            sku=None, name=None, category=None,
        ),
    )  # fmt: skip

    effects = {
        row["effect"]: row["change"] for row in get_rows(result, "price_volume_mix")
    }
    assert effects == {
        "price": 0,
        "volume": 10.0,
        "mix": 0,
        "new variants": 0,
        "variants no longer sold": 0,
        "returns, refunds and adjustments": -15.0,
    }
    assert any("(not attributed)" in note for note in result.notes)


def test_amounts_in_several_currencies_are_converted_and_it_is_said_first() -> None:
    result = explain(
        order_line(at=utc_2026(1)),
        order_line(
            order_id="2", at=utc_2026(2), currency="EUR", amount_minor=2000, home_amount_minor=2200
        ),
        order_line(
            order_id="3", at=utc_2026(2), currency="GBP", amount_minor=900, home_amount_minor=None
        ),
    )  # fmt: skip

    found = get_findings(result)
    assert (found.before, found.now, result.currency) == (10.0, 22.0, "USD")
    assert result.notes[:2] == [
        (
            "Amounts are in USD: orders paid in EUR, GBP and USD are added up at the rates "
            "stored on the orders"
        ),
        "Orders paid in GBP that store no rate are left out",
    ]
    assert result.receipt.currencies == ["EUR", "GBP", "USD"]


def test_one_currency_is_as_paid() -> None:
    result = explain(
        order_line(at=utc_2026(1)),
        order_line(
            order_id="2", at=utc_2026(2), currency="EUR", amount_minor=2000, home_amount_minor=2200
        ),
        currency="EUR",
    )  # fmt: skip

    found = get_findings(result)
    assert (found.before, found.now, result.currency) == (0.0, 20.0, "EUR")


def test_days_begin_in_the_zone_of_the_request() -> None:
    late = datetime(2026, 2, 1, 2, tzinfo=UTC)

    result = explain(
        order_line(at=utc_2026(1)),
        order_line(order_id="2", at=late),
        timeZone="America/New_York",
    )

    assert get_findings(result).now == 0
    assert result.title == (
        "Change of net revenue explained, February 2026, compared with January 2026, "
        "America/New_York"
    )


def test_the_receipt_counts_the_lines_of_both_windows() -> None:
    result = explain(
        order_line(at=utc_2026(1)),
        order_line(order_id="2", at=utc_2026(2)),
        order_line(order_id="3", at=utc_2026(2), status="CANCELLED"),
    )

    receipt = result.receipt
    assert (receipt.rows_read, receipt.rows_counted) == (3, 2)
    assert (receipt.first_day, receipt.last_day) == ("2026-02-01", "2026-02-28")
    assert "not why" in result.notes[-1]


def test_what_was_before_the_first_order_is_not_compared() -> None:
    with pytest.raises(NotEnoughData, match="no orders of the time compared with"):
        explain(order_line(at=utc_2026(2)))


@pytest.mark.parametrize(
    ("request_part", "reason"),
    [
        ({"metric": "stock_cover"}, "do not add up"),
        ({"metric": "customers"}, "do not add up"),
        ({"metric": "margin"}, "is no metric"),
        ({"dimensions": ["month"]}, "cannot be split by month"),
        ({"metric": "orders", "dimensions": ["product"]}, "cannot be split by product"),
        ({"dimensions": ["country", "country"]}, "twice"),
        ({"window": {"lastDay": "2026-02-28"}}, "first day"),
    ],
)
def test_what_makes_no_sense_is_refused(request_part: Json, reason: str) -> None:
    with pytest.raises(ImpossibleQuery, match=reason):
        explain(order_line(at=utc_2026(1)), **request_part)
