"""The facts of each family that a query is of, in one form for its steps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

import polars as pl

from analytics.facts.family_facts import FamilyFacts
from analytics.facts.order_facts import LineBlock, OrderFacts
from analytics.semantic.extent import Extent, read_extent
from analytics.semantic.spellings import read_spellings
from analytics.semantic.steps import Frames, Step, StepRunner, collect_plans
from webapp.insights.query.windows import TimeRange


class FactSource(Protocol):
    """The facts of one family up to now."""

    @property
    def first(self) -> datetime | None:
        """When the first of them was recorded."""
        ...

    @property
    def only_currency(self) -> str | None:
        """The currency of all amounts, where it is known to be one."""
        ...

    @property
    def whole_until(self) -> datetime | None:
        """Days that begin before it are counted as a whole."""
        ...

    @property
    def weight(self) -> str | None:
        """The column with the number of facts that a row stands for; each is one without it."""
        ...

    def read_spellings(
        self, dimensions: Iterable[str]
    ) -> Mapping[str, pl.DataFrame]: ...

    def run(self, step: Step, ranges: Sequence[TimeRange]) -> Sequence[Frames]:
        """Run a step over the facts that the ranges need, and possibly others."""
        ...


@dataclass(frozen=True)
class OrderSource:
    facts: OrderFacts
    now: datetime
    run_step: StepRunner
    is_alone: bool = True
    """Whether there are no amounts of other families, which are in the shop's currency."""
    whole_until: datetime | None = None
    weight: str | None = None

    @cached_property
    def _extent(self) -> Extent:
        return read_extent(self.facts, self.now, self.run_step)

    @property
    def first(self) -> datetime | None:
        return self._extent.first

    @property
    def only_currency(self) -> str | None:
        return self._extent.only_currency if self.is_alone else None

    def read_spellings(self, dimensions: Iterable[str]) -> Mapping[str, pl.DataFrame]:
        return read_spellings(dimensions, self.facts, self.now, self.run_step)

    def run(self, step: Step, ranges: Sequence[TimeRange]) -> Sequence[Frames]:
        selected = self.facts.select_months([each.instants for each in ranges])
        return self.run_step(step, selected)


@dataclass(frozen=True)
class FamilySource:
    """Facts that were read for this query alone. Their amounts, if any, are in the shop's
    currency."""

    facts: FamilyFacts
    home_currency: str

    @property
    def first(self) -> datetime | None:
        return self.facts.first

    @property
    def only_currency(self) -> str | None:
        return self.home_currency

    @property
    def whole_until(self) -> datetime | None:
        return self.facts.whole_until

    @property
    def weight(self) -> str | None:
        return self.facts.weight

    def read_spellings(self, dimensions: Iterable[str]) -> Mapping[str, pl.DataFrame]:
        return {
            name: self.facts.spellings[name]
            for name in dimensions
            if name in self.facts.spellings
        }

    def run(self, step: Step, ranges: Sequence[TimeRange]) -> Sequence[Frames]:  # noqa: ARG002
        return [collect_plans(step(LineBlock(self.facts.rows)))]
