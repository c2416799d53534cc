"""`AnalyticsQuery`: the one language in which figures are asked for.

It is the body of `POST /admin/analytics/query`, the argument of the models' tool, and what a saved
question, a report and a receipt hold. `validation` refuses the queries that make no sense,
`windows` resolves its times, `descriptions` says it in words, `analytics.semantic` computes it.
"""

import operator
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Discriminator,
    Field,
    StrictFloat,
    Tag,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from webapp.insights.query.parts import QueryPart
from webapp.insights.query.windows import AbsoluteWindow, RelativeWindow
from webapp.kit.json import OmittedIfNone
from webapp.kit.money import Currency
from webapp.kit.text import LABEL
from webapp.kit.time_zones import parse_zone
from webapp.kit.weeks import WeekStart

MAX_METRICS = 12
MAX_GROUPS = 3
MAX_FILTERS = 20
MAX_VALUES = 500
"""Of one filter."""
MAX_ROWS = 10_000
MAX_MOVING_LENGTH = 366

FilterValue = Annotated[str, Field(min_length=1, max_length=200), LABEL]


CONDITIONS = ("any_of", "none_of", "contains", "at_least", "at_most")
"""Fields of a filter, of which at least one is given."""


def _is_none(value: object) -> bool:
    return value is None


class DimensionFilter(QueryPart):
    """Keeps the rows whose dimension passes every condition given; at least one is."""

    dimension: str
    any_of: Annotated[list[FilterValue], Field(max_length=MAX_VALUES)] | None = Field(
        default=None, alias="in", exclude_if=_is_none
    )
    """Values of which one must be equal; case and spaces do not matter. A product or a variant is
    named by its name, SKU or id."""
    none_of: Annotated[list[FilterValue], Field(max_length=MAX_VALUES)] | None = Field(
        default=None, alias="notIn", exclude_if=_is_none
    )
    contains: OmittedIfNone[FilterValue] = None
    """A text within the value; case does not matter."""
    at_least: OmittedIfNone[int] = None
    """Of a dimension of numbers, included; as `atMost`."""
    at_most: OmittedIfNone[int] = None
    allow_missing: Annotated[bool, Field(strict=True, exclude_if=operator.not_)] = False
    """Whether `in` and `notIn` may name what nothing has: figures are then zero. Without it such a
    value is refused with those that there are, as it may be misspelled."""

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        if not any(getattr(self, name) is not None for name in CONDITIONS):
            msg = "needs one of in, notIn, contains, atLeast and atMost"
            raise ValueError(msg)
        if self.any_of == [] or self.none_of == []:
            msg = "in and notIn need at least one value"
            raise ValueError(msg)
        low, high = self.at_least, self.at_most
        if low is not None and high is not None and low > high:
            msg = "atLeast is above atMost"
            raise ValueError(msg)
        return self


class RowCondition(QueryPart):
    """Keeps the rows of the result whose figure is within all of the bounds."""

    by: str
    """A column of figures of the query."""
    at_least: OmittedIfNone[StrictFloat] = None
    """Included; in major units, for money."""
    at_most: OmittedIfNone[StrictFloat] = None
    """Included."""
    more_than: OmittedIfNone[StrictFloat] = None
    """Left out itself."""
    less_than: OmittedIfNone[StrictFloat] = None
    """Left out itself."""

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        given = {
            to_camel(name): value
            for name, value in self
            if name != "by" and value is not None
        }
        if not given:
            msg = "needs one of atLeast, atMost, moreThan and lessThan"
            raise ValueError(msg)
        for low, high in product(("atLeast", "moreThan"), ("atMost", "lessThan")):
            if low in given and high in given and given[low] > given[high]:
                msg = f"{low} is above {high}"
                raise ValueError(msg)
        return self

    def is_met_by(self, figure: float) -> bool:
        return (
            (self.at_least is None or figure >= self.at_least)
            and (self.at_most is None or figure <= self.at_most)
            and (self.more_than is None or figure > self.more_than)
            and (self.less_than is None or figure < self.less_than)
        )


