"""In which order the rows of a report are shown: first what an alert is about, or what is the
latest. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import DIMENSIONS, PERIODS, DimensionKind
from webapp.insights.query.results import ResultRow
from webapp.insights.reports.document import (
    ReportAlert,
    ReportDocument,
    ReportSection,
    name_section_rows,
)

MAX_MAILED = 15
"""Rows of a table in the shortest form of a report, the mail and its text."""


@dataclass(frozen=True)
class ShownRows:
    rows: Sequence[ResultRow]
    is_latest_first: bool = False


OrderRows = Callable[[Sequence[ResultRow]], ShownRows]
"""Orders the rows of the first table of a section."""


def choose_order(document: ReportDocument, place: int) -> OrderRows:
    """Of a section by its place. Rows that began to meet the condition of an alert come first, then
    those that meet it still. A course of time that is cut begins with the latest, as the newest
    figures are what a report is read for."""
    section, alert = document.sections[place], document.alert
    if alert is not None and alert.section == place and alert.met:
        return lambda rows: ShownRows(_list_met_first(rows, section, alert))
    name = _find_time(section.result.query) if section.result else None
    if name is None:
        return ShownRows
    return lambda rows: _list_latest_first(rows, name)


def _list_met_first(
    rows: Sequence[ResultRow], section: ReportSection, alert: ReportAlert
) -> list[ResultRow]:
    ranks = {**dict.fromkeys(alert.met, 1), **dict.fromkeys(alert.began, 0)}
    names = name_section_rows(section)
    places = sorted(range(len(rows)), key=lambda each: ranks.get(names[each], 2))
    return [rows[each] for each in places]


def _find_time(query: AnalyticsQuery) -> str | None:
    """The period that the rows are in the order of, without a limit."""
    if query.limit is not None or query.sort:
        return None
    kinds = {name: DIMENSIONS[name].kind for name in query.group_by}
    ordered = [name for name, kind in kinds.items() if kind is not DimensionKind.TEXT]
    return ordered[0] if ordered and ordered[0] in PERIODS else None


def _list_latest_first(rows: Sequence[ResultRow], name: str) -> ShownRows:
    """Those of one period keep their order."""
    if len(rows) <= MAX_MAILED:
        return ShownRows(rows)
    periods = [list(each) for _, each in groupby(rows, key=lambda row: row[name])]
    latest = [row for period in reversed(periods) for row in period]
    return ShownRows(latest, is_latest_first=True)
