"""The receipt of a result: what its figures were computed from, of queries and analyses alike."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from webapp.insights.query.definitions import METRICS
from webapp.insights.query.results import AnalyticsReceipt, MetricReceipt
from webapp.insights.query.windows import TimeRange
from webapp.kit.clock import format_iso
from webapp.kit.weeks import WeekStart


def build_receipt(
    metrics: Iterable[str],
    window: TimeRange,
    *,
    week_start: WeekStart,
    as_of: datetime,
    rows_read: int,
    rows_counted: int,
    currencies: Sequence[str],
    source: str,
) -> AnalyticsReceipt:
    first, last = window.first_day, window.last_day
    return AnalyticsReceipt(
        metrics=[
            MetricReceipt(
                name=name,
                label=METRICS[name].label,
                definition=METRICS[name].definition,
            )
            for name in metrics
        ],
        window_start=_format_instant(window.start_instant),
        window_end=_format_instant(window.end_instant),
        first_day=first and first.isoformat(),
        last_day=last and last.isoformat(),
        time_zone=window.zone.key,
        week_start=week_start,
        rows_read=rows_read,
        rows_counted=rows_counted,
        as_of=format_iso(as_of),
        currencies=list(currencies),
        source=source,
    )


def _format_instant(instant: datetime | None) -> str | None:
    return None if instant is None else format_iso(instant)