class DerivedKind(StrEnum):
    SHARE = "share"
    """In percent of the whole: all rows of the query, before `having` and `limit`."""
    RANK = "rank"
    """1 for the greatest; equal ones share a rank, and the next one is left out."""
    CHANGE = "change"
    """On the period before, where the rows are grouped by one."""
    RUNNING_TOTAL = "running_total"
    """From the first period of the window on."""
    MOVING_AVERAGE = "moving_average"
    """Of the last `length` periods, those before the window included."""


class DerivedColumn(QueryPart):
    """A column computed from those of a metric, named `<metric>_<kind>`."""

    kind: DerivedKind
    metric: str
    length: OmittedIfNone[Annotated[int, Field(ge=2, le=MAX_MOVING_LENGTH)]] = None
    """Number of periods of a moving average; for nothing else."""

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        is_moving = self.kind is DerivedKind.MOVING_AVERAGE
        if is_moving and self.length is None:
            msg = "a moving_average needs its length, in periods"
            raise ValueError(msg)
        if not is_moving and self.length is not None:
            msg = "length is for a moving_average only"
            raise ValueError(msg)
        return self

    @property
    def name(self) -> str:
        return f"{self.metric}_{self.kind}"


class SortKey(QueryPart):
    by: str
    """A column of the query."""
    descending: bool = False


class ComparisonKind(StrEnum):
    PREVIOUS = "previous"
    """As many units of time immediately before: the months before, for a window of months."""
    LAST_YEAR = "last_year"
    """The same dates a year before."""


def _read_window_form(value: Any) -> str:
    if isinstance(value, RelativeWindow):
        return "relative"
    return "relative" if isinstance(value, dict) and "unit" in value else "absolute"


Window = Annotated[
    Annotated[AbsoluteWindow, Tag("absolute")]
    | Annotated[RelativeWindow, Tag("relative")],
    Discriminator(_read_window_form),
]


class ComparedDays(AbsoluteWindow):
    part: OmittedIfNone[Literal["same"]] = None
    """`same`: of it, only as much as has passed of the window of the query, if that is not over."""


class ComparedPeriods(RelativeWindow):
    part: OmittedIfNone[Literal["same"]] = None
    """`same`: of it, only as much as has passed of the window of the query, if that is not over."""


ComparedWindow = Annotated[
    Annotated[ComparedDays, Tag("absolute")]
    | Annotated[ComparedPeriods, Tag("relative")],
    Discriminator(_read_window_form),
]


def _read_comparison_form(value: Any) -> str:
    return "kind" if isinstance(value, str) else "window"


Comparison = Annotated[
    Annotated[ComparisonKind, Tag("kind")] | Annotated[ComparedWindow, Tag("window")],
    Discriminator(_read_comparison_form),
]

COMPARISON_COLUMNS = ("before", "change", "change_percent")
"""Of each metric, `<metric>_before` and so on, where the query compares."""

EXAMPLE: dict[str, Any] = {
    "metrics": ["net_revenue"],
    "groupBy": ["month"],
    "filters": [{"dimension": "category", "in": ["Kitchen"]}],
    "window": {"firstDay": "2026-03-01", "lastDay": "2026-04-30"},
}


