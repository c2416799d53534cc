"""How the steps of a query are computed over its facts: here, in this process.

A step makes lazy frames of blocks of lines. It may be given all lines, or those of some months at a
time: what it returns for each block is combined by whoever has made it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import polars as pl

from analytics.facts.order_facts import LineBlock, OrderFacts
from analytics.semantic.local_time import MICROSECOND

Name = TypeVar("Name")
Frames = Mapping[str, pl.DataFrame]


class Step(Protocol):
    @property
    def times(self) -> Sequence[datetime]:
        """The bounds of what it selects: lines between two of them are all selected, or none."""
        ...

    def __call__(self, block: LineBlock) -> Mapping[str, pl.LazyFrame]: ...


@dataclass(frozen=True)
class KnownLinesStep:
    """A step over all lines up to now, whatever the windows of a query."""

    now: datetime

    @property
    def times(self) -> Sequence[datetime]:
        return ()

    def select_known(self, block: LineBlock) -> pl.LazyFrame:
        return block.select_times(None, self.now + MICROSECOND).lines


class StepRunner(Protocol):
    def __call__(self, step: Step, facts: OrderFacts, /) -> Sequence[Frames]:
        """Frames of each block."""
        ...


def run_in_process(step: Step, facts: OrderFacts) -> Sequence[Frames]:
    """All blocks in one pass."""
    blocks = [step(block) for block in facts.scan_blocks(step.times)]
    plans = {
        (place, name): plan
        for place, frames in enumerate(blocks)
        for name, plan in frames.items()
    }
    found = collect_plans(plans)
    return [
        {name: found[place, name] for name in frames}
        for place, frames in enumerate(blocks)
    ]


def collect_plans(
    plans: Mapping[Name, pl.LazyFrame],
) -> Mapping[Name, pl.DataFrame]:
    frames = pl.collect_all(list(plans.values()), engine="streaming")
    return dict(zip(plans, frames, strict=True))
