"""Lines to CSV records. A record that is broken costs its first line and no other.

A quote that is never closed would swallow all that follows: the lines it took are given
back and read again without the one it began on.
"""

import csv
from collections.abc import Iterator, Sequence

from webapp.imports.errors import UnreadableFile
from webapp.imports.lines import LineReader
from webapp.imports.row import Row

DELIMITERS = ",;\t|"
LONGEST_FIELD = 1024 * 1024


class CsvRows:
    """Iterates over the records after the header, which is read at once."""

    def __init__(self, lines: LineReader) -> None:
        csv.field_size_limit(LONGEST_FIELD)
        self._lines = lines
        self._taken: list[str] = []
        first = next(lines, "")
        self._delimiter = max(DELIMITERS, key=first.count)
        self.columns = _header(first, self._delimiter)

    def __iter__(self) -> Iterator[Row]:
        reader = self._reader()
        while True:
            self._taken.clear()
            before = self._lines.number
            problem = None
            fields: Sequence[str] = ()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as fault:
                problem = f"is not well-formed CSV: {fault}"
            if problem is None and fields:
                problem = self._misfit(fields)
            if problem is not None:
                yield self._broken(before + 1, problem)
                reader = self._reader()
            elif fields:
                yield Row(before + 1, dict(zip(self.columns, fields, strict=True)))

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._noted(), delimiter=self._delimiter, strict=True)

    def _noted(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line

    def _misfit(self, fields: Sequence[str]) -> str | None:
        if len(fields) == len(self.columns):
            return None
        return f"has {len(fields)} fields where the header has {len(self.columns)}"

    def _broken(self, line: int, problem: str) -> Row:
        first, *others = self._taken
        self._lines.push_back(others)
        return Row.unreadable(line, first, problem)


def _header(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader([line.strip("\r\n")], delimiter=delimiter), [])
    except csv.Error as problem:
        raise UnreadableFile(
            f"The header is not well-formed CSV: {problem}"
        ) from problem
    columns = tuple(name.strip() for name in names)
    if len(set(columns)) != len(columns):
        twice = sorted({name for name in columns if columns.count(name) > 1})
        raise UnreadableFile(f"The header names a column twice: {', '.join(twice)}")
    return columns
