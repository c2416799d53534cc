"""Parts of spreadsheets that exports and reports share.

Every cell is written as what it is, a number or a text: no text becomes a formula or a link. The
same content gives the same bytes at any time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from webapp.insights.query.definitions import Unit
from webapp.insights.query.results import ResultColumn

NUMBER_FORMATS = {
    Unit.MONEY: "#,##0.00",
    Unit.PERCENT: "0.00",
    Unit.RATIO: "0.00",
}
"""Others are shown as they are: averages of counts have decimals."""
SheetCell = str | int | float | date | datetime | None
DATE_FORMATS = {"day": "yyyy-mm-dd", "month": "yyyy-mm", "hour": "yyyy-mm-dd hh:mm"}
"""By the name of a column, where its cells are dates."""
MAX_CELL_TEXT = 16_000
"""Characters; a cell takes 32,767 units of UTF-16, of which a character has up to two."""
MIN_WIDTH = 12
FACT_WIDTHS = (28, 100)


@dataclass(frozen=True)
class SheetWriter:
    """Writes the sheets of one workbook."""

    workbook: Workbook

    def add_sheet(self, name: str) -> Worksheet:
        return self.workbook.add_worksheet(name)

    def write_rows(
        self,
        sheet: Worksheet,
        columns: Sequence[ResultColumn],
        rows: Sequence[Mapping[str, SheetCell]],
        *,
        header: Sequence[str],
    ) -> None:
        """Under their header, which stays in sight."""
        bold = self._add_format(bold=True)
        formats: dict[Unit | None, Format] = {
            unit: self._add_format(num_format=shown)
            for unit, shown in NUMBER_FORMATS.items()
        }
        sheet.freeze_panes(1, 0)
        for position, column in enumerate(columns):
            width = max(MIN_WIDTH, len(header[position]) + 2)
            shown = DATE_FORMATS.get(column.name)
            form = self._add_format(num_format=shown) if shown else None
            form = form or formats.get(column.unit)
            sheet.set_column(position, position, width, form)
            sheet.write_string(0, position, header[position], bold)
            for number, row in enumerate(rows, start=1):
                _write_cell(sheet, number, position, row.get(column.name), form)

    def write_facts(self, sheet: Worksheet, facts: Iterable[tuple[str, str]]) -> None:
        """The name of each fact and what it is."""
        wrapped = self._add_format(text_wrap=True, valign="top")
        for position, width in enumerate(FACT_WIDTHS):
            sheet.set_column(position, position, width, wrapped)
        parts = ((name, part) for name, text in facts for part in _split_text(text))
        for number, (name, part) in enumerate(parts):
            sheet.write_string(number, 0, name)
            sheet.write_string(number, 1, part)

    def _add_format(self, **properties: object) -> Format:
        return self.workbook.add_format(properties)


@contextmanager
def open_workbook(buffer: BytesIO, *, as_of: str) -> Iterator[SheetWriter]:
    with Workbook(buffer, {"in_memory": True}) as workbook:
        time = datetime.fromisoformat(as_of).astimezone(UTC).replace(tzinfo=None)
        workbook.set_properties({"created": time})
        yield SheetWriter(workbook)


def _write_cell(
    sheet: Worksheet, row: int, position: int, value: SheetCell, form: Format | None
) -> None:
    if isinstance(value, str):
        sheet.write_string(row, position, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, position, value, form)
    elif value is not None:
        sheet.write_number(row, position, value)


def _split_text(text: str) -> Iterator[str]:
    """A text that is too long for one cell goes on in the next row."""
    for start in range(0, max(len(text), 1), MAX_CELL_TEXT):
        yield text[start : start + MAX_CELL_TEXT]
