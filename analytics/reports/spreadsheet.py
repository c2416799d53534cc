"""Writes a report as a spreadsheet: an overview with the receipts, and a sheet for each table."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from analytics.exports.receipts import iterate_analysis_receipt, iterate_receipt
from analytics.exports.sheets import DATE_FORMATS, SheetCell, open_workbook
from analytics.reports.figures import clean_text
from analytics.reports.tables import ReportTable, list_tables
from webapp.insights.query.definitions import Unit
from webapp.insights.query.descriptions import name_value
from webapp.insights.query.results import ResultColumn, ResultRow
from webapp.insights.reports.document import ReportDocument, ReportSection

OVERVIEW_SHEET = "Overview"
NAMED = {"weekday", "country"}
"""Dimensions whose values are numbers and codes."""
DATED = re.compile(r"\d{4}-\d\d(-\d\d(T.*)?)?")
MAX_NAME = 31
"""Units of UTF-16 in the name of a sheet."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
"""In names of sheets; apostrophes only at the ends."""


@dataclass(frozen=True)
class NamedTable:
    sheet: str
    table: ReportTable


def write_spreadsheet(document: ReportDocument) -> bytes:
    buffer = BytesIO()
    named = name_sheets(document.sections)
    with open_workbook(buffer, as_of=document.as_of) as writer:
        overview = writer.add_sheet(OVERVIEW_SHEET)
        writer.write_facts(overview, _iterate_overview(document, named))
        for tables in named:
            for each in tables:
                writer.write_rows(
                    writer.add_sheet(each.sheet),
                    each.table.columns,
                    [
                        *(_convert_row(row) for row in each.table.rows),
                        *_list_totals(each.table),
                    ],
                    header=[
                        _name_column(column, each.table)
                        for column in each.table.columns
                    ],
                )
    return buffer.getvalue()


def _name_column(column: ResultColumn, table: ReportTable) -> str:
    """With the currency of its amounts, unless each row says its own."""
    if column.unit is not Unit.MONEY:
        return column.label
    currency = "currency of the row" if table.is_as_paid else table.currency
    return f"{column.label} ({currency})" if currency else column.label


def _convert_row(row: ResultRow) -> dict[str, SheetCell]:
    return {name: _convert_value(name, value) for name, value in row.items()}


def _convert_value(name: str, value: str | float | None) -> SheetCell:
    """Names as the mail has them; days, months and hours as dates, a month as its first day, an
    hour on the clock of the report."""
    if name in DATE_FORMATS and isinstance(value, str) and DATED.fullmatch(value):
        return _parse_time(value)
    if name in NAMED and value is not None:
        return name_value(name, str(value))
    return value


def _parse_time(value: str) -> date:
    if len(value) < 11:
        return date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    return datetime.fromisoformat(value).replace(tzinfo=None)


def _list_totals(table: ReportTable) -> list[dict[str, SheetCell]]:
    """Under an empty row: a total is no row."""
    [first, *_] = table.columns
    if not table.totals or first.unit is not None:
        return []
    is_other = table.is_as_paid and table.has_money and table.currency is not None
    converted = f", converted to {table.currency}" if is_other else ""
    return [{}, {**table.totals, first.name: f"Total of all rows{converted}"}]


def name_sheets(sections: Sequence[ReportSection]) -> list[list[NamedTable]]:
    """Numbers make them unique."""
    named: list[list[NamedTable]] = []
    for section in sections:
        before = sum(map(len, named))
        named.append(
            [
                NamedTable(_name_sheet(before + place, name), table)
                for place, (name, table) in enumerate(_iterate_names(section), 1)
            ]
        )
    return named


def _iterate_names(section: ReportSection) -> Iterator[tuple[str, ReportTable]]:
    """The first table of a query is what its section is headed; others have titles of their own."""
    tables = list_tables(section)
    for place, table in enumerate(tables):
        is_headed = len(tables) == 1 or (place == 0 and section.result is not None)
        yield section.heading if is_headed else table.title, table


def _name_sheet(number: int, heading: str) -> str:
    name = f"{number} {clean_text(FORBIDDEN.sub(' ', heading))}"
    return (
        name.encode("utf-16-le")[: MAX_NAME * 2].decode("utf-16-le", "ignore").strip()
    )


def _iterate_overview(
    document: ReportDocument, named: Sequence[Sequence[NamedTable]]
) -> Iterator[tuple[str, str]]:
    yield "Report", document.title
    yield "Period", document.describe_period()
    yield "First day", document.first_day
    yield "Last day", document.last_day
    yield "Time zone", document.time_zone
    yield "As of", document.as_of
    yield "Computed late", "yes" if document.is_late else "no"
    for note in document.notes:
        yield "Note", note
    for section, tables in zip(document.sections, named, strict=True):
        yield "", ""
        yield "Section", section.heading
        if section.problem is not None:
            yield "Problem", section.problem
        for each in tables:
            yield "Sheet", f"{each.sheet}: {each.table.title}"
        yield from _iterate_receipt(section)


def _iterate_receipt(section: ReportSection) -> Iterator[tuple[str, str]]:
    if section.result is not None:
        yield from iterate_receipt(section.result)
    if section.analysis is not None:
        yield from iterate_analysis_receipt(section.analysis)
