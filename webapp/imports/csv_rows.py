"""Parses lines into CSV records. A malformed record costs its first line and no other.

A quote that is never closed would consume the rest of the file: the lines it consumed are
pushed back and read again without the first of them.
"""

import csv
from collections.abc import Iterator, Sequence

from webapp.imports.errors import UnreadableFile
from webapp.imports.lines import LineReader
from webapp.imports.row import Row

DELIMITERS = ",;\t|"
MAX_FIELD_LENGTH = 1024 * 1024


class CsvRows:
    """Iterates over the records; the header is read by the constructor."""

    def __init__(self, lines: LineReader) -> None:
        csv.field_size_limit(MAX_FIELD_LENGTH)
        self._lines = lines
        self._consumed: list[str] = []
        first = next(lines, "")
        self._delimiter = max(DELIMITERS, key=first.count)
        self.columns = _parse_header(first, self._delimiter)

    def __iter__(self) -> Iterator[Row]:
        reader = self._reader()
        while True:
            self._consumed.clear()
            before = self._lines.number
            problem = None
            fields: Sequence[str] = ()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                problem = f"is not well-formed CSV: {error}"
            if problem is None and fields:
                problem = self._check_field_count(fields)
            if problem is not None:
                yield self._unreadable(before + 1, problem)
                reader = self._reader()
            elif fields:
                yield Row(before + 1, dict(zip(self.columns, fields, strict=True)))

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(
            self._recorded_lines(), delimiter=self._delimiter, strict=True
        )

    def _recorded_lines(self) -> Iterator[str]:
        for line in self._lines:
            self._consumed.append(line)
            yield line

    def _check_field_count(self, fields: Sequence[str]) -> str | None:
        if len(fields) == len(self.columns):
            return None
        return f"has {len(fields)} fields where the header has {len(self.columns)}"

    def _unreadable(self, line: int, problem: str) -> Row:
        first, *rest = self._consumed
        self._lines.push_back(rest)
        return Row.unreadable(line, first, problem)


def _parse_header(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader([line.strip("\r\n")], delimiter=delimiter), [])
    except csv.Error as error:
        raise UnreadableFile(f"The header is not well-formed CSV: {error}") from error
    columns = tuple(name.strip() for name in names)
    if len(set(columns)) != len(columns):
        duplicates = sorted({name for name in columns if columns.count(name) > 1})
        raise UnreadableFile(
            f"The header names a column twice: {', '.join(duplicates)}"
        )
    return columns
