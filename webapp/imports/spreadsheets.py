"""Reads the first sheet of a spreadsheet (.xlsx, .xlsm, .xlsb, .xls, .ods), in another process."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from webapp.imports.column_names import ColumnNames
from webapp.imports.errors import TOO_LARGE, UnreadableFile
from webapp.imports.row import CellError, Row, TableRecord
from webapp.imports.table_rows import MAX_HEAD_LINES, TableRows, find_header

PROCESS = Path(__file__).with_name("spreadsheet_process.py")


class SpreadsheetRows:
    """The rows of the first sheet that has any; `closing` ends the process."""

    encoding = None

    def __init__(
        self,
        path: Path,
        closing: ExitStack,
        names: ColumnNames,
        max_bytes: int | None,
    ) -> None:
        self._size = path.stat().st_size
        self._done = 0
        self._remaining = max_bytes
        self.names = names
        lines = _start_process(path, closing)
        workbook = self._read_line(lines)
        if "problem" in workbook:
            raise UnreadableFile(f"The file {workbook['problem']}")
        self._count = workbook["rows"]
        self.notes = _list_notes(workbook["others"])
        records = self._read_records(lines)
        head = list(islice(records, MAX_HEAD_LINES))
        position = find_header(head, names)
        self._table = TableRows(chain(head, records), position, names)
        self.columns: tuple[str, ...] | None = self._table.columns

    def __iter__(self) -> Iterator[Row]:
        return iter(self._table)

    @property
    def bytes_read(self) -> int:
        return int(self._size * self._done // max(self._count, 1))

    def _read_records(self, lines: IO[bytes]) -> Iterator[TableRecord]:
        while (cells := self._read_line(lines)) is not None:
            self._done += 1
            yield TableRecord(self._done, [_decode_cell(cell) for cell in cells])

    def _read_line(self, lines: IO[bytes]) -> Any:
        line = lines.readline()
        if not line.endswith(b"\n"):  # the process ended before its last row
            raise UnreadableFile(
                "The spreadsheet needs too much memory or time: save its sheet as CSV"
            )
        if self._remaining is not None:
            self._remaining -= len(line)
            if self._remaining < 0:
                raise UnreadableFile(TOO_LARGE)
        return json.loads(line)


def _start_process(path: Path, closing: ExitStack) -> IO[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-P", str(PROCESS), str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    closing.callback(process.wait)
    closing.callback(process.kill)
    output = process.stdout
    if output is None:  # never: it is a pipe
        raise UnreadableFile("The spreadsheet cannot be read")
    return closing.enter_context(output)


def _decode_cell(cell: Any) -> Any:
    if not isinstance(cell, Mapping):
        return cell
    if "number" in cell:
        return Decimal(cell["number"])
    if "error" in cell:
        return CellError(cell["error"])
    return _parse_time(cell["time"])


def _parse_time(written: str) -> date | str:
    try:
        return datetime.fromisoformat(written)
    except ValueError:  # a time of day
        return written


def _list_notes(others: Sequence[str]) -> tuple[str, ...]:
    if not others:
        return ()
    return (f"Only the first sheet is read, not: {', '.join(others)}",)
