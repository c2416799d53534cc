"""Parses lines into CSV records. A malformed record costs its first line and no other.

A quote that is never closed would consume the rest of the file: the lines it consumed are
pushed back and read again without the first of them.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import itemgetter

from webapp.imports.column_names import ColumnNames
from webapp.imports.lines import LineReader, UndecodableLine
from webapp.imports.row import Row, TableRecord
from webapp.imports.table_rows import (
    MAX_HEAD_LINES,
    TableRows,
    describe_misfit,
    find_header,
)

DELIMITERS = ",;\t|"
MAX_FIELD_LENGTH = 1024 * 1024
MAX_SAMPLED_LENGTH = 64 * 1024
"""Of a line that may be the header: more than its 200 names have."""
NAMED_DELIMITER = re.compile(r'"?sep=([^\w"])"?[,;\t|]*\s*', re.IGNORECASE)
"""A first line that Excel writes and reads, and does not show."""


class CsvRows:
    """Iterates over the rows below the header, which the constructor finds and reads."""

    def __init__(self, lines: LineReader, names: ColumnNames) -> None:
        csv.field_size_limit(MAX_FIELD_LENGTH)
        head = list(islice(lines, MAX_HEAD_LINES))
        named = NAMED_DELIMITER.fullmatch(head[0]) if head else None
        if named is not None:
            del head[0]
        lines.push_back(head)
        delimiters = DELIMITERS if named is None else named[1]
        sample = [line[:MAX_SAMPLED_LENGTH] for line in head]
        ratings = [_rate_delimiter(sample, each, names) for each in delimiters]
        _, position, delimiter = max(ratings, key=itemgetter(0))
        records = _CsvRecords(lines, delimiter)
        self._table = TableRows(records.read_records(), position, names)
        self.columns = self._table.columns
        records.columns = len(self.columns)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._table)


def _rate_delimiter(
    head: list[str], delimiter: str, names: ColumnNames
) -> tuple[tuple[int, int], int, str]:
    """Rate by the known names of the header, then by its cells; also return its position."""
    records = list(_parse_leniently(head, delimiter))
    position = find_header(records, names)
    cells = records[position].cells if records else ()
    return (names.count_known(cells), len(cells)), position, delimiter


def _parse_leniently(head: list[str], delimiter: str) -> Iterator[TableRecord]:
    with suppress(csv.Error):
        for number, cells in enumerate(csv.reader(head, delimiter=delimiter), start=1):
            yield TableRecord(number, cells)


class _CsvRecords:
    def __init__(self, lines: LineReader, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._consumed: list[str] = []
        self.columns: int | None = None
        """How many the header has, once it is read."""

    def read_records(self) -> Iterator[TableRecord]:
        reader = self._open_reader()
        number = 0
        while True:
            self._consumed.clear()
            before = self._lines.number
            problem = None
            cells: Sequence[str] = ()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                problem = self._explain_error(error, first_line=before + 1)
            number += 1
            problem = problem or self._find_problem(cells)
            if problem is None:
                yield TableRecord(number, cells)
            else:
                first, *rest = self._consumed
                self._lines.push_back(rest)
                yield TableRecord(number, [first], problem)
                reader = self._open_reader()

    def _find_problem(self, cells: Sequence[str]) -> str | None:
        if any(isinstance(line, UndecodableLine) for line in self._consumed):
            return self._lines.describe_undecodable()
        return None if self.columns is None else describe_misfit(cells, self.columns)

    def _open_reader(self) -> Iterator[list[str]]:
        return csv.reader(self._record_lines(), delimiter=self._delimiter, strict=True)

    def _record_lines(self) -> Iterator[str]:
        for line in self._lines:
            self._consumed.append(line)
            yield line

    def _explain_error(self, error: csv.Error, *, first_line: int) -> str:
        is_long = "field limit" in str(error)
        if is_long and '"' not in "".join(self._consumed):
            return f"has a cell of more than {MAX_FIELD_LENGTH:,} characters"
        if is_long or "unexpected end" in str(error):
            line = first_line + self._find_open_quote()
            return (
                f"is not well-formed CSV: the quote that opens on line {line} of the file "
                "is not closed"
            )
        return (
            "is not well-formed CSV: a quote within a quoted text is written twice "
            f"({error})"
        )

    def _find_open_quote(self) -> int:
        """Return which of the consumed lines has the last quote that is not closed."""
        opened, is_open = 0, False
        for position, line in enumerate(self._consumed):
            if line.count('"') % 2:
                is_open = not is_open
                opened = position if is_open else opened
        return opened
