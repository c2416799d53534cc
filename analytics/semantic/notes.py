"""What a reader of a result must know beside its figures."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from analytics.semantic.dimension_keys import key_name
from analytics.semantic.figures import QueryFigures
from analytics.semantic.query_windows import QueryWindows
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    NOT_ATTRIBUTED,
    NOT_RECORDED,
    Additivity,
)
from webapp.insights.query.descriptions import describe_days, join_words
from webapp.insights.query.periods import Period, find_period_start, format_period
from webapp.insights.query.windows import to_local


def note_conversion(currencies: list[str], home_currency: str) -> str:
    return (
        f"Amounts are in {home_currency}: orders paid in {join_words(currencies)} are added up "
        "at the rates stored on the orders"
    )


def iterate_currency_notes(
    currencies: list[str], home_currency: str, unconverted: pl.DataFrame
) -> Iterator[str]:
    """For amounts that are converted, first of all."""
    yield note_conversion(currencies, home_currency)
    if not unconverted.is_empty():
        codes = join_words(sorted(unconverted["paid_in"]))
        yield (
            f"Orders paid in {codes} that store no rate are listed apart, and part of no other "
            "figure"
        )


def iterate_notes(
    query: AnalyticsQuery, figures: QueryFigures, windows: QueryWindows
) -> Iterator[str]:
    if figures.rows_read == 0:
        yield "There are no orders in this window"
        return
    yield from _note_extent(windows)
    if not windows.is_comparison_known:
        yield "There are no orders of the time compared with, nor of any time before it"
    if windows.period is not None and windows.period is not Period.HOUR:
        yield from _note_partial_periods(windows, windows.period)
    yield from _note_unequal_lengths(windows)
    yield from _note_overlaps(query)
    for name in query.group_by:
        keys = figures.rows.sums[key_name(name)]
        if DIMENSIONS[name].is_of_lines and (keys == NOT_ATTRIBUTED).any():
            yield f"Refunds that name no lines are {NOT_ATTRIBUTED} to a {name}"
        if DIMENSIONS[name].has_unrecorded and (keys == NOT_RECORDED).any():
            yield f"The {name} of older orders is {NOT_RECORDED}"
        if DIMENSIONS[name].is_multivalued:
            yield f"A line counts for each {name} that it has: rows do not add up to the total"


def _note_extent(windows: QueryWindows) -> Iterator[str]:
    window = windows.window
    first = to_local(windows.first, windows.zone)
    if window.start is not None and window.start < first:
        yield f"The first order of all is of {describe_days(first.date(), first.date())}"
    if window.is_running and window.start is not None and window.end is not None:
        end = (
            f"{describe_days(window.end.date(), window.end.date())} {window.end:%H:%M}"
        )
        yield f"The window is not over: figures are those until {end}"
        if windows.compared is not None and windows.compared.end is not None:
            other = windows.compared.end
            day = describe_days(other.date(), other.date())
            yield f"It is compared with the time until {day} {other:%H:%M}"


def _note_unequal_lengths(windows: QueryWindows) -> Iterator[str]:
    if windows.compared is None or windows.period is None:
        return
    ours = len(windows.list_periods(windows.window))
    theirs = len(windows.list_periods(windows.compared))
    if ours != theirs:
        yield (
            f"Rows are compared in their order, each {windows.period} with the one in the same "
            f"place: there are {ours} and {theirs}; totals are of all"
        )


def _note_partial_periods(windows: QueryWindows, period: Period) -> Iterator[str]:
    """The first and the last period, where the window has a part of them only."""
    window = windows.window
    if window.start is not None and window.start != find_period_start(
        window.start, period
    ):
        yield _describe_part(window.start, period, "begins before")
    if window.end is not None:
        last = find_period_start(window.end, period)
        if last != window.end:
            what = "is not over by the end of"
            yield _describe_part(window.end, period, what)


def _describe_part(time: datetime, period: Period, what: str) -> str:
    name = format_period(find_period_start(time, period), period)
    return f"The {period} {name} {what} the window: the rest of it is not counted"


def _note_overlaps(query: AnalyticsQuery) -> Iterator[str]:
    """Metrics whose rows do not add up to their total, where somebody may add them."""
    if not query.group_by:
        return
    has_lines = any(DIMENSIONS[name].is_of_lines for name in query.group_by)
    overlapping = [
        METRICS[name].label
        for name in query.metrics
        if METRICS[name].additivity is Additivity.DISTINCT
        or (METRICS[name].additivity is Additivity.BY_ORDER and has_lines)
    ]
    if overlapping:
        yield (
            f"{join_words(overlapping).capitalize()} are counted once in each row: rows may add "
            "up to more than the total"
        )
