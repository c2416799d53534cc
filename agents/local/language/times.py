"""A single time within the grammar, before the words around it are read. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from agents.local.language.calendar_days import (
    BuildDays,
    ImpossibleTime,
    find_latest,
    resolve_period,
)
from agents.local.language.readings import (
    Ambiguous,
    DaySpan,
    Impossible,
    PeriodSpan,
    PeriodUnit,
)
from agents.local.language.today import Today

TimeReading = DaySpan | PeriodSpan | Ambiguous | Impossible


@dataclass(frozen=True)
class Time:
    reading: TimeReading
    build: BuildDays | None = None
    """Of a named time: its days in a year."""
    year: int | None = None
    """That was named."""
    bare_year: int | None = None
    """Where the time is nothing but this number, which might count something else."""
    is_weak: bool = False
    """Whether its words have another use, and something else must say that it is a time."""
    is_holiday: bool = False
    """Or a season: "lamps for Christmas" are not those sold at Christmas."""
    weekday: int | None = None
    edge: date | None = None
    """Of "the end of June", the one day that "until" means."""

    def resolve_days(self, today: Today) -> DaySpan:
        """Raises `ImpossibleTime`; only for a time that is certain."""
        if isinstance(self.reading, DaySpan):
            return self.reading
        if isinstance(self.reading, PeriodSpan):
            return resolve_period(self.reading, today)
        raise ImpossibleTime(getattr(self.reading, "reason", "That has two meanings."))

    @property
    def is_yearless(self) -> bool:
        return self.build is not None and self.year is None


def name_time(
    build: BuildDays,
    year: int | None,
    today: Today,
    *,
    is_weak: bool = False,
    is_holiday: bool = False,
) -> Time:
    """A named time; without a year the latest that has begun."""
    reading = attempt_days(
        lambda: (
            DaySpan(*build(year))
            if year is not None
            else find_latest(build, until=today.date)
        )
    )
    weak = is_weak and year is None
    return Time(reading, build, year, is_weak=weak, is_holiday=is_holiday)


def set_year(time: Time, year: int) -> Time:
    """A named time as that of a year."""
    build = time.build
    if build is None:
        return time
    reading = attempt_days(lambda: DaySpan(*build(year)))
    return replace(time, reading=reading, year=year, is_weak=False)


def attempt_days(build: Callable[[], TimeReading]) -> TimeReading:
    """What is built, or why it cannot be."""
    try:
        return build()
    except ImpossibleTime as error:
        return Impossible(str(error))


def count_periods(unit: PeriodUnit, count: int, offset: int) -> Time:
    return Time(PeriodSpan(unit, count, offset))
