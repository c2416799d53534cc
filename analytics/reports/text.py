"""Renders reports as plain text: tables in columns, or row by row where they are wide."""

from collections.abc import Collection, Iterator, Sequence
from textwrap import wrap
from unicodedata import combining, east_asian_width

from analytics.reports.content import NO_ROWS, ShownReport, ShownSection, ShownTable
from analytics.reports.row_order import MAX_MAILED
from webapp.adapters.analytics.port import ReportFormat

LINE_CHARS = 78
MAX_CELL = 36
"""Columns on the screen of a name in a table."""
GAP = "  "


def render_text(report: ShownReport, formats: Collection[ReportFormat]) -> str:
    return "\n".join(_iterate_lines(report, formats)) + "\n"


def _iterate_lines(
    report: ShownReport, formats: Collection[ReportFormat]
) -> Iterator[str]:
    yield from wrap(report.title, LINE_CHARS)
    yield "=" * min(LINE_CHARS, measure_text(report.title))
    yield report.period
    for text in filter(None, (report.late, *report.notes)):
        yield ""
        yield from wrap(text, LINE_CHARS)
    for section in report.sections:
        yield from ("", "")
        yield from _iterate_section(section, formats)


def _iterate_section(
    section: ShownSection, formats: Collection[ReportFormat]
) -> Iterator[str]:
    yield from wrap(section.heading, LINE_CHARS)
    yield "-" * min(LINE_CHARS, measure_text(section.heading))
    for text in filter(None, (section.title, section.problem)):
        yield from wrap(text, LINE_CHARS)
    if section.findings:
        yield ""
    for name, value in section.findings:
        yield from wrap(f"{name}: {value}", LINE_CHARS, subsequent_indent=GAP)
    for table in section.tables:
        yield from ("", *wrap(table.title, LINE_CHARS))
        yield from _iterate_table(table, formats)
    method = f"Method: {section.method}" if section.method else ""
    for text in filter(None, (*section.notes, method, section.receipt)):
        yield ""
        yield from wrap(text, LINE_CHARS)


def _iterate_table(
    table: ShownTable, formats: Collection[ReportFormat]
) -> Iterator[str]:
    if not table.rows:
        yield NO_ROWS
        return
    shown = table.rows[:MAX_MAILED]
    totals = table.list_totals(len(shown))
    rows = [*shown, *filter(None, [totals])]
    header = [column.label for column in table.columns]
    cells = [[_cut_text(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(measure_text, column)) for column in zip(*cells, strict=True)]
    if sum(widths) + len(GAP) * (len(widths) - 1) > LINE_CHARS:
        yield from _iterate_records(header, rows)
    else:
        yield from _align_rows(table, cells, widths, has_totals=bool(totals))
    if rest := table.describe_rest(len(shown), formats):
        yield ""
        yield from wrap(rest, LINE_CHARS)


def _align_rows(
    table: ShownTable,
    cells: Sequence[Sequence[str]],
    widths: Sequence[int],
    *,
    has_totals: bool,
) -> Iterator[str]:
    for number, row in enumerate(cells):
        padded = [
            _pad_text(cell, width, is_right=column.is_number)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ]
        if has_totals and number == len(cells) - 1:
            yield GAP.join("-" * width for width in widths)
        yield GAP.join(padded).rstrip()
        if number == 0:
            yield GAP.join("-" * width for width in widths)


def _iterate_records(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> Iterator[str]:
    for row in rows:
        yield from wrap(f"- {row[0]}", LINE_CHARS, subsequent_indent=GAP)
        for label, cell in zip(header[1:], row[1:], strict=True):
            if cell:
                line = f"{GAP}{label}: {cell}"
                yield from wrap(line, LINE_CHARS, subsequent_indent=GAP * 2)


def measure_text(text: str) -> int:
    """Its columns on a screen: Chinese characters take two, accents none."""
    return sum(map(_measure_character, text))


def _measure_character(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1


def _cut_text(text: str) -> str:
    if measure_text(text) <= MAX_CELL:
        return text
    while measure_text(text) > MAX_CELL - 1:
        text = text[:-1]
    return f"{text}…"


def _pad_text(text: str, width: int, *, is_right: bool) -> str:
    blanks = " " * (width - measure_text(text))
    return f"{blanks}{text}" if is_right else f"{text}{blanks}"
