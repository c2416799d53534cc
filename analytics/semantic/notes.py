"""What a reader of a result must know beside its figures."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from analytics.semantic.dimension_keys import key_name
from analytics.semantic.figures import FamilyFigures
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.row_limits import RowLimit
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    NOT_ATTRIBUTED,
    NOT_RECORDED,
    Additivity,
)
from webapp.insights.query.descriptions import (
    describe_days,
    find_ranking,
    join_words,
    label_column,
)
from webapp.insights.query.periods import Period, find_period_start, format_period
from webapp.insights.query.results import ResultRow
from webapp.insights.query.windows import to_local


def note_conversion(currencies: list[str], home_currency: str) -> str:
    return (
        f"Amounts are in {home_currency}: orders paid in {join_words(currencies)} are added up "
        "at the rates stored on the orders"
    )


def iterate_currency_notes(
    currencies: list[str], home_currency: str, unconverted: Sequence[ResultRow]
) -> Iterator[str]:
    """For amounts that are converted, first of all."""
    yield note_conversion(currencies, home_currency)
    if unconverted:
        codes = join_words(sorted(str(row["currency"]) for row in unconverted))
        yield (
            f"Orders paid in {codes} that store no rate are listed apart, and part of no other "
            "figure"
        )


def iterate_notes(
    query: AnalyticsQuery, parts: Sequence[FamilyFigures], windows: QueryWindows
) -> Iterator[str]:
    for part in parts:
        yield from _note_extent(part, windows)
    if all(part.figures.rows_read == 0 for part in parts):
        return
    yield from _note_running(windows)
    for part in parts:
        if not part.knows(windows.compared):
            yield (
                f"There are no {part.family.plural} of the time compared with, nor of any time "
                "before it"
            )
    for part in parts:
        yield from _note_whole_days(part, windows)
    if windows.period is not None and windows.period is not Period.HOUR:
        yield from _note_partial_periods(windows, windows.period)
    yield from _note_unequal_lengths(windows)
    yield from _note_overlaps(query)
    for part in parts:
        yield from _note_values(query, part)


def _note_values(query: AnalyticsQuery, part: FamilyFigures) -> Iterator[str]:
    yield from part.figures.notes
    for name in query.group_by:
        keys = part.figures.rows.sums[key_name(name)]
        if DIMENSIONS[name].is_of_lines and (keys == NOT_ATTRIBUTED).any():
            yield f"Refunds that name no lines are {NOT_ATTRIBUTED} to a {name}"
        if DIMENSIONS[name].has_unrecorded and (keys == NOT_RECORDED).any():
            yield f"The {name} of older {part.family.plural} is {NOT_RECORDED}"
        if DIMENSIONS[name].is_multivalued:
            yield f"A line counts for each {name} that it has: rows do not add up to the total"


def _note_extent(part: FamilyFigures, windows: QueryWindows) -> Iterator[str]:
    """Of what time there are facts."""
    family, window = part.family, windows.window
    if part.figures.rows_read == 0 and not family.has_unrecorded:
        yield f"There are no {family.plural} in this window"
        return
    if part.first is None:
        yield f"No {family.plural} are recorded yet"
        return
    first = to_local(part.first, windows.zone)
    day = describe_days(first.date(), first.date())
    starts = [each.start for each in (window, windows.compared) if each is not None]
    if family.has_unrecorded and any(start and start < first for start in starts):
        yield f"{family.plural.capitalize()} are recorded since {day}: what was before is not known"
    elif window.start is not None and window.start < first:
        yield f"The first {family.singular} of all is of {day}"
    if part.figures.rows_read == 0 and part.knows(window):
        yield f"There are no {family.plural} in this window"


def _note_whole_days(part: FamilyFigures, windows: QueryWindows) -> Iterator[str]:
    """The days that a window ends within, and which are counted as a whole."""
    for window in (windows.window, windows.compared):
        end = None if window is None else window.end
        if end is None or part.whole_until is None:
            continue
        midnight = find_period_start(end, Period.DAY)
        if end != midnight and end < to_local(part.whole_until, windows.zone):
            yield (
                f"{part.family.plural.capitalize()} that were added up are counted by whole days: "
                f"all of {describe_days(midnight.date(), midnight.date())} is counted"
            )


def _note_running(windows: QueryWindows) -> Iterator[str]:
    window = windows.window
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
    week_start = windows.week_start
    if window.start is not None:
        first = find_period_start(window.start, period, week_start)
        if first != window.start:
            yield _describe_part(first, period, "begins before")
    if window.end is not None:
        last = find_period_start(window.end, period, week_start)
        if last != window.end:
            yield _describe_part(last, period, "is not over by the end of")


def _describe_part(start: datetime, period: Period, what: str) -> str:
    name = format_period(start, period).removeprefix(f"{period} ")
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


def note_ties(
    query: AnalyticsQuery, limit: RowLimit, rows: pl.DataFrame
) -> Iterator[str]:
    """That it is by chance which of several equal rows are the last ones shown."""
    ranking = find_ranking(query)
    if ranking is None or query.limit is None:
        return
    tied, groups = limit.count_ties(rows, ranking.by)
    if not tied:
        return
    same = f"rows that are left out have the same {label_column(ranking.by)} as the last one shown"
    if not query.limit_by:
        yield f"Some {same}"
        return
    labels = join_words([DIMENSIONS[name].label for name in query.limit_by])
    yield f"For {tied} of {groups} values of {labels}, {same}"
