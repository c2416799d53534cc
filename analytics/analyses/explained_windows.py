"""The two windows between which a change is explained."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from analytics.analyses.context import AnalysisContext
from analytics.analyses.contributions import ExplainedT, find_main
from analytics.semantic.query_windows import QueryWindows
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import ExplainChangeRequest
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import METRICS, ORDERS
from webapp.insights.query.windows import TimeRange

REST = "(all others)"
"""Row of the values of a dimension beyond the limit."""
NOTHING_BEFORE = (
    "There are no orders of the time compared with, nor of any time before it"
)
RUNNING = "The window is not over"
OF_SAME_PART = f"{RUNNING}; it is compared with the same part of the other one"
UNSEEN = (
    "This says where the change is, not why: what happened at the same time need not be its cause, "
    "and what is not recorded (advertising, costs, competitors, stock, weather) cannot be seen here"
)


@dataclass(frozen=True)
class ExplainedWindows:
    before: TimeRange
    now: TimeRange

    @classmethod
    def resolve(cls, context: AnalysisContext, request: ExplainChangeRequest) -> Self:
        """Raises `NotEnoughData`, `BadWindow`."""
        query = AnalyticsQuery(
            metrics=[request.metric],
            window=request.window,
            compare_to=request.compare_to,
            week_start=request.week_start,
        )
        windows = QueryWindows(query, context.zone, context.now, context.first)
        compared = windows.compared
        if compared is None:
            raise NotEnoughData(NOTHING_BEFORE)
        end, is_of_orders = (
            compared.end_instant,
            METRICS[request.metric].family.name == ORDERS,
        )
        if is_of_orders and end is not None and end <= context.first:
            raise NotEnoughData(NOTHING_BEFORE)
        return cls(compared, context.window)

    def find_main(self, changes: Iterable[ExplainedT]) -> ExplainedT | None:
        """The dimension that explains most. Weekdays explain something only where both windows have
        as many of each."""
        has_weeks = all(days % 7 == 0 for days in self._days)
        return find_main(
            each for each in changes if has_weeks or each.dimension != "weekday"
        )

    def iterate_notes(self) -> Iterator[str]:
        yield from self.note_running()
        now, before = self._days
        if now != before:
            yield (
                f"The windows have {now} and {before} days: a part of the change is that alone"
            )

    def note_running(self) -> Iterator[str]:
        now, before = self._days
        if self.now.is_running:
            yield OF_SAME_PART if now == before else RUNNING

    @property
    def _days(self) -> tuple[int, int]:
        return _count_days(self.now), _count_days(self.before)


def _count_days(window: TimeRange) -> int:
    first, last = window.first_day, window.last_day
    return (last - first).days + 1 if first is not None and last is not None else 0
