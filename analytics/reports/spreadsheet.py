"""Writes a report as a spreadsheet: an overview with the receipts, and a sheet for each table."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from analytics.exports.receipts import iterate_analysis_receipt, iterate_receipt
from analytics.exports.sheets import open_workbook
from analytics.reports.figures import clean_text
from analytics.reports.tables import ReportTable, list_tables
from webapp.insights.query.results import ResultRow
from webapp.insights.reports.document import ReportDocument, ReportSection

OVERVIEW_SHEET = "Overview"
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
                    [*each.table.rows, *_list_totals(each.table)],
                    header=[column.label for column in each.table.columns],
                )
    return buffer.getvalue()


def _list_totals(table: ReportTable) -> list[ResultRow]:
    """Under an empty row: a total is no row."""
    [first, *_] = table.columns
    if not table.totals or first.unit is not None:
        return []
    return [{}, {**table.totals, first.name: "Total of all rows"}]


def name_sheets(sections: Sequence[ReportSection]) -> list[list[NamedTable]]:
    """Numbers make them unique."""
    named: list[list[NamedTable]] = []
    for section in sections:
        before = sum(map(len, named))
        named.append(
            [
                NamedTable(_name_sheet(number, section.heading), table)
                for number, table in enumerate(list_tables(section), before + 1)
            ]
        )
    return named


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