class QueryScope(QueryPart):
    """Which orders figures are of: what every query and every analysis can narrow down."""

    filters: Annotated[list[DimensionFilter], Field(max_length=MAX_FILTERS)] = []
    """All of them must pass."""
    window: OmittedIfNone[Window] = None
    """Without one, everything that was recorded."""
    currency: OmittedIfNone[Currency] = None
    """Orders paid in this currency only, with amounts as paid. Without one, amounts in other
    currencies are converted to the shop's at the rates stored on the orders."""
    time_zone: OmittedIfNone[str] = None
    """IANA name of the zone in which days begin; the shop's if none is given."""
    week_start: OmittedIfNone[WeekStart] = None
    """On which weekday weeks begin; the shop's if none is given."""
    as_of: OmittedIfNone[datetime] = None
    """The time at which the question is asked, from which relative windows are resolved; now, if
    none is given. What was recorded since is left out, but not what it changed. One that is still
    to come is refused, unless a clock is ahead by no more than a minute."""

    def fill_week_start(self, week_start: WeekStart) -> Self:
        """With that of the shop, if it names none."""
        if self.week_start is not None:
            return self
        return self.model_copy(update={"week_start": week_start})

    @property
    def first_weekday(self) -> WeekStart:
        """On which weeks begin; on Mondays until the shop's are filled in."""
        return self.week_start or WeekStart.MONDAY

    @property
    def named_dimensions(self) -> set[str]:
        """Those that facts must have."""
        return {each.dimension for each in self.filters}

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, name: str | None) -> str | None:
        return None if name is None else parse_zone(name).key

    @field_validator("as_of", mode="before")
    @classmethod
    def _check_written_time(cls, time: Any) -> Any:
        if time is None or isinstance(time, datetime):
            return time
        if isinstance(time, str) and "-" in time:
            return time
        msg = "must be a time, written by ISO 8601"
        raise ValueError(msg)

    @field_validator("as_of")
    @classmethod
    def _check_as_of(cls, time: datetime | None) -> datetime | None:
        if time is not None and time.tzinfo is None:
            msg = "needs its offset from UTC, such as 2026-03-01T09:00:00Z"
            raise ValueError(msg)
        return time


class AnalyticsQuery(QueryScope):
    """Asks for metrics, by dimensions, over a window of time. Names are those of the definitions
    (`GET /admin/analytics/definitions`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    version: Literal[1] = 1
    """Of this language."""
    metrics: Annotated[list[str], Field(min_length=1, max_length=MAX_METRICS)]
    """What is wanted, in the order of the columns."""
    group_by: Annotated[list[str], Field(max_length=MAX_GROUPS)] = []
    """Dimensions, in the order of the columns; without any there is one row, the total."""
    compare_to: OmittedIfNone[Comparison] = None
    """`previous`, `last_year`, or another window, all of it or with `part` `same`; adds columns for
    what it was there, and the change."""
    derived: Annotated[list[DerivedColumn], Field(max_length=MAX_METRICS)] = []
    """Columns that are computed from a metric of the query."""
    having: Annotated[list[RowCondition], Field(max_length=MAX_METRICS)] = []
    """Keeps the rows whose figures are within bounds."""
    sort: Annotated[list[SortKey], Field(max_length=5)] = []
    """Without any: periods and numbers in their order, all else by the first metric, the greatest
    first."""
    limit: OmittedIfNone[Annotated[int, Field(ge=1, le=MAX_ROWS)]] = None
    """Rows of the result; what is beyond is counted, and is part of the totals."""
    limit_by: Annotated[list[str], Field(max_length=MAX_GROUPS)] = []
    """Dimensions of `groupBy`, not all of them: `limit` and `offset` then count the rows of each
    combination of their values, in the order of `sort`. With `limit` 1 and `category`, rows by
    category and product are the best product of each category. A longer period, in which those of
    the rows lie, need not be in `groupBy`: with `year`, of rows by month, it is the best month of
    each year."""
    offset: OmittedIfNone[Annotated[int, Field(ge=1, le=MAX_ROWS)]] = None
    """Rows left out before the first one of the result: of the second ten, it is 10."""

    @property
    def named_dimensions(self) -> set[str]:
        return {*super().named_dimensions, *self.group_by}

    @property
    def figure_columns(self) -> list[str]:
        """Names of the columns of figures, in their order."""
        compared = [] if self.compare_to is None else COMPARISON_COLUMNS
        return [
            *(
                name
                for metric in self.metrics
                for name in (metric, *(f"{metric}_{each}" for each in compared))
            ),
            *(each.name for each in self.derived),
        ]

    @property
    def sortable_columns(self) -> list[str]:
        return [*self.group_by, *self.figure_columns]
