"""The spellings of dimensions, of all lines up to now, whatever the windows of a query.

The export stores those of each month. As long as no order of the month was rewritten, they are what
its lines say, and these need not be read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from analytics.facts.current_categories import CURRENT_CATEGORY
from analytics.facts.order_facts import LineBlock, OrderFacts
from analytics.semantic.dimension_keys import (
    SPELLINGS,
    group_spellings,
    rank_spellings,
)
from analytics.semantic.steps import KnownLinesStep, StepRunner, collect_plans

SPELLED = str(sorted(SPELLINGS.items()))
"""What the stored spellings are of: those of another version are not used."""


@dataclass(frozen=True)
class SpellingsStep(KnownLinesStep):
    dimensions: Sequence[str]

    def __call__(self, block: LineBlock) -> Mapping[str, pl.LazyFrame]:
        known = self.select_known(block)
        return {name: group_spellings(known, name) for name in self.dimensions}


def list_month_spellings(lines: pl.DataFrame) -> pl.DataFrame:
    """Of all dimensions: a row for each spelling, with no other columns but those of it, and the
    last time. To a step they say the same as the lines."""
    grouped = [group_spellings(lines.lazy(), name) for name in SPELLINGS]
    return pl.concat(pl.collect_all(grouped), how="diagonal").sort(pl.all())


def read_spellings(
    dimensions: Iterable[str], facts: OrderFacts, now: datetime, run_step: StepRunner
) -> Mapping[str, pl.DataFrame]:
    """By dimension, of those that have spellings: see `dimension_keys.list_spellings`."""
    wanted = dict.fromkeys(dimensions)
    found = {}
    if CURRENT_CATEGORY in wanted and facts.current_categories is not None:
        found[CURRENT_CATEGORY] = facts.current_categories
    names = [name for name in wanted if name in SPELLINGS]
    if not names:
        return found
    stored = [
        month
        for month in facts.months
        if facts.spelled == SPELLED and not month.is_rewritten and month.last_at <= now
    ]
    urls = {month.url for month in stored}
    others = [month for month in facts.months if month.url not in urls]
    step = SpellingsStep(now, names)
    parts = list(run_step(step, facts.with_months(others)))
    if stored:
        spelled = facts.with_months(stored).scan_spellings()
        parts.append(collect_plans(step(LineBlock(spelled))))
    plans = [_combine_parts([part[name] for part in parts], name) for name in names]
    return found | dict(zip(names, pl.collect_all(plans), strict=True))


def _combine_parts(parts: Sequence[pl.DataFrame], dimension: str) -> pl.LazyFrame:
    if len(parts) == 1:
        return rank_spellings(parts[0].lazy(), dimension)
    found = pl.concat(parts).lazy()
    return rank_spellings(group_spellings(found, dimension), dimension)
