"""Pairs, price effects and concentration against plain Python, NumPy and SQL."""

from collections import Counter
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.analyses import basket_pairs
from analytics.analyses.concentration import classify_sizes, compute_gini
from analytics.analyses.regression import compute_t_quantile, fit_least_squares
from tests.support.order_lines import order_facts, order_line
from tests.support.sales_lines import (
    Sale,
    analyze,
    build_facts,
    build_sales,
    get_rows,
)
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.results import (
    BasketPairsFindings,
    ConcentrationFindings,
    PriceEffectFindings,
)
from webapp.insights.query.errors import ImpossibleQuery

Json = dict[str, Any]
PAIRS = {"analysis": "basket_pairs", "limit": 100}
PRICES = {"analysis": "price_effect"}
CONCENTRATION = {"analysis": "concentration"}


def build_baskets(seed: int, orders: int) -> list[Json]:
    random = Random(seed)  # noqa: S311
    lines = []
    for number in range(orders):
        lines += [
            order_line(
                order_id=str(number),
                sku=item,
                name=item,
                category=item,
                kind=random.choice(["SALE", "SALE", "SALE", "RETURN"]),
                status=random.choice(["DELIVERED", "DELIVERED", "CANCELLED"]),
            )
            for item in random.choices("ABCDEFGH", k=random.randint(1, 5))
        ]
    return lines


