"""What expressions of time mean: the readings that `find_time_expressions` returns. Pure data."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

PeriodUnit: TypeAlias = Literal["hour", "day", "week", "month", "quarter", "year"]
ShiftUnit: TypeAlias = Literal[
    "hour", "day", "week", "month", "quarter", "year", "period"
]
GrainName: TypeAlias = Literal[
    "hour", "day", "week", "month", "quarter", "year",
    "hour_of_day", "weekday", "month_of_year",
]  # fmt: skip


@dataclass(frozen=True)
class DaySpan:
    """Whole days, both included; `None` leaves that side open."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class PeriodSpan:
    """Whole periods, counted back from today."""

    unit: PeriodUnit
    count: int
    offset: int
    """Of the last period: 0 is the running one so far, 1 the last complete one, -1 the next."""


@dataclass(frozen=True)
class Weekdays:
    """Recurring days of the week, in order."""

    days: tuple[int, ...]
    """1 is Monday, 7 is Sunday."""


@dataclass(frozen=True)
class DayHours:
    """Recurring hours of the day, 0 to 23, both included: 9 to 16 ends at 17:00."""

    first: int
    last: int
    """Below `first` for hours that go on after midnight."""


@dataclass(frozen=True)
class TimeGrain:
    """A period to group by: "by month", "daily"."""

    name: GrainName


@dataclass(frozen=True)
class TimeShift:
    """A move of the window of an earlier query: "the month before that"."""

    unit: ShiftUnit
    """`period` is as long as that window itself."""
    count: int
    """Negative for earlier."""


@dataclass(frozen=True)
class SameDates:
    """The same dates of another year: "the same quarter of 2024"."""

    year: int


@dataclass(frozen=True)
class TimeComparison:
    """Another time to compare with."""

    to: Literal["previous", "last_year"] | DaySpan | PeriodSpan | TimeShift | SameDates
    """`previous` is as long a time immediately before, `last_year` the same dates a year before."""


Certain: TypeAlias = (
    DaySpan | PeriodSpan | Weekdays | DayHours | TimeGrain | TimeShift | TimeComparison
)


@dataclass(frozen=True)
class Ambiguous:
    """Words that can mean several times, with what to ask."""

    readings: tuple[Certain, ...]
    question: str


@dataclass(frozen=True)
class Impossible:
    """Words that name a time that does not exist."""

    reason: str


Reading: TypeAlias = Certain | Ambiguous | Impossible
