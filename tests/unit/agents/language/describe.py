"""Writes readings as the table of time expressions does."""

from collections.abc import Callable, Mapping
from typing import Any

from agents.local.language.readings import (
    Ambiguous,
    DayHours,
    DaySpan,
    Impossible,
    PeriodSpan,
    Reading,
    SameDates,
    TimeComparison,
    TimeGrain,
    TimeShift,
    Weekdays,
)


def describe_reading(reading: Reading | str) -> str:
    return WRITERS[type(reading)](reading)


def describe_days(days: DaySpan) -> str:
    if days.first is None and days.last is None:
        return "all days"
    if days.first is None or days.last is None:
        return f"since {days.first}" if days.first else f"until {days.last}"
    return f"{days.first}" + (f" to {days.last}" if days.last != days.first else "")


def describe_options(reading: Ambiguous) -> str:
    options = " or ".join(map(describe_reading, reading.readings))
    return f"either {options}: {reading.question}"


WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: str,
    Ambiguous: describe_options,
    DaySpan: describe_days,
    Impossible: lambda impossible: f"impossible: {impossible.reason}",
    PeriodSpan: lambda span: f"{span.unit} count {span.count} offset {span.offset}",
    Weekdays: lambda weekdays: f"weekdays {' '.join(map(str, weekdays.days))}",
    DayHours: lambda hours: f"hours {hours.first} to {hours.last}",
    TimeGrain: lambda grain: f"grain {grain.name}",
    TimeShift: lambda shift: f"shift {shift.unit} {shift.count:+}",
    SameDates: lambda same: f"the same dates of {same.year}",
    TimeComparison: lambda comparison: f"compare to {describe_reading(comparison.to)}",
}
