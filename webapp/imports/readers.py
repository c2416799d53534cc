"""Reads rows from files, one at a time: CSV, JSON Lines, spreadsheets or a registered format,
gzipped or not.

What a file is shows in its bytes; its name does not matter.
"""

import gzip
import hashlib
import re
import shutil
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, RawIOBase
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Protocol

from webapp.imports.column_names import ColumnNames
from webapp.imports.csv_rows import CsvRows
from webapp.imports.encodings import find_byte_order_mark
from webapp.imports.errors import TOO_LARGE, UnreadableFile
from webapp.imports.file_types import (
    MAX_START_BYTES,
    is_archive,
    refuse_other_archive,
    refuse_unsupported,
)
from webapp.imports.json_rows import read_json_rows
from webapp.imports.lines import LineReader, Stream
from webapp.imports.row import Row
from webapp.imports.spreadsheets import SpreadsheetRows

JSON_LIST = re.compile(r"\s*\[\s*(\{|$)")
GZIP = b"\x1f\x8b"
SAMPLE_ROWS = 500


class RowSource(Protocol):
    """The rows of an open file, in file order; can be iterated once."""

    columns: tuple[str, ...] | None
    """Names in the header; `None` where each row has names of its own."""
    names: ColumnNames

    @property
    def notes(self) -> Sequence[str]:
        """What of the file is not read, in sentences."""
        ...

    @property
    def encoding(self) -> str | None:
        """Of a text file, by Python's name."""
        ...

    def __iter__(self) -> Iterator[Row]: ...

    @property
    def bytes_read(self) -> int:
        """Bytes of the file, as stored on disk, that were read."""
        ...


class TextRows:
    notes = ()

    def __init__(
        self, raw: IO[bytes], stream: Stream, encoding: str | None, names: ColumnNames
    ) -> None:
        self._raw = raw
        self.names = names
        self._lines = LineReader(stream, encoding)
        first = _peek_text(self._lines)
        if JSON_LIST.match(first):
            raise UnreadableFile(
                "The file is one JSON list; JSON Lines has one object per line "
                "(`jq -c '.[]'` converts it)"
            )
        is_json = first.lstrip().startswith("{")
        self._csv = None if is_json else CsvRows(self._lines, names)
        self.columns = None if self._csv is None else self._csv.columns
        self.encoding: str | None = self._lines.encoding

    def __iter__(self) -> Iterator[Row]:
        if self._csv is not None:
            return iter(self._csv)
        return read_json_rows(self._lines, self.names)

    @property
    def bytes_read(self) -> int:
        return self._raw.tell()


FileFormats = Mapping[bytes, Callable[[Path, int, ColumnNames], RowSource]]
"""First bytes of a binary file → what reads it: a path, and the size of the file as stored."""


@dataclass(frozen=True)
class ReadOptions:
    """How a file is read."""

    known_columns: Collection[str] = ()
    """Names that its header is recognized by."""
    encoding: str | None = None
    """Of a text file; detected if it is not given."""
    formats: FileFormats = field(default_factory=dict)
    """Binary formats that may be read, besides spreadsheets."""
    max_bytes: int | None = None
    """Limit of the rows of a compressed file or a spreadsheet, which may be much larger than it."""


def open_rows(
    path: Path, closing: ExitStack, options: ReadOptions = ReadOptions()
) -> RowSource:
    """Open a file that `closing` will close. Raises `UnreadableFile`."""
    names = ColumnNames(options.known_columns)
    try:
        raw = closing.enter_context(path.open("rb"))
        is_zipped = raw.peek(2)[:2] == GZIP
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
    stream: Stream = raw
    if is_zipped:
        stream = BufferedReader(_Unzipped(raw, options.max_bytes))
    start = _peek_start(stream)
    for signature, read_rows in options.formats.items():
        if start.startswith(signature):
            whole = closing.enter_context(_unzip_stream(stream)) if is_zipped else path
            return read_rows(Path(whole), path.stat().st_size, names)
    if is_archive(start):
        whole = closing.enter_context(_unzip_stream(stream)) if is_zipped else path
        refuse_other_archive(start, Path(whole))
        return SpreadsheetRows(Path(whole), closing, names, options.max_bytes)
    refuse_unsupported(start)
    return TextRows(raw, stream, options.encoding, names)


class _Unzipped(RawIOBase):
    """Decompresses gzip. Raises `UnreadableFile` beyond `max_bytes`."""

    def __init__(self, raw: IO[bytes], max_bytes: int | None) -> None:
        self._file = gzip.GzipFile(fileobj=raw)
        self._remaining = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer)
        if self._remaining is not None:
            self._remaining -= count
            if self._remaining < 0:
                raise UnreadableFile(TOO_LARGE)
        return count


def read_column_names(
    path: Path, options: ReadOptions = ReadOptions()
) -> tuple[str, ...]:
    """Read the column names of a file by its path. Raises `UnreadableFile`."""
    with ExitStack() as closing:
        rows = open_rows(path, closing, options)
        return list_column_names(rows, list(islice(rows, SAMPLE_ROWS)))


def list_column_names(rows: RowSource, first: Sequence[Row]) -> tuple[str, ...]:
    """List the names in the header or, where there is none, in the first rows."""
    readable = (row for row in first if row.problem is None)
    return rows.columns or tuple(
        dict.fromkeys(name for row in readable for name in row.values)
    )


def compute_fingerprint(path: Path, *options: str) -> str:
    """Hash the content, about 1 GB a second, and the options it is read with."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, hashlib.blake2b)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
    for option in options:
        digest.update(option.encode())
    return digest.hexdigest()[:64]


def _peek_start(stream: Stream) -> bytes:
    try:
        start = stream.peek(MAX_START_BYTES)[:MAX_START_BYTES]
    except (EOFError, OSError, zlib.error) as error:
        raise UnreadableFile("The file is not a whole gzip file") from error
    if not start.removeprefix(find_byte_order_mark(start)).strip():
        raise UnreadableFile("The file is empty")
    return start


def _peek_text(lines: LineReader) -> str:
    """The first line that is not blank, which is read again like those before it."""
    read = [next(lines, "")]
    while read[-1].isspace():
        read.append(next(lines, ""))
    lines.push_back(read)
    return read[-1]


@contextmanager
def _unzip_stream(stream: Stream) -> Iterator[str]:
    """Decompress to a temporary file: a binary format may be read from its end.

    Raises `UnreadableFile`.
    """
    with NamedTemporaryFile() as whole:
        try:
            shutil.copyfileobj(stream, whole)
        except (EOFError, OSError, zlib.error) as error:
            raise UnreadableFile("The file is not a whole gzip file") from error
        whole.flush()
        yield whole.name
