"""What orders came to, in both windows of a change: paid, canceled, or not paid. An order that does
not count is in no figure of sales, so that no dimension of these shows a wave of cancellations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from analytics.analyses.contributions import (
    Contribution,
    DimensionChange,
    split_change,
)
from analytics.analyses.explained_facts import ExplainedFacts, MeasureValues
from analytics.analyses.presentation import (
    build_table,
    dimension_column,
    figure_column,
    round_share,
    to_figure,
)
from analytics.analyses.proportions import compute_binomial_tail
from analytics.semantic.measures import COUNTED_SALE, MEASURES, SALE
from webapp.insights.analyses.results import AnalysisTable, Figure
from webapp.insights.query.definitions import METRICS, Unit

OF_SALES = ("net_revenue", "gross_sales", "units", "orders")
"""Metrics of which it is told what orders came to."""
MAX_CHANCE = 0.01
LATER: Mapping[str, int] = {"returns": -1, "adjustments": 1, "refunds": -1}
"""What net revenue has besides what was sold, with its sign there."""
PAID, CANCELED, FAILED, UNPAID = "paid", "canceled", "payment failed", "not paid"
OUTCOME = (
    pl.when(pl.col("status") == "CANCELLED")
    .then(pl.lit(CANCELED))
    .when(COUNTED_SALE)
    .then(pl.lit(PAID))
    .when(pl.col("status") == "PAYMENT_FAILED")
    .then(pl.lit(FAILED))
    .otherwise(pl.lit(UNPAID))
)


@dataclass(frozen=True)
class OrderOutcomes:
    """By outcome, orders and the metric of what was placed, before and now; amounts in minor
    units."""

    metric: str
    orders: tuple[MeasureValues, MeasureValues]
    values: DimensionChange
    later: Mapping[str, int]
    """The changes of what net revenue has besides, with their signs there."""

    @property
    def placed(self) -> int:
        """The change of all that was placed, whatever it came to."""
        return sum(part.change for part in self.values.parts)

    @property
    def lost(self) -> Sequence[Contribution]:
        """What was placed and does not count, the greatest change first."""
        return [part for part in self.values.parts if part.key != PAID]

    @property
    def total(self) -> int:
        """The change of the metric."""
        lost = sum(part.change for part in self.lost)
        return self.placed - lost + sum(self.later.values())

    @property
    def main(self) -> Contribution | None:
        """What more or fewer orders came to than would by chance, if it moved the metric the way
        that it went; of several that which did most."""
        moving = [
            part
            for part in self.lost
            if part.change * self.total < 0 and self._is_unusual(part.key)
        ]
        return max(moving, key=lambda part: abs(part.change), default=None)

    def _is_unusual(self, outcome: str) -> bool:
        """Whether so many of the orders of both windows would be in one of them by chance less
        often than `MAX_CHANCE`: binomial, by the part of all orders placed."""
        counts = [each.get(outcome, 0) for each in self.orders]
        placed = [sum(each.values()) for each in self.orders]
        return all(placed) and any(
            compute_binomial_tail(count, sum(counts), of / sum(placed)) < MAX_CHANCE
            for count, of in zip(counts, placed, strict=True)
        )

    def build_findings(self) -> Mapping[str, str | Figure]:
        """Of the outcome that stands out, if one does."""
        if (main := self.main) is None:
            return {}
        before, now = self.orders
        return {
            "outcome": main.key,
            "outcome_change": to_figure(-main.change, METRICS[self.metric].unit),
            "outcome_orders_before": before.get(main.key, 0),
            "outcome_orders_now": now.get(main.key, 0),
            "placed_orders_before": sum(before.values()),
            "placed_orders_now": sum(now.values()),
        }

    def build_table(self) -> AnalysisTable:
        """What was placed, less what it came to, and what net revenue has besides: together the
        change."""
        before, now = self.orders
        rows: list[dict[str, Any]] = [
            {
                "outcome": "orders placed",
                "orders_before": sum(before.values()),
                "orders_now": sum(now.values()),
                "change": self.placed,
            },
            *(
                {
                    "outcome": f"of these {part.key}",
                    "orders_before": before.get(part.key, 0),
                    "orders_now": now.get(part.key, 0),
                    "change": -part.change,
                }
                for part in self.lost
            ),
            *(
                {"outcome": METRICS[name].label, "change": change}
                for name, change in self.later.items()
                if change
            ),
        ]
        columns = [
            dimension_column("outcome"),
            figure_column("orders_before", Unit.COUNT),
            figure_column("orders_now", Unit.COUNT),
            figure_column("change", METRICS[self.metric].unit),
            figure_column(
                "share_percent", Unit.PERCENT, "share of the change in percent"
            ),
        ]
        for row in rows:
            row["share_percent"] = round_share(row["change"], self.total)
        return build_table("outcomes", "What orders came to", columns, rows)


def read_outcomes(metric: str, facts: ExplainedFacts) -> OrderOutcomes:
    """Of one of the metrics `OF_SALES`. Orders in a currency of which none counts in either window
    are left out, as amounts of the others are as paid."""
    orders, values = zip(
        *(_count_outcomes(metric, facts, each) for each in (facts.before, facts.now)),
        strict=True,
    )
    names = LATER if metric == "net_revenue" else ()
    found = facts.read_values((None, name) for name in names)
    return OrderOutcomes(
        metric,
        (orders[0], orders[1]),
        split_change("outcome", *values),
        {
            name: sign * (now[""] - before[""])
            for name, sign in LATER.items()
            if (None, name) in found
            for before, now in [found[None, name]]
        },
    )


def _count_outcomes(
    metric: str, facts: ExplainedFacts, lines: pl.LazyFrame
) -> tuple[MeasureValues, MeasureValues]:
    """Orders by outcome, and the metric."""
    measure = MEASURES["gross_sales" if metric == "net_revenue" else metric]
    money = facts.money
    column = money.column if measure.is_money else measure.value
    value = pl.col(column).n_unique() if measure.is_distinct else pl.col(column).sum()
    placed = lines.filter(SALE)
    if measure.is_money:
        is_told = pl.col(column).is_not_null()
        if not money.is_mixed:
            is_told &= pl.col("currency") == money.code
        placed = placed.filter(is_told)
    rows = (
        placed.group_by(OUTCOME.alias("outcome"))
        .agg(
            pl.col("order_number").n_unique().alias("orders"),
            value.alias("value"),
        )
        .collect(engine="streaming")
    )
    return (
        dict(rows.select("outcome", "orders").iter_rows()),
        dict(rows.select("outcome", "value").iter_rows()),
    )
