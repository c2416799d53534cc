"""Gives the cells below a table's header names: for text and spreadsheets."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from webapp.imports.column_names import ColumnNames
from webapp.imports.errors import UnreadableFile
from webapp.imports.row import Row, TableRecord, is_blank

MAX_HEAD_LINES = 30
"""Lines among which the header is: a title and blank lines may stand above it."""


class TableRows:
    """Iterates over the rows below the header, the record at `position`; the constructor reads
    no further. Raises `UnreadableFile` for an invalid header."""

    def __init__(
        self, records: Iterator[TableRecord], position: int, names: ColumnNames
    ) -> None:
        self._records = records
        header = next(islice(records, position, None), TableRecord(1, ()))
        if header.problem is not None:
            raise UnreadableFile(f"The header {header.problem}")
        self.columns = names.read_header(header.cells)

    def __iter__(self) -> Iterator[Row]:
        for record in self._records:
            problem = record.problem or describe_misfit(record.cells, len(self.columns))
            if problem is not None:
                yield Row.unreadable(record.line, _join_cells(record.cells), problem)
            elif not record.is_blank():
                values = zip(self.columns, record.cells, strict=False)
                yield Row(record.line, dict(values))


def find_header(head: Sequence[TableRecord], names: ColumnNames) -> int:
    """Return the position of the record with the most known names, or of the first that is not
    blank."""
    position, most = 0, -1
    for each, record in enumerate(head):
        count = -1 if record.is_blank() else names.count_known(record.cells)
        if count > most:
            position, most = each, count
    return position


def describe_misfit(cells: Sequence[Any], columns: int) -> str | None:
    """Say why cells do not fit the columns; blank ones beyond the last column do."""
    if len(cells) == columns or all(map(is_blank, cells)):
        return None
    if len(cells) > columns and all(map(is_blank, cells[columns:])):
        return None
    return f"has {len(cells)} fields where the header has {columns}"


def _join_cells(cells: Sequence[Any]) -> str:
    return ",".join("" if cell is None else str(cell) for cell in cells)
