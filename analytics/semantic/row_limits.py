"""Which rows of a table a query shows: the first ones of all, or of each group."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

PLACE, PLACE_WITHIN = "place", "place_within"
"""The number of a row, from 0, among all and among those of its group."""


@dataclass(frozen=True)
class RowLimit:
    """`limit`, `offset` and `limitBy` of a query. Without keys, all rows are one group."""

    offset: int
    limit: int | None
    keys: Sequence[pl.Expr] = ()
    """What the rows of a group have in common."""
    order: Sequence[tuple[pl.Expr, bool]] = ()
    """By which groups are in order, and whether it descends; then by the first row of each."""

    def take_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that are shown, of rows in their order: group by group."""
        if not self.keys:
            return rows.slice(self.offset, self.limit)
        is_shown = pl.col(PLACE_WITHIN) >= self.offset
        if self.limit is not None:
            is_shown &= pl.col(PLACE_WITHIN) < self.offset + self.limit
        first = pl.col(PLACE).min().over(list(self.keys))
        by = [*self.order, (first, False), (pl.col(PLACE), False)]
        columns, descending = zip(*by, strict=True)
        return (
            self._number_rows(rows)
            .sort(list(columns), descending=list(descending))
            .filter(is_shown)
            .drop(PLACE, PLACE_WITHIN)
        )

    def count_ties(self, rows: pl.DataFrame, figure: str) -> tuple[int, int]:
        """The groups in which the first row that is left out has the same figure as the last one
        that is shown, and all groups with rows."""
        if self.limit is None or rows.is_empty():
            return 0, 0
        last = self.offset + self.limit - 1
        numbered = self._number_rows(rows)
        groups = numbered.filter(pl.col(PLACE_WITHIN) == 0).height
        following = pl.col(figure).shift(-1).over(self._groups)
        tied = numbered.select(
            (pl.col(PLACE_WITHIN) == last) & (pl.col(figure) == following)
        )
        return int(tied.to_series().fill_null(value=False).sum()), groups

    @property
    def _groups(self) -> list[pl.Expr]:
        return list(self.keys) or [pl.lit(1)]

    def _number_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        number = pl.int_range(pl.len())
        return rows.with_columns(
            number.alias(PLACE), number.over(self._groups).alias(PLACE_WITHIN)
        )
