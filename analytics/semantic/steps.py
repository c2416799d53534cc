"""How the steps of a query are computed over its facts: here, in this process.

A step makes lazy frames of lines. It may be given all lines at once, or those of some months at a
time: what it returns for each is combined by whoever has made it.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from analytics.facts.order_facts import OrderFacts

Frames = Mapping[str, pl.DataFrame]
Step = Callable[[pl.LazyFrame], Mapping[str, pl.LazyFrame]]
StepRunner = Callable[[Step, OrderFacts], Sequence[Frames]]


def run_in_process(step: Step, facts: OrderFacts) -> Sequence[Frames]:
    """All lines at once, in one pass."""
    return [collect_step(step, facts)]


def collect_step(step: Step, facts: OrderFacts) -> Frames:
    return collect_plans(step(facts.scan()))


def collect_plans(plans: Mapping[str, pl.LazyFrame]) -> Frames:
    frames = pl.collect_all(list(plans.values()), engine="streaming")
    return dict(zip(plans, frames, strict=True))
