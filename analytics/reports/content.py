"""What all forms of a report show, as texts: mail, plain text and PDF differ only in how. Pure."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

from analytics.reports.figures import clean_text, format_cell
from analytics.reports.findings import list_findings
from analytics.reports.row_order import OrderRows, ShownRows, choose_order
from analytics.reports.tables import ReportTable, list_tables
from webapp.adapters.analytics.port import ReportFormat
from webapp.insights.query.analytics_query import COMPARISON_COLUMNS
from webapp.insights.query.definitions import FAMILIES, METRICS, list_families
from webapp.insights.query.descriptions import join_words
from webapp.insights.query.results import (
    AnalyticsReceipt,
    AnalyticsResult,
    ColumnRole,
    ResultColumn,
)
from webapp.insights.reports.document import ReportDocument, ReportSection
from webapp.kit.text import capitalize_first

IDENTIFIERS = {"product_id"}
"""Columns that only tell rows of the same name apart."""
MAX_SHOWN = 200
"""Rows of a table in the longest form, the PDF."""
PARTIAL_MARK = "*"
"""In a chart, behind a period that the window has a part of."""
NO_ROWS = "There is nothing that fits."


class ComparedPart(StrEnum):
    """What is compared with a figure, in columns after its own."""

    BEFORE = "before"
    CHANGE = "change"
    CHANGE_PERCENT = "change_percent"


@dataclass(frozen=True)
class ShownColumn:
    label: str
    is_number: bool
    part: ComparedPart | None = None
    """Of the figure in the nearest column before it that is no part."""


@dataclass(frozen=True)
class DrawnChart:
    svg: str
    is_complete: bool = True
    """Whether all characters are drawn, and none is named instead."""


@dataclass(frozen=True)
class ShownChart:
    name: str
    drawn: DrawnChart
    alt: str
    note: str
    """On what is marked in it; empty if nothing is."""


@dataclass(frozen=True)
class ShownTable:
    title: str
    """Empty where it is that of the section."""
    columns: Sequence[ShownColumn]
    rows: Sequence[Sequence[str]]
    """The first `MAX_SHOWN`."""
    is_latest_first: bool
    """Whether they are a course of time backwards."""
    totals: Sequence[str]
    """The cells under the rows, but for the first, which names them; none where there are none."""
    totals_have_more: bool
    """Whether they are of rows, too, that a condition has left out."""
    result_rows: int
    """All that the result has."""
    row_count: int
    """Those that its query found, before its limit."""
    is_limited: bool
    """Whether the report asks for some of them only."""
    chart: ShownChart | None

    def list_totals(self, shown: int) -> Sequence[str]:
        """Named for what they are of, where that is more than the rows that are shown."""
        if not self.totals:
            return []
        if self.totals_have_more:
            name = "All rows, with those left out"
        else:
            name = f"All {self.row_count:,} rows" if self.row_count > shown else "Total"
        return [name, *self.totals[1:]]

    def describe_rest(
        self, shown: int, formats: Collection[ReportFormat]
    ) -> str | None:
        """How many rows are not among the first that are shown, and where they are."""
        if self.result_rows > shown:
            place = _find_place(self.result_rows, formats)
            which = "latest" if self.is_latest_first else "first"
            return f"The {which} {shown:,} of {self.result_rows:,} rows; all of them are {place}."
        if self.row_count > self.result_rows:
            reason = ", as the report asks for" if self.is_limited else ""
            return f"{self.result_rows:,} of {self.row_count:,} rows{reason}."
        return None


def _find_place(rows: int, formats: Collection[ReportFormat]) -> str:
    if ReportFormat.XLSX in formats:
        return "in the attached spreadsheet"
    if ReportFormat.CSV in formats:
        return "in the attached CSV files"
    if ReportFormat.PDF in formats and rows <= MAX_SHOWN:
        return "in the attached PDF"
    return "in the shop, where this query can be run"


@dataclass(frozen=True)
class ShownSection:
    heading: str
    title: str
    """Of its query, in words; empty where that is its heading."""
    problem: str
    method: str
    findings: Sequence[tuple[str, str]]
    tables: Sequence[ShownTable]
    notes: Sequence[str]
    receipt: str


@dataclass(frozen=True)
class ShownReport:
    title: str
    period: str
    late: str
    """A sentence, if it was computed late."""
    notes: Sequence[str]
    sections: Sequence[ShownSection]


DrawChart = Callable[[ReportTable], DrawnChart | None]
"""Draws the chart of a table, if it has one."""


def build_content(document: ReportDocument, draw_chart: DrawChart) -> ShownReport:
    as_of = format_time(document.as_of, document.time_zone)
    names = (f"chart-{number}" for number in count(1))
    return ShownReport(
        title=clean_text(document.title),
        period=f"{document.describe_period()} ({document.time_zone})",
        late=(
            f"This report was due {as_of}, and was computed later. Its figures are those of "
            "the time at which it was due."
            if document.is_late
            else ""
        ),
        notes=[clean_text(note) for note in document.notes],
        sections=[
            _build_section(section, choose_order(document, place), names, draw_chart)
            for place, section in enumerate(document.sections)
        ],
    )


def format_time(time: str, time_zone: str) -> str:
    """`23 November 2026, 06:00 UTC`."""
    local = datetime.fromisoformat(time).astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%B %Y, %H:%M} {time_zone}"


def _build_section(
    section: ReportSection,
    order_rows: OrderRows,
    names: Iterator[str],
    draw_chart: DrawChart,
) -> ShownSection:
    found = section.result or section.analysis
    title = clean_text(found.title) if found else ""
    heading = clean_text(section.heading)
    tables = [
        _build_table(table, section, ordered, names, draw_chart)
        for table, ordered in _order_tables(section, order_rows)
    ]
    return ShownSection(
        heading=heading,
        title="" if title == heading else title,
        problem=clean_text(section.problem or ""),
        method=clean_text(section.analysis.method) if section.analysis else "",
        findings=list_findings(section.analysis) if section.analysis else [],
        tables=tables,
        notes=[clean_text(note) for note in found.notes] if found else [],
        receipt=_describe_receipt(found.receipt) if found else "",
    )


def _order_tables(
    section: ReportSection, order_rows: OrderRows
) -> Iterator[tuple[ReportTable, ShownRows]]:
    """Each table with its rows in the order in which they are shown."""
    for place, table in enumerate(list_tables(section)):
        yield table, order_rows(table.rows) if place == 0 else ShownRows(table.rows)


def _describe_receipt(receipt: AnalyticsReceipt) -> str:
    families = list_families(
        each.name for each in receipt.metrics if each.name in METRICS
    )
    rows = join_words([FAMILIES[name].rows for name in families]) or "rows"
    return (
        f"{receipt.rows_counted:,} of {receipt.rows_read:,} {rows} counted, as of "
        f"{format_time(receipt.as_of, receipt.time_zone)}; source: {receipt.source}."
    )


def _build_table(
    table: ReportTable,
    section: ReportSection,
    ordered: ShownRows,
    names: Iterator[str],
    draw_chart: DrawChart,
) -> ShownTable:
    shorten = _build_shortener(section.result)
    shown = [each for each in table.columns if not _is_redundant(each, table)]
    columns = [
        ShownColumn(
            label=shorten(column),
            is_number=column.role is not ColumnRole.DIMENSION,
            part=_find_part(column, shown[:place]),
        )
        for place, column in enumerate(shown)
    ]
    rows = [
        [format_cell(column, row, table.find_currency(row)) for column in shown]
        for row in ordered.rows[:MAX_SHOWN]
    ]
    totals = _build_totals(table, shown)
    if len(rows) == 1 and all(column.is_number for column in columns):
        columns, rows = _list_figures(table)
        totals = []
    drawn = draw_chart(table)
    is_titled = section.result is None or table.title != section.result.title
    return ShownTable(
        title=clean_text(table.title) if is_titled else "",
        columns=columns,
        rows=rows,
        is_latest_first=ordered.is_latest_first,
        totals=totals,
        totals_have_more=table.totals_have_more,
        result_rows=max(len(table.rows), len(rows)),
        row_count=table.row_count,
        is_limited=table.is_limited,
        chart=(
            None
            if drawn is None
            else ShownChart(
                next(names), drawn, _describe_chart(table), _note_partial(table)
            )
        ),
    )


def _is_redundant(column: ResultColumn, table: ReportTable) -> bool:
    """Of an id, where each name is that of one. Spreadsheets have it."""
    if column.name not in IDENTIFIERS:
        return False
    named = {(row.get("product"), row.get("product_id")) for row in table.rows}
    return len(named) == len({name for name, _ in named})


def _find_part(
    column: ResultColumn, before: Sequence[ResultColumn]
) -> ComparedPart | None:
    """Of a comparison with the figure that it stands behind."""
    figures = [each for each in before if each.role is not ColumnRole.COMPARISON]
    if column.role is not ColumnRole.COMPARISON or not figures:
        return None
    kind = column.name.removeprefix(f"{figures[-1].name}_")
    return ComparedPart(kind) if kind in set(ComparedPart) else None


def _list_figures(table: ReportTable) -> tuple[list[ShownColumn], list[list[str]]]:
    """Of the only row: a row for each metric, with what it was before."""
    [row] = table.rows
    kinds = [""] + [
        f"_{each}"
        for each in COMPARISON_COLUMNS
        if any(column.name.endswith(f"_{each}") for column in table.columns)
    ]
    named = {column.name: column for column in table.columns}
    rows = []
    for column in table.columns:
        if column.role is ColumnRole.COMPARISON:
            continue
        compared = [named.get(f"{column.name}{kind}") for kind in kinds]
        figures = [
            each and format_cell(each, row, table.find_currency(row))
            for each in compared
        ]
        label = capitalize_first(clean_text(column.label))
        rows.append([label, *(figure or "" for figure in figures)])
    columns = [
        ShownColumn("Figure", is_number=False),
        ShownColumn("Value", is_number=True),
        ShownColumn("Before", is_number=True, part=ComparedPart.BEFORE),
        ShownColumn("Change", is_number=True, part=ComparedPart.CHANGE),
        ShownColumn("Change in %", is_number=True, part=ComparedPart.CHANGE_PERCENT),
    ]
    return columns[: len(kinds) + 1], rows


def _build_shortener(
    result: AnalyticsResult | None,
) -> Callable[[ResultColumn], str]:
    """Labels without the metric, where there is only one: "before", "change in %"."""
    metrics = result.query.metrics if result else []
    only = METRICS[metrics[0]].label if len(metrics) == 1 else None

    def shorten(column: ResultColumn) -> str:
        label = column.label
        if only is not None and label != only:
            label = label.replace(f" of {only}", "").replace(f"{only} ", "")
        label = label.replace(" in percent", " in %")
        return capitalize_first(clean_text(label)) if label else ""

    return shorten


def _build_totals(table: ReportTable, shown: Sequence[ResultColumn]) -> list[str]:
    totals = table.totals or {}
    cells = [
        format_cell(column, totals, table.currency) if column.name in totals else ""
        for column in shown
    ]
    if not any(cells):
        return []
    return cells


def _note_partial(table: ReportTable) -> str:
    if not table.partial_periods:
        return ""
    names = join_words([clean_text(each) for each in table.partial_periods])
    return f"{PARTIAL_MARK} Only a part of {names} is counted: the window has no more of it."


def _describe_chart(table: ReportTable) -> str:
    """What a picture says to whoever does not see it: what it is of, and its extremes."""
    figure = next((each for each in table.columns if each.unit is not None), None)
    names = [
        each
        for each in table.columns
        if each.role is ColumnRole.DIMENSION and each.name not in IDENTIFIERS
    ]
    text = f"Chart: {clean_text(table.title)}"
    rows = [row for row in table.rows if figure and _is_number(row.get(figure.name))]
    if figure is None or not rows or not names:
        return f"{text}. The table below it has its figures."
    ranked = sorted(rows, key=lambda row: float(row[figure.name] or 0))

    def describe_row(row: dict[str, str | int | float | None]) -> str:
        name = ", ".join(
            format_cell(each, row, table.find_currency(row)) for each in names[:2]
        )
        return f"{format_cell(figure, row, table.find_currency(row))} ({name})"

    extremes = (
        f"{text}. {capitalize_first(figure.label)} is from {describe_row(ranked[0])} to "
        f"{describe_row(ranked[-1])}."
    )
    partial = _note_partial(table).removeprefix(f"{PARTIAL_MARK} ")
    return f"{extremes} {partial}".strip()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
