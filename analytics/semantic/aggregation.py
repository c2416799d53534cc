"""Aggregates lines by the keys of a query: first each partition, then the parts together.

Sums and counts of orders add up over partitions, as an order lies whole in one (the month of its
lines). What may be in several, such as a customer, crosses as its distinct values, so that all
counts are exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from analytics.semantic.dimension_keys import MULTIVALUED, key_name
from analytics.semantic.measures import MEASURES

PAID_IN = "paid_in"
"""The currency of the lines of a group."""
HAS_HOME = "has_home"
"""Whether their amounts are there in the shop's currency."""
MONEY_KEYS = (PAID_IN, HAS_HOME)
HOME = "home_"
LINES = "lines"
MULTIVALUED_KEYS = frozenset(map(key_name, MULTIVALUED))
"""Lists: a line is in the group of each of its values."""
SUMS = "sums"
_IS_ANY = "is_any"


@dataclass(frozen=True)
class Aggregation:
    """What is computed: measures, by keys that the lines have as columns."""

    keys: tuple[str, ...]
    measures: tuple[str, ...]
    only_currency: str | None = None
    """What all lines were paid in, if it is one: then nothing is converted."""
    weight: str | None = None
    """The column with the number of facts that a line stands for; each is one without it."""
    parts_orders: bool = True
    """Whether some lines of an order may be in a group, or pass a filter, and others not."""

    @property
    def _sums(self) -> list[str]:
        return [name for name in self.measures if not MEASURES[name].spans_partitions]

    @property
    def _sets(self) -> list[str]:
        return [name for name in self.measures if MEASURES[name].spans_partitions]

    @property
    def frame_names(self) -> Sequence[str]:
        """Of the first step."""
        return [SUMS, *self._sets]

    def aggregate(self, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        """The first step: frames by name, for one partition; of the lines that count for one of
        the measures."""
        conditions = [MEASURES[name].lines for name in self.measures]
        shared = conditions[0]
        is_shared = all(each.meta.eq(shared) for each in conditions)
        counted = lines.filter(shared if is_shared else pl.any_horizontal(conditions))
        for key in self.keys:
            if key in MULTIVALUED_KEYS:
                counted = counted.explode(key).filter(pl.col(key).is_not_null())
        if self.only_currency is None:
            counted = counted.with_columns(
                pl.col("currency").alias(PAID_IN),
                pl.col("home_amount_minor").is_not_null().alias(HAS_HOME),
            )
        frames = {SUMS: self._sum_lines(counted, is_filtered=is_shared)}
        for name in self._sets:
            measure = MEASURES[name]
            values = counted if is_shared else counted.filter(measure.lines)
            frames[name] = values.select(*self._grouping, measure.value).unique()
        return {name: self._name_currency(frame) for name, frame in frames.items()}

    @property
    def _grouping(self) -> list[str]:
        return [*self.keys, *(() if self.only_currency else MONEY_KEYS)]

    def _sum_lines(self, lines: pl.LazyFrame, *, is_filtered: bool) -> pl.LazyFrame:
        expressions = [count_facts(self.weight).alias(LINES)]
        for name in self._sums:
            expressions += self._build_expressions(name, is_filtered=is_filtered)
        if self._grouping:
            return lines.group_by(self._grouping).agg(expressions)
        is_any = pl.len().alias(_IS_ANY) > 0
        return lines.select(*expressions, is_any).filter(_IS_ANY).drop(_IS_ANY)

    def _build_expressions(self, name: str, *, is_filtered: bool) -> list[pl.Expr]:
        measure = MEASURES[name]

        def add_up(column: str) -> pl.Expr:
            value = pl.col(column)
            return (value if is_filtered else pl.when(measure.lines).then(value)).sum()

        if not measure.is_distinct:
            sums = [(add_up(measure.value) * measure.sign).alias(name)]
            if measure.is_money and self.only_currency is None:
                home = add_up(f"{HOME}{measure.value}") * measure.sign
                sums.append(home.alias(f"{HOME}{name}"))
            return sums
        if measure.once is not None and not self.parts_orders:
            return [add_up(measure.once).cast(pl.Int64).alias(name)]
        value = pl.col(measure.value)
        counted = value if is_filtered else value.filter(measure.lines)
        return [counted.n_unique().cast(pl.Int64).alias(name)]

    def _name_currency(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        if self.only_currency is None:
            return frame
        return frame.with_columns(
            pl.lit(self.only_currency).alias(PAID_IN),
            pl.lit(value=True).alias(HAS_HOME),
        )

    def combine(self, parts: Sequence[Mapping[str, pl.DataFrame]]) -> "Aggregated":
        """The second step, over the results of all partitions."""
        keys = [*self.keys, *MONEY_KEYS]
        sums = pl.concat([part[SUMS] for part in parts])
        return Aggregated(
            self,
            sums.group_by(keys).agg(pl.exclude(keys).sum()),
            {
                name: _unite_values([part[name] for part in parts])
                for name in self._sets
            },
        )


@dataclass(frozen=True)
class Aggregated:
    """Measures by the keys, and by what the orders were paid in."""

    aggregation: Aggregation
    sums: pl.DataFrame
    sets: Mapping[str, pl.DataFrame]

    @property
    def lines(self) -> int:
        """The number of lines that count for one of the measures."""
        return int(self.sums[LINES].sum())

    def list_currencies(self) -> list[str]:
        return sorted(self.sums[PAID_IN].unique())

    def total(self, keys: Sequence[str], *, in_home: bool) -> pl.DataFrame:
        """Add up to a row for each value of `keys`, which may have `PAID_IN`. With `in_home`,
        amounts are in the shop's currency, and lines without a rate are left out."""
        names = self.aggregation.measures
        converts = in_home and self.aggregation.only_currency is None
        chosen = [
            pl.col(f"{HOME}{name}" if converts and MEASURES[name].is_money else name)
            .sum()
            .alias(name)
            for name in names
            if name not in self.sets
        ]
        totals = _group_frame(self._select(self.sums, in_home=in_home), keys, chosen)
        for name, values in self.sets.items():
            selected = self._select(values, in_home=in_home)
            value = pl.col(MEASURES[name].value)
            count = value.n_unique() if self._joins_groups(keys) else pl.len()
            counts = _group_frame(selected, keys, [count.cast(pl.Int64).alias(name)])
            totals = _join_counts(totals, counts, keys, name)
        return totals.select(*keys, *names)

    def _joins_groups(self, keys: Sequence[str]) -> bool:
        """Whether a value may be there several times."""
        is_one_currency = self.aggregation.only_currency is not None
        return not (is_one_currency and set(self.aggregation.keys) <= set(keys))

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


def _unite_values(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Those of one part are distinct already."""
    found = [part for part in parts if not part.is_empty()]
    return pl.concat(found).unique() if len(found) > 1 else (found or parts)[0]


def count_facts(weight: str | None) -> pl.Expr:
    """The number of facts, where a row may stand for several."""
    return (pl.len() if weight is None else pl.col(weight).sum()).cast(pl.Int64)


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
