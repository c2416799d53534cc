"""The time from which on there are lines, and what they were paid in: of all lines up to now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from analytics.facts.order_facts import LineBlock, OrderFacts, StoredMonth
from analytics.semantic.steps import KnownLinesStep, StepRunner


@dataclass(frozen=True)
class Extent:
    first: datetime | None
    """The time of the first line."""
    only_currency: str | None
    """What all lines were paid in, where that is known to be one currency."""


@dataclass(frozen=True)
class ExtentStep(KnownLinesStep):
    def __call__(self, block: LineBlock) -> Mapping[str, pl.LazyFrame]:
        known = self.select_known(block)
        return {
            "first": known.select(pl.col("at").min()),
            "currencies": known.select(pl.col("currency").unique()),
        }


def read_extent(facts: OrderFacts, now: datetime, run_step: StepRunner) -> Extent:
    """Reads only the files of which the manifest may say too much: those of orders that were
    rewritten, or with lines of the time after now, unless others begin before them."""
    exact = [month for month in facts.months if _is_exact(month, now)]
    earliest = min((month.first_at for month in exact), default=None)
    others = sorted(
        (month for month in facts.months if not _is_exact(month, now)),
        key=lambda month: month.first_at,
    )
    # That of the first lines mostly says enough.
    nearest = _select_before(earliest, others[:1])
    parts = list(run_step(ExtentStep(now), facts.with_months(nearest)))
    first = _find_first([earliest, *(part["first"].item() for part in parts)])
    if further := _select_before(first, others[1:]):
        stored = facts.without_lines().with_months(further)
        found = run_step(ExtentStep(now), stored)
        first = _find_first([first, *(part["first"].item() for part in found)])
    currencies = {
        *(code for month in facts.months for code in month.currencies),
        *(code for part in parts for code in part["currencies"]["currency"]),
    }
    return Extent(first, currencies.pop() if len(currencies) == 1 else None)


def _select_before(
    time: datetime | None, months: Iterable[StoredMonth]
) -> list[StoredMonth]:
    """The months that may have a line before a time."""
    return [month for month in months if time is None or month.first_at < time]


def _is_exact(month: StoredMonth, now: datetime) -> bool:
    return not month.is_rewritten and month.last_at <= now


def _find_first(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
