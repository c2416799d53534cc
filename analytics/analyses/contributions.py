"""What a change consists of: the part of each value of a dimension, and which stands out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import polars as pl

from analytics.semantic.aggregation import Aggregated
from analytics.semantic.dimension_keys import key_name

MIN_SCORE = 0.2
"""Below, no value stands out of what its share of the metric would make it change."""


@dataclass(frozen=True)
class Contribution:
    key: Any
    before: int
    now: int
    stands_out: float
    """Its share of all movement less its share of the metric before, from -1 to 1."""

    @property
    def change(self) -> int:
        return self.now - self.before


@dataclass(frozen=True)
class DimensionChange:
    """A change by the values of one dimension, the greatest first."""

    dimension: str
    parts: Sequence[Contribution]

    @property
    def strongest(self) -> Contribution | None:
        return max(self.parts, key=lambda part: part.stands_out, default=None)

    @property
    def score(self) -> float:
        strongest = self.strongest
        return 0.0 if strongest is None else max(0.0, strongest.stands_out)


class Explained(Protocol):
    """A change by the values of one dimension."""

    @property
    def dimension(self) -> str: ...

    @property
    def score(self) -> float:
        """How much one of the values stands out, from 0 to 1."""
        ...


ExplainedT = TypeVar("ExplainedT", bound=Explained)


def split_change(
    dimension: str, before: Mapping[Any, int], now: Mapping[Any, int]
) -> DimensionChange:
    """By the metric of each value in both windows."""
    keys = sorted({*before, *now}, key=str)
    values = [(key, before.get(key, 0), now.get(key, 0)) for key in keys]
    movement = sum(abs(new - old) for _, old, new in values)
    size = sum(abs(old) for _, old, _ in values)
    parts = [
        Contribution(
            key,
            old,
            new,
            stands_out=_divide_parts(abs(new - old), movement)
            - _divide_parts(abs(old), size),
        )
        for key, old, new in values
        if old or new
    ]
    parts.sort(key=lambda part: (-abs(part.change), str(part.key)))
    return DimensionChange(dimension, parts)


def _divide_parts(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def find_main(changes: Iterable[ExplainedT]) -> ExplainedT | None:
    """The dimension that explains most; none where no value of any stands out."""
    best = max(changes, key=lambda each: each.score, default=None)
    return best if best is not None and best.score >= MIN_SCORE else None


def read_values(
    figures: Aggregated, dimension: str, metric: str, *, in_home: bool
) -> dict[Any, int]:
    """The metric by the keys of a dimension."""
    key = key_name(dimension)
    rows = figures.total([key], in_home=in_home)
    return dict(rows.select(key, pl.col(metric)).iter_rows())
