"""Writes a result as a spreadsheet: its rows on one sheet, its receipt on another.

Every cell is written as what it is, a number or a text: no text becomes a formula or a link.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analytics.exports.receipts import iterate_receipt
from webapp.insights.query.definitions import Unit
from webapp.insights.query.results import AnalyticsResult

ROWS_SHEET = "Figures"
RECEIPT_SHEET = "Receipt"
NUMBER_FORMATS = {
    Unit.MONEY: "#,##0.00",
    Unit.PERCENT: "0.00",
    Unit.RATIO: "0.00",
}
"""Others are shown as they are: averages of counts have decimals."""
MAX_CELL_TEXT = 16_000
"""Characters; a cell takes 32,767 units of UTF-16, of which a character has up to two."""
MIN_WIDTH = 12
RECEIPT_WIDTHS = (28, 100)


def write_workbook(result: AnalyticsResult) -> bytes:
    buffer = BytesIO()
    with Workbook(buffer, {"in_memory": True}) as workbook:
        # The same result gives the same bytes at any time.
        as_of = datetime.fromisoformat(result.receipt.as_of).replace(tzinfo=None)
        workbook.set_properties({"created": as_of})
        bold = workbook.add_format({"bold": True})
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        formats: dict[Unit | None, Format] = {
            unit: workbook.add_format({"num_format": shown})
            for unit, shown in NUMBER_FORMATS.items()
        }
        _write_rows(workbook.add_worksheet(ROWS_SHEET), result, formats, header=bold)
        _write_receipt(workbook.add_worksheet(RECEIPT_SHEET), result, wrapped)
    return buffer.getvalue()


def _write_rows(
    sheet: Worksheet,
    result: AnalyticsResult,
    formats: Mapping[Unit | None, Format],
    *,
    header: Format,
) -> None:
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(result.columns):
        width = max(MIN_WIDTH, len(column.name) + 2)
        sheet.set_column(position, position, width, formats.get(column.unit))
        sheet.write_string(0, position, column.name, header)
        for number, row in enumerate(result.rows, start=1):
            _write_cell(sheet, number, position, row[column.name])


def _write_cell(
    sheet: Worksheet, row: int, position: int, value: str | float | None
) -> None:
    if isinstance(value, str):
        sheet.write_string(row, position, value)
    elif value is not None:
        sheet.write_number(row, position, value)


def _write_receipt(sheet: Worksheet, result: AnalyticsResult, wrapped: Format) -> None:
    for position, width in enumerate(RECEIPT_WIDTHS):
        sheet.set_column(position, position, width, wrapped)
    facts = (
        (name, part)
        for name, text in iterate_receipt(result)
        for part in _split_text(text)
    )
    for number, (name, part) in enumerate(facts):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, part)


def _split_text(text: str) -> Iterator[str]:
    """A text that is too long for one cell goes on in the next row."""
    for start in range(0, max(len(text), 1), MAX_CELL_TEXT):
        yield text[start : start + MAX_CELL_TEXT]
