"""Lines of a shop over many days, with effects that a test plants, for tests of analyses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from analytics.analyses.execution import run_analysis
from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import ORDER_LINES
from tests.support.order_lines import order_line
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.analyses.results import AnalysisResult, AnalysisTable

Json = dict[str, Any]
START = datetime(2025, 1, 6, tzinfo=UTC)
"""A Monday."""
CATEGORIES = ("Kitchen", "Garden", "Toys", "Books")
WEEKDAYS = (1.0, 0.9, 0.9, 1.0, 1.2, 1.4, 0.6)
UTC_ZONE = ZoneInfo("UTC")


@dataclass
class Sale:
    """A line before it is sold; an effect may change it, or its `chance` to happen at all."""

    day: int
    product: int
    country: str
    price: int
    quantity: int
    chance: float = 1.0

    @property
    def category(self) -> str:
        return CATEGORIES[self.product % len(CATEGORIES)]


Effect = Callable[[Sale], None]


def build_sales(
    days: int,
    *,
    seed: int = 1,
    orders: int = 20,
    effect: Effect = lambda _: None,
) -> list[Json]:
    """About so many orders a day, by customers from two countries, of twelve products."""
    random = Random(seed)  # noqa: S311
    lines = []
    for day in range(days):
        count = orders * WEEKDAYS[day % 7] * random.uniform(0.85, 1.15)
        for number in range(round(count)):
            sale = Sale(
                day=day,
                product=random.randrange(12),
                country=random.choice(["US", "US", "DE"]),
                price=0,
                quantity=random.choice([1, 1, 2]),
            )
            sale.price = 1000 + 100 * sale.product
            effect(sale)
            if random.random() < sale.chance:
                lines.append(_build_line(sale, number, random))
    return lines


def _build_line(sale: Sale, number: int, random: Random) -> Json:
    minutes = random.randrange(24 * 60)
    return order_line(
        order_id=f"{sale.day}-{number}",
        at=START + timedelta(days=sale.day, minutes=minutes),
        customer=f"c{random.randrange(200)}",
        sku=f"S{sale.product}",
        name=f"Product {sale.product}",
        category=sale.category,
        country=sale.country,
        quantity=sale.quantity,
        amount_minor=sale.quantity * sale.price,
    )


def build_facts(lines: Sequence[Json], *, days: int) -> OrderFacts:
    """As they are known so many days after the start."""
    frame = pl.DataFrame(list(lines), schema=ORDER_LINES)
    return OrderFacts(frame.lazy(), as_of=START + timedelta(days=days), source="test")


def analyze(
    request: Json, facts: OrderFacts, *, zone: ZoneInfo = UTC_ZONE
) -> AnalysisResult:
    return run_analysis(
        AnalysisBody.model_validate(request).root,
        facts,
        home_currency="USD",
        zone=zone,
    )


def get_table(result: AnalysisResult, name: str) -> AnalysisTable:
    return next(table for table in result.tables if table.name == name)


def get_rows(result: AnalysisResult, name: str) -> list[Json]:
    return list(get_table(result, name).rows)


def write_days(first: int, count: int) -> Json:
    """The window of so many days from one on."""
    start = START + timedelta(days=first)
    last = start + timedelta(days=count - 1)
    return {
        "firstDay": start.date().isoformat(),
        "lastDay": last.date().isoformat(),
    }
