"""What runs out when: the demand of simulated shops that are often sold out, and rule by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pytest

from analytics.analyses.context import AnalysisContext
from analytics.analyses.demand import DailySales, Demand, estimate_demand
from analytics.analyses.stock_sales import read_stock_history
from analytics.facts.order_facts import OrderFacts
from analytics.facts.stock_facts import StockFacts
from tests.support.order_lines import order_facts, order_line
from tests.support.sales_lines import get_rows
from tests.support.stock import (
    AS_OF,
    UTC_ZONE,
    analyze_stock,
    march,
    sell_units,
    stock_facts,
    stock_movement,
    stock_variant,
)
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import StockOutlookRequest
from webapp.insights.analyses.results import AnalysisResult, StockOutlookFindings
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.windows import TimeRange, to_local

Json = dict[str, Any]
NOW = march(30)
MARCH = {
    "window": {"firstDay": "2026-03-01", "lastDay": "2026-03-29"},
    "asOf": NOW.isoformat(),
}


# --- The past error of the method, on simulated demand ---------------------------------------


@dataclass(frozen=True, eq=False)
class Shelf:
    """How a variant sells, and how it is restocked."""

    rate: float
    """Units a day, while there is stock."""
    batches: Sequence[int]
    """Units that a customer takes at a time, one of these."""
    restock: int
    days_without: tuple[int, int]
    """How long it takes until it is restocked, once it is sold out."""


SHELVES = (
    Shelf(rate=5, batches=[1], restock=60, days_without=(3, 12)),
    Shelf(rate=5, batches=[1, 1, 2, 5], restock=60, days_without=(3, 12)),
    Shelf(rate=0.5, batches=[1], restock=10, days_without=(3, 12)),
    Shelf(rate=0.12, batches=[1], restock=4, days_without=(3, 20)),
    Shelf(rate=2, batches=[1, 1, 1, 3], restock=15, days_without=(5, 9)),
    Shelf(rate=20, batches=[1, 2, 3], restock=300, days_without=(2, 6)),
)
DAYS = 56


class SimulatedShop:
    """Variants, of which one in six is of each shelf, over eight weeks; and what comes after."""

    def __init__(self, seed: int, count: int) -> None:
        self._random = np.random.default_rng(seed)
        self.start = NOW - timedelta(days=DAYS)
        self.shelves = [SHELVES[number % len(SHELVES)] for number in range(count)]
        self.lines: list[Json] = []
        self.movements: list[Json] = []
        self.stocks = [self._sell(number) for number in range(count)]

    def _sell(self, number: int) -> int:
        """The units that are left now."""
        shelf, random = self.shelves[number], self._random
        stock, at, restocked_at = shelf.restock, 0.0, float("inf")
        gap = float(np.mean(shelf.batches)) / shelf.rate
        while True:
            at += random.exponential(gap)
            if restocked_at < min(at, DAYS):
                stock, at = shelf.restock, restocked_at
                self._move(number, at, stock)
                restocked_at = float("inf")
                continue
            if at >= DAYS:
                return stock
            units = min(int(random.choice(shelf.batches)), stock)
            if units:
                stock -= units
                self._move(number, at, -units)
                self._order(number, at, units)
                if not stock:
                    restocked_at = at + random.uniform(*shelf.days_without)

    def _move(self, number: int, days: float, units: int) -> None:
        at = self.start + timedelta(days=days)
        sold = max(-units, 0)
        self.movements.append(stock_movement(number, at, on_hand=units, sold=sold))

    def _order(self, number: int, days: float, units: int) -> None:
        at = self.start + timedelta(days=days)
        name = f"S{number}"
        line = order_line(order_id=f"{name} {days}", at=at, sku=name, quantity=units)
        self.lines.append(line)

    def load(self) -> tuple[OrderFacts, StockFacts]:
        created = self.start - timedelta(days=1)
        variants = [
            stock_variant(
                number, on_hand=stock, created_at=created, recorded_at=created
            )
            for number, stock in enumerate(self.stocks)
        ]
        facts = stock_facts(variants, self.movements, as_of=NOW)
        return order_facts(*self.lines, as_of=NOW), facts

    @cached_property
    def learned(self) -> tuple[list[int], Demand]:
        """The numbers of the variants, and what is learned of their demand."""
        orders, facts = self.load()
        context = AnalysisContext.from_facts(
            StockOutlookRequest(), orders, home_currency="USD", zone=UTC_ZONE
        )
        window = TimeRange(
            to_local(self.start, UTC_ZONE), to_local(NOW, UTC_ZONE), UTC_ZONE
        )
        history = read_stock_history(context, facts, facts.variants, window)
        numbers = [int(sku.removeprefix("S")) for sku in history.variants["sku"]]
        return numbers, estimate_demand(history.sales)

    def sell_out(self, number: int) -> float:
        """The days in which the units that are left are sold, one time."""
        shelf, stock, days = self.shelves[number], self.stocks[number], 0.0
        while stock > 0:
            days += self._random.exponential(float(np.mean(shelf.batches)) / shelf.rate)
            stock -= int(self._random.choice(shelf.batches))
        return days


@pytest.fixture(scope="module")
def shops() -> list[SimulatedShop]:
    return [SimulatedShop(seed, count=96) for seed in range(3)]


def test_demand_is_not_taken_for_low_where_it_was_sold_out(
    shops: list[SimulatedShop],
) -> None:
    """The bias of the estimate, and that of all days, over all variants; and by shelf."""
    found: dict[Shelf, list[float]] = {shelf: [] for shelf in SHELVES}
    naive: dict[Shelf, list[float]] = {shelf: [] for shelf in SHELVES}
    for shop in shops:
        numbers, demand = shop.learned
        for number, rate, units in zip(
            numbers, demand.rates, demand.units, strict=True
        ):
            shelf = shop.shelves[number]
            found[shelf].append(rate / shelf.rate - 1)
            naive[shelf].append(units / DAYS / shelf.rate - 1)

    biases = {shelf: float(np.mean(each)) for shelf, each in found.items()}
    assert all(abs(bias) < 0.1 for bias in biases.values()), biases
    assert abs(np.mean([*biases.values()])) < 0.04
    assert all(np.mean(each) < -0.1 for each in naive.values())


@pytest.mark.slow
@pytest.mark.parametrize(("level", "least", "most"), [(0.8, 76, 85), (0.95, 92, 98)])
def test_the_interval_contains_the_day_as_often_as_it_says(
    shops: list[SimulatedShop], level: float, least: float, most: float
) -> None:
    inside, before = [], []
    for shop in shops:
        numbers, demand = shop.learned
        stock = np.array([shop.stocks[number] for number in numbers], dtype=np.float64)
        low, middle, high = (
            demand.find_days(stock, probability)
            for probability in ((1 - level) / 2, 0.5, (1 + level) / 2)
        )
        for index, number in enumerate(numbers):
            if stock[index] and demand.units[index]:
                days = [shop.sell_out(number) for _ in range(5)]
                inside += [low[index] <= each <= high[index] for each in days]
                before += [each <= middle[index] for each in days]

    assert len(inside) > 800
    assert least < 100 * np.mean(inside) < most
    assert 0.4 < np.mean(before) < 0.56


def test_the_units_that_last_are_not_sold_sooner_as_often_as_it_says(
    shops: list[SimulatedShop],
) -> None:
    """The reorder of the interval: nine of ten times it lasts the 30 days."""
    lasts = []
    for shop in shops:
        numbers, demand = shop.learned
        units = demand.find_stock(30, 0.9)
        for index, number in enumerate(numbers):
            shelf = shop.shelves[number]
            if shelf.batches == [1] and demand.units[index]:
                sold = np.random.default_rng(number).poisson(30 * shelf.rate)
                lasts.append(sold <= units[index])

    assert 0.85 < np.mean(lasts) < 0.96


# --- Pure ------------------------------------------------------------------------------------


def learn_units(*units: float, days: float = 100) -> Demand:
    """From units a day that hardly vary."""
    values = np.array(units, dtype=np.float64)
    exposure = np.full_like(values, days)
    none = np.zeros_like(values)
    return estimate_demand(DailySales(values, exposure, none, none, none))


@pytest.mark.parametrize(
    ("stock", "units", "probability", "quantile"),
    # Of the tables of F: degrees of freedom are twice the stock, and twice the units and one.
    [
        (5, 10, 0.95, 2.321),
        (10, 7, 0.95, 2.328),
        (30, 30, 0.95, 1.531),
        (5, 10, 0.05, 0.359),
    ],
)
def test_the_time_until_units_are_sold_is_an_f_distribution(
    stock: int, units: int, probability: float, quantile: float
) -> None:
    demand = learn_units(units)

    [days] = demand.find_days(np.array([float(stock)]), probability)

    assert days == pytest.approx(100 * stock / (units + 0.5) * quantile, rel=0.02)


def test_demand_that_varies_more_has_a_wider_interval_and_the_same_rate() -> None:
    """Five units at once every tenth day, or half a unit a day on average, one by one."""
    units, days = np.full(2, 50.0), np.full(2, 100.0)
    sales = DailySales(units, days, days, units, np.array([250.0, 50.0]))

    demand = estimate_demand(sales)

    assert demand.rates == pytest.approx([0.5, 0.5])
    assert demand.dispersion[0] > 3.5
    assert demand.dispersion[1] < 2
    stock = np.full(2, 20.0)
    widths = demand.find_days(stock, 0.9) - demand.find_days(stock, 0.1)
    assert widths[0] > 1.5 * widths[1]


def test_a_variant_that_sold_little_is_taken_to_vary_as_the_others_do() -> None:
    """Two that sell four at a time; of the third, two single units say little."""
    units, days = np.array([400.0, 400.0, 2.0]), np.full(3, 100.0)
    squares = np.array([400 * 8.0, 400 * 8.0, 2.0])

    dispersion = estimate_demand(
        DailySales(units, days, days, units, squares)
    ).dispersion

    assert dispersion[2] > 2.5


def test_nothing_that_was_not_sold_runs_out() -> None:
    demand = learn_units(0)

    assert demand.rates == [0]
    assert demand.find_days(np.array([5.0]), 0.5) == [np.inf]
    assert demand.find_stock(30, 0.9) == [0]


def test_more_stock_lasts_longer_and_units_last_as_long_as_they_were_asked_to() -> None:
    demand = learn_units(30)

    units = demand.find_stock(60, 0.9)

    assert demand.find_days(units, 0.1) >= 60
    assert demand.find_days(units - 1, 0.1) < 60
    assert demand.find_days(units + 10, 0.1) > demand.find_days(units, 0.1)
    low, high = demand.find_rates(0.1), demand.find_rates(0.9)
    assert low < demand.rates < high


# --- Rules -----------------------------------------------------------------------------------


def order_units(sku: str, *days: int, units: int = 1, **line: Any) -> list[Json]:
    return [
        order_line(
            order_id=f"{sku} {day}", sku=sku, at=march(day, 12), quantity=units, **line
        )
        for day in days
    ]


def analyze_march(
    lines: Sequence[Json],
    variants: Sequence[Json],
    movements: Sequence[Json] = (),
    **request: Any,
) -> AnalysisResult:
    facts = stock_facts(variants, movements, as_of=NOW)
    return analyze_stock({**MARCH, **request}, order_facts(*lines, as_of=NOW), facts)


EVERY_DAY = range(1, 30)


def test_what_runs_out_when_and_what_to_reorder() -> None:
    """A mug a day: ten last ten days, and 34 are needed for 14 and 30 days."""
    lines = order_units("S1", *EVERY_DAY)

    result = analyze_march(lines, [stock_variant(1, on_hand=10)])

    [row] = get_rows(result, "running_out")
    assert (row["variant"], row["name"], row["stock"]) == ("S1", "Mug 1", 10)
    assert row["units_per_day"] == 1
    assert row["units_per_day_low"] < 1 < row["units_per_day_high"]
    assert row["runs_out"] == "2026-04-08"
    assert row["runs_out_low"] < row["runs_out"] < row["runs_out_high"]
    assert row["order_by"] == "2026-03-30"
    # In the lead time ten of 14 can be sold: 30 more are needed afterwards.
    assert row["reorder"] == 30
    assert row["reorder_high"] > 30
    assert isinstance(result.findings, StockOutlookFindings)
    assert result.findings.running_out == 1
    assert result.findings.running_out_before_arrival == 1


def test_lead_time_and_days_to_cover_are_those_asked_for() -> None:
    lines = order_units("S1", *EVERY_DAY)

    result = analyze_march(
        lines, [stock_variant(1, on_hand=20)], leadTimeDays=5, coverDays=10
    )

    [row] = get_rows(result, "running_out")
    assert row["reorder"] == 0
    assert row["order_by"] > "2026-03-31"
    assert isinstance(result.findings, StockOutlookFindings)
    assert result.findings.running_out == 0


def test_days_without_stock_are_left_out_and_what_they_lost_is_estimated() -> None:
    """Two a day in the first half of the time; then there are none."""
    lines = order_units("S1", *range(1, 16), units=2)
    movements = [sell_units(1, march(day, 12), 2) for day in range(1, 16)]

    result = analyze_march(lines, [stock_variant(1, on_hand=0)], movements)

    assert get_rows(result, "running_out") == []
    [row] = get_rows(result, "out_of_stock")
    days = 14.5
    assert row["units_per_day"] == round(30 / days, 3)
    assert row["out_since"] == "2026-03-15"
    assert row["lost_units"] == pytest.approx(30 / days * (29 - days), abs=0.01)
    assert isinstance(result.findings, StockOutlookFindings)
    assert result.findings.out_of_stock == 1
    assert result.findings.lost_units_per_day == row["units_per_day"]
    assert any("is an estimate" in note for note in result.notes)


def test_units_that_are_held_cannot_be_bought() -> None:
    lines = order_units("S1", *EVERY_DAY) + order_units("S2", *EVERY_DAY)

    held = stock_variant(2, held=10, recorded_at=None)
    result = analyze_march(lines, [stock_variant(1, held=1), held])

    [row] = get_rows(result, "running_out")
    assert (row["variant"], row["stock"]) == ("S1", 9)
    assert [row["variant"] for row in get_rows(result, "out_of_stock")] == ["S2"]


def test_a_variant_of_which_the_stock_is_not_recorded_is_taken_to_have_had_some() -> (
    None
):
    result = analyze_march(
        order_units("S1", *EVERY_DAY), [stock_variant(1, recorded_at=None)]
    )

    [row] = get_rows(result, "running_out")
    assert row["units_per_day"] == 1
    assert "The stock of 1 variants was not recorded all the time" in result.notes[0]


def test_a_variant_counts_from_its_creation_or_its_first_sale_on() -> None:
    created = {"created_at": march(20), "recorded_at": march(20)}
    lines = order_units("S1", *range(20, 30)) + order_units("S2", *range(10, 30))

    result = analyze_march(
        lines, [stock_variant(1, **created), stock_variant(2, **created)]
    )

    rates = {
        row["variant"]: row["units_per_day"] for row in get_rows(result, "running_out")
    }
    assert rates == {"S1": 1.0, "S2": round(20 / 19.5, 3)}


def test_what_is_not_for_sale_or_filtered_out_is_no_part_of_it() -> None:
    lines = [
        line for number in range(1, 4) for line in order_units(f"S{number}", *EVERY_DAY)
    ]
    variants = [
        stock_variant(1),
        stock_variant(2, is_for_sale=False),
        stock_variant(3, category="Garden"),
    ]

    kitchen = [{"dimension": "category", "in": ["kitchen"]}]
    result = analyze_march(lines, variants, filters=kitchen)

    assert [row["variant"] for row in get_rows(result, "running_out")] == ["S1"]
    assert "only category kitchen" in result.title


def test_too_few_days_with_stock_say_nothing() -> None:
    """Of two that sold, one came five days ago."""
    late = {"created_at": march(25), "recorded_at": march(25)}
    lines = order_units("S1", *EVERY_DAY) + order_units("S2", *range(25, 30))

    result = analyze_march(
        lines, [stock_variant(1), stock_variant(2, **late), stock_variant(3)]
    )

    assert [row["variant"] for row in get_rows(result, "running_out")] == ["S1"]
    assert isinstance(result.findings, StockOutlookFindings)
    assert (result.findings.variants, result.findings.unsold) == (1, 1)
    assert any("Of 1 variants there is no estimate" in note for note in result.notes)


def test_without_any_sale_there_is_nothing_to_learn_from() -> None:
    with pytest.raises(NotEnoughData, match="of 1 variants none has"):
        analyze_march([], [stock_variant(1)])


@pytest.mark.parametrize(
    ("request_fields", "message"),
    [
        (
            {"filters": [{"dimension": "country", "in": ["US"]}]},
            "cannot be split by country",
        ),
        ({"currency": "USD"}, "A currency is of orders"),
        (
            {"filters": [{"dimension": "category", "in": ["Toys"]}]},
            "has the category Toys",
        ),
    ],
)
def test_what_stock_does_not_have_is_refused(
    request_fields: Json, message: str
) -> None:
    with pytest.raises(ImpossibleQuery, match=message):
        analyze_march(
            order_units("S1", *EVERY_DAY), [stock_variant(1)], **request_fields
        )


def test_an_earlier_time_is_asked_of_the_stock_of_then() -> None:
    lines = order_units("S1", *EVERY_DAY)
    movements = [sell_units(1, march(day, 12), 1) for day in EVERY_DAY]
    facts = stock_facts([stock_variant(1, on_hand=5)], movements, as_of=AS_OF)

    result = analyze_stock(
        {"asOf": march(20).isoformat()}, order_facts(*lines, as_of=AS_OF), facts
    )

    [row] = get_rows(result, "running_out")
    assert (row["stock"], row["runs_out"]) == (15, "2026-04-03")


def test_a_variant_whose_stock_was_not_recorded_yet_is_left_out() -> None:
    lines = order_units("S1", *EVERY_DAY) + order_units("S2", *EVERY_DAY)
    facts = stock_facts([stock_variant(1), stock_variant(2, recorded_at=march(30, 1))])

    result = analyze_stock(MARCH, order_facts(*lines), facts)

    assert [row["variant"] for row in get_rows(result, "running_out")] == ["S1"]
    assert get_rows(result, "out_of_stock") == []
    assert (
        "The stock of 1 variants was not recorded yet: they are left out"
        in result.notes
    )