@pytest.mark.parametrize("at_once", [3, 2_000_000])
def test_pairs_are_those_of_plain_python(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are counted at once."""
    monkeypatch.setattr(basket_pairs, "PAIRS_AT_ONCE", at_once)
    lines = build_baskets(1, 200)
    baskets: dict[str, set[str]] = {}
    for line in lines:
        if line["kind"] == "SALE" and line["status"] == "DELIVERED":
            baskets.setdefault(line["order_id"], set()).add(line["sku"])
    singles = Counter(item for basket in baskets.values() for item in basket)
    pairs = Counter(
        frozenset(pair)
        for basket in baskets.values()
        for pair in combinations(sorted(basket), 2)
    )

    result = analyze(PAIRS, order_facts(*lines))

    rows = get_rows(result, "pairs")
    found = {frozenset([row["first"], row["second"]]): row for row in rows}
    assert {pair: row["orders"] for pair, row in found.items()} == {
        pair: count for pair, count in pairs.items() if count >= 5
    }
    for row in rows:
        first, second = singles[row["first"]], singles[row["second"]]
        both, total = row["orders"], len(baskets)
        assert row["lift"] == round(both * total / (first * second), 2)
        assert row["support_percent"] == round(100 * both / total, 2)
        assert row["confidence_percent"] == round(100 * both / first, 2)
        assert row["reverse_confidence_percent"] == round(100 * both / second, 2)
    assert [row["lift"] for row in rows] == sorted(
        (row["lift"] for row in rows), reverse=True
    )
    assert isinstance(result.findings, BasketPairsFindings)
    assert result.findings.orders == len(baskets)


def test_a_pair_that_belongs_together_has_the_greatest_lift() -> None:
    lines = build_baskets(2, 150)
    for number in range(30):
        lines += [
            order_line(order_id=f"set {number}", sku=each, name=each, category="C")
            for each in ("Cup", "Saucer")
        ]

    first = get_rows(analyze(PAIRS, order_facts(*lines)), "pairs")[0]

    assert {first["first"], first["second"]} == {"Cup", "Saucer"}
    assert first["confidence_percent"] == 100


def test_the_most_frequent_items_are_taken_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(basket_pairs, "MAX_ITEMS", 3)

    result = analyze(PAIRS, order_facts(*build_baskets(1, 200)))

    assert len(get_rows(result, "pairs")) == 3
    assert "5 less frequent ones are left out" in result.notes[0]


def test_pairs_of_one_item_are_those_of_all_that_it_is_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts = order_facts(*build_baskets(1, 200))
    every = get_rows(analyze(PAIRS, facts), "pairs")
    monkeypatch.setattr(basket_pairs, "MAX_ITEMS", 8)

    result = analyze({**PAIRS, "item": "h"}, facts)

    found = get_rows(result, "pairs")
    assert {row["first"] for row in found} == {"H"}
    assert {(row["second"], row["orders"], row["lift"]) for row in found} == {
        (
            row["second"] if row["first"] == "H" else row["first"],
            row["orders"],
            row["lift"],
        )
        for row in every
        if "H" in (row["first"], row["second"])
    }
    turned = next(row for row in found if row["second"] == every[0]["first"])
    again = next(
        row for row in every if {row["first"], row["second"]} == {"H", turned["second"]}
    )
    shares = {turned["confidence_percent"], turned["reverse_confidence_percent"]}
    assert shares == {again["confidence_percent"], again["reverse_confidence_percent"]}
    assert result.title.startswith("What is bought with H")


def test_an_item_that_is_wanted_is_looked_at_however_rare_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts = order_facts(*build_baskets(1, 200))
    rarest = get_rows(analyze(PAIRS, facts), "pairs")
    monkeypatch.setattr(basket_pairs, "MAX_ITEMS", 3)
    left_out = {row["second"] for row in rarest} - {
        name
        for row in get_rows(analyze(PAIRS, facts), "pairs")
        for name in (row["first"], row["second"])
    }

    found = get_rows(analyze({**PAIRS, "item": min(left_out)}, facts), "pairs")

    assert {row["first"] for row in found} == left_out & {row["first"] for row in found}
    assert found


def test_an_item_that_there_is_not_is_refused_with_those_that_resemble_it() -> None:
    with pytest.raises(ImpossibleQuery, match="No order has the product Cupp"):
        analyze({**PAIRS, "item": "Cupp"}, order_facts(order_line(name="Cup")))


def test_pairs_in_too_few_orders_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="5 or more of the 1 orders"):
        analyze(PAIRS, order_facts(order_line(), order_line(sku="CUP", name="Cup")))


def respond_to_price(elasticity: float) -> Any:
    """Prices of a third of the products change week by week, and what is sold with them."""

    def change(sale: Sale) -> None:
        if sale.product % 3 == 0:
            factor = (1.0, 1.2, 0.9, 1.35)[(sale.day // 7 + sale.product) % 4]
            sale.price = round(sale.price * factor)
            sale.chance = 0.5 * factor**elasticity

    return change


def test_the_elasticity_that_was_planted_is_within_its_interval() -> None:
    lines = build_sales(40 * 7, orders=60, effect=respond_to_price(-1.5))

    result = analyze(PRICES, build_facts(lines, days=280))

    rows = get_rows(result, "variants")
    assert {row["variant"] for row in rows} == {"S0", "S3", "S6", "S9"}
    inside = [row["low"] < -1.5 < row["high"] for row in rows]
    assert sum(inside) >= 3
    assert all(row["reading"] == "fewer units at higher prices" for row in rows)
    assert isinstance(result.findings, PriceEffectFindings)
    assert result.findings.variants_refused == 8


def test_the_elasticity_is_that_of_a_regression_by_sql(tmp_path: Path) -> None:
    """Without other products: a regression on one variable."""
    lines = [
        line
        for line in build_sales(20 * 7, orders=60, effect=respond_to_price(-1.5))
        if line["sku"] == "S0"
    ]
    facts = build_facts(lines, days=140)

    [row] = get_rows(analyze(PRICES, facts), "variants")

    file = tmp_path / "lines.parquet"
    facts.lines.collect().write_parquet(file)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.read_parquet(str(file)).create_view("sold")
        [slope] = database.execute(
            "SELECT regr_slope(ln(units), ln(amount / units)) FROM (SELECT "
            "sum(quantity) AS units, sum(amount_minor) AS amount FROM sold "
            "GROUP BY date_trunc('week', \"at\"))"
        ).fetchall()[0]
    assert row["elasticity"] == round(slope, 2)


def test_prices_that_hardly_vary_are_refused() -> None:
    facts = build_facts(build_sales(100), days=100)

    with pytest.raises(NotEnoughData, match="prices that differ by 3%"):
        analyze(PRICES, facts)


def test_prices_in_several_currencies_are_refused_with_those_to_choose_from() -> None:
    lines = build_sales(20)
    lines[0] |= {"currency": "EUR"}

    with pytest.raises(ImpossibleQuery, match="possible are EUR, USD"):
        analyze(PRICES, build_facts(lines, days=20))


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(5, 2.5706), (7, 2.3646), (10, 2.2281), (30, 2.0423), (1000, 1.9623)],
)
def test_the_quantiles_of_t_are_those_of_the_tables(
    freedom: int, quantile: float
) -> None:
    assert compute_t_quantile(0.975, freedom) == pytest.approx(quantile, abs=0.003)


def test_least_squares_is_that_of_numpy_and_its_interval_holds() -> None:
    random = np.random.default_rng(4)
    inside = 0
    for _ in range(300):
        columns = np.column_stack([np.ones(15), random.normal(size=(15, 2))])
        target = columns @ [1.0, -2.0, 0.5] + random.normal(size=15)
        fit = fit_least_squares(columns, target)
        assert fit is not None
        solution = np.linalg.lstsq(columns, target)[0]
        assert [each.value for each in fit] == pytest.approx(solution)
        inside += fit[1].low < -2 < fit[1].high
    assert 0.92 < inside / 300 < 0.98


def test_columns_that_depend_on_each_other_determine_nothing() -> None:
    column = np.arange(10.0)

    assert fit_least_squares(np.column_stack([column, 2 * column]), column) is None


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=60))
def test_gini_is_the_mean_difference_by_twice_the_mean(sizes: list[int]) -> None:
    sizes.sort(reverse=True)
    count, mean = len(sizes), sum(sizes) / len(sizes)
    differences = sum(abs(a - b) for a in sizes for b in sizes) / count**2

    assert compute_gini(sizes) == pytest.approx(differences / (2 * mean), abs=1e-9)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
def test_class_a_reaches_80_percent_and_not_without_its_last_value(
    sizes: list[int],
) -> None:
    sizes.sort(reverse=True)

    classes = classify_sizes(sizes)

    assert classes == sorted(classes)
    for name, limit in (("A", 0.8), ("B", 0.95)):
        inside = [
            s for s, c in zip(sizes, classes, strict=True) if c <= name
        ]  # A, or A and B
        assert sum(inside) >= limit * sum(sizes) or len(inside) == len(sizes)
        assert sum(inside[:-1]) < limit * sum(sizes)


def test_values_are_in_their_classes_with_the_running_share() -> None:
    lines = [
        order_line(order_id=sku, sku=sku, name=sku, amount_minor=amount)
        for sku, amount in (("A", 8000), ("B", 1500), ("C", 400), ("D", 100))
    ]

    result = analyze(CONCENTRATION, order_facts(*lines))

    assert [tuple(row.values()) for row in get_rows(result, "values")] == [
        ("A", 80.0, 80.0, "A"),
        ("B", 15.0, 95.0, "B"),
        ("C", 4.0, 99.0, "C"),
        ("D", 1.0, 100.0, "C"),
    ]
    assert [row["count"] for row in get_rows(result, "classes")] == [1, 1, 2]
    found = result.findings
    assert isinstance(found, ConcentrationFindings)
    assert (found.total, found.values) == (100.0, 4)


def sell_to(customers: int, amount: int, name: str) -> list[Json]:
    return [
        order_line(order_id=f"{name}{n}", customer=f"{name}{n}", amount_minor=amount)
        for n in range(customers)
    ]


def test_classes_of_few_customers_stay_without_figures() -> None:
    lines = [*sell_to(2, 1_000_000, "big"), *sell_to(60, 1000, "small")]

    result = analyze({**CONCENTRATION, "by": "customer"}, order_facts(*lines))

    rows = get_rows(result, "classes")
    assert [row["count"] for row in rows] == ["fewer than 5", 0, 60]
    assert all("amount" not in row for row in rows)
    assert [table.name for table in result.tables] == ["classes"]


def test_shares_of_few_customers_are_left_out() -> None:
    few = analyze(
        {**CONCENTRATION, "by": "customer"}, order_facts(*sell_to(40, 1000, "c"))
    )
    many = analyze(
        {**CONCENTRATION, "by": "customer"}, order_facts(*sell_to(60, 1000, "c"))
    )

    assert isinstance(few.findings, ConcentrationFindings)
    assert isinstance(many.findings, ConcentrationFindings)
    assert few.findings.top_tenth_percent is None
    assert few.findings.top_fifth_percent == 20
    assert many.findings.top_tenth_percent == 10


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_net_revenue_is_shared_out_by_what_has_some(seed: int) -> None:
    lines = build_baskets(seed, 60)

    result = analyze({**CONCENTRATION, "metric": "net_revenue"}, order_facts(*lines))

    sums: Counter[str] = Counter()
    for line in lines:
        if line["status"] == "DELIVERED":
            sums[line["sku"]] += line["amount_minor"]
    rows = get_rows(result, "values")
    assert sum(round(row["net_revenue"] * 100) for row in rows) == sum(sums.values())
