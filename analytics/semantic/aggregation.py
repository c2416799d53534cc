"""Aggregates lines by the keys of a query: first each partition, then the parts together.

Sums and counts of orders add up over partitions, as an order lies whole in one (the month of its
lines). What may be in several, such as a customer, crosses as its distinct values, so that all
counts are exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from analytics.semantic.measures import MEASURES, Measure

PAID_IN = "paid_in"
"""The currency of the lines of a group."""
HAS_HOME = "has_home"
"""Whether their amounts are there in the shop's currency."""
MONEY_KEYS = (PAID_IN, HAS_HOME)
HOME = "home_"


@dataclass(frozen=True)
class Aggregation:
    """What is computed: measures, by keys that the lines have as columns."""

    keys: tuple[str, ...]
    measures: tuple[str, ...]

    @property
    def _sums(self) -> list[str]:
        return [name for name in self.measures if not MEASURES[name].spans_partitions]

    @property
    def _sets(self) -> list[str]:
        return [name for name in self.measures if MEASURES[name].spans_partitions]

    def aggregate(self, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        """The first step: frames by name, for one partition."""
        grouped = lines.with_columns(
            pl.col("currency").alias(PAID_IN),
            pl.col("home_amount_minor").is_not_null().alias(HAS_HOME),
        )
        keys = [*self.keys, *MONEY_KEYS]
        sums = [
            expression
            for name in self._sums
            for expression in _build_expressions(name, MEASURES[name])
        ]
        frames = {"sums": grouped.group_by(keys).agg(sums)}
        for name in self._sets:
            measure = MEASURES[name]
            values = grouped.filter(measure.lines).select(*keys, measure.value)
            frames[name] = values.unique()
        return frames

    def combine(self, parts: Sequence[Mapping[str, pl.DataFrame]]) -> "Aggregated":
        """The second step, over the results of all partitions."""
        keys = [*self.keys, *MONEY_KEYS]
        sums = pl.concat([part["sums"] for part in parts])
        return Aggregated(
            self,
            sums.group_by(keys).agg(pl.exclude(keys).sum()),
            {
                name: pl.concat([part[name] for part in parts]).unique()
                for name in self._sets
            },
        )


@dataclass(frozen=True)
class Aggregated:
    """Measures by the keys, and by what the orders were paid in."""

    aggregation: Aggregation
    sums: pl.DataFrame
    sets: Mapping[str, pl.DataFrame]

    def list_currencies(self) -> list[str]:
        return sorted(self.sums[PAID_IN].unique())

    def total(self, keys: Sequence[str], *, in_home: bool) -> pl.DataFrame:
        """Add up to a row for each value of `keys`, which may have `PAID_IN`. With `in_home`,
        amounts are in the shop's currency, and lines without a rate are left out."""
        names = self.aggregation.measures
        chosen = [
            pl.col(f"{HOME}{name}" if in_home and MEASURES[name].is_money else name)
            .sum()
            .alias(name)
            for name in names
            if name not in self.sets
        ]
        totals = _group_frame(self._select(self.sums, in_home=in_home), keys, chosen)
        for name, values in self.sets.items():
            count = pl.col(MEASURES[name].value).n_unique().cast(pl.Int64).alias(name)
            selected = self._select(values, in_home=in_home)
            counts = _group_frame(selected, keys, [count])
            totals = _join_counts(totals, counts, keys, name)
        return totals.select(*keys, *names)

    def _select(self, frame: pl.DataFrame, *, in_home: bool) -> pl.DataFrame:
        return frame.filter(pl.col(HAS_HOME)) if in_home else frame

    def total_unconverted(self) -> pl.DataFrame:
        """By currency, as paid, what has no rate."""
        apart = Aggregated(
            self.aggregation,
            self.sums.filter(~pl.col(HAS_HOME)),
            {name: rows.filter(~pl.col(HAS_HOME)) for name, rows in self.sets.items()},
        )
        return apart.total([PAID_IN], in_home=False)


def _build_expressions(name: str, measure: Measure) -> list[pl.Expr]:
    selected = pl.col(measure.value).filter(measure.lines)
    if measure.is_distinct:
        return [selected.n_unique().cast(pl.Int64).alias(name)]
    sums = [(selected.sum() * measure.sign).alias(name)]
    if measure.is_money:
        home = pl.col(f"{HOME}{measure.value}").filter(measure.lines)
        sums.append((home.sum() * measure.sign).alias(f"{HOME}{name}"))
    return sums


def _group_frame(
    frame: pl.DataFrame, keys: Sequence[str], expressions: Sequence[pl.Expr]
) -> pl.DataFrame:
    """Without keys there is always one row: the total of nothing is zero."""
    if keys:
        return frame.group_by(keys).agg(expressions)
    return frame.select(expressions)


def _join_counts(
    totals: pl.DataFrame, counts: pl.DataFrame, keys: Sequence[str], name: str
) -> pl.DataFrame:
    if not keys:
        return totals.with_columns(counts[name]) if totals.width else counts
    joined = totals.join(counts, on=list(keys), how="left")
    return joined.with_columns(pl.col(name).fill_null(0))
