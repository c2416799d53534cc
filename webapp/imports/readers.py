"""Reads rows from files, one at a time: CSV, JSON Lines or a registered format, gzipped or not.

The format is detected from the first bytes, and from the file extension where they are
ambiguous.
"""

import codecs
import gzip
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Protocol

from webapp.imports.csv_rows import CsvRows
from webapp.imports.errors import UnreadableFile
from webapp.imports.json_rows import read_json_rows
from webapp.imports.lines import LineReader, Stream
from webapp.imports.row import Row

GZIP = b"\x1f\x8b"
CSV_EXTENSIONS = {".csv", ".tsv", ".tab"}
SAMPLE_ROWS = 500


class RowSource(Protocol):
    """The rows of an open file, in file order; can be iterated once."""

    columns: tuple[str, ...] | None
    """Names in the header; `None` where each row has names of its own."""

    def __iter__(self) -> Iterator[Row]: ...

    @property
    def bytes_read(self) -> int:
        """Bytes of the file, as stored on disk, that were read."""
        ...

    @property
    def non_utf8_lines(self) -> int:
        """Lines that had to be read as Windows-1252."""
        ...


class TextRows:
    def __init__(self, raw: IO[bytes], stream: Stream, *, is_csv: bool) -> None:
        self._raw = raw
        self._lines = LineReader(stream)
        self._csv = CsvRows(self._lines) if is_csv else None
        self.columns = None if self._csv is None else self._csv.columns

    def __iter__(self) -> Iterator[Row]:
        return iter(read_json_rows(self._lines) if self._csv is None else self._csv)

    @property
    def bytes_read(self) -> int:
        return self._raw.tell()

    @property
    def non_utf8_lines(self) -> int:
        return self._lines.non_utf8_lines


FileFormats = Mapping[bytes, Callable[[Path, int], RowSource]]
"""First bytes of a binary file → what reads it: a path, and the size of the file as stored."""
NO_FORMATS: FileFormats = {}


def open_rows(
    path: Path, closing: ExitStack, formats: FileFormats = NO_FORMATS
) -> RowSource:
    """Open a file that `closing` will close. Raises `UnreadableFile`.

    Text is always read, a binary file if `formats` has its first bytes.
    """
    try:
        raw = closing.enter_context(path.open("rb"))
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened: {error.strerror}") from error
    is_zipped = raw.peek(2)[:2] == GZIP
    stream: Stream = BufferedReader(gzip.GzipFile(fileobj=raw)) if is_zipped else raw
    start = _peek_start(stream, path)
    for signature, read_rows in formats.items():
        if start.startswith(signature):
            whole = closing.enter_context(_unzip_stream(stream)) if is_zipped else path
            return read_rows(Path(whole), path.stat().st_size)
    extension = (path.with_suffix("") if is_zipped else path).suffix.lower()
    return TextRows(raw, stream, is_csv=_is_csv(start, extension, path.name))


def _is_csv(start: bytes, extension: str, name: str) -> bool:
    if extension in CSV_EXTENSIONS:
        return True
    stripped = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if stripped.startswith(b"["):
        raise UnreadableFile(
            f"{name} is one JSON list; JSON Lines has one object per line "
            "(`jq -c '.[]'` converts it)"
        )
    return not stripped.startswith(b"{")


def read_column_names(path: Path, formats: FileFormats = NO_FORMATS) -> tuple[str, ...]:
    """Read the column names of a file by its path. Raises `UnreadableFile`."""
    with ExitStack() as closing:
        rows = open_rows(path, closing, formats)
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


def _peek_start(stream: Stream, path: Path) -> bytes:
    try:
        start = stream.peek(64)
    except (EOFError, OSError) as error:
        raise UnreadableFile(f"{path.name} is not a whole gzip file") from error
    if not start:
        raise UnreadableFile(f"{path.name} is empty")
    return start


@contextmanager
def _unzip_stream(stream: Stream) -> Iterator[str]:
    """Decompress to a temporary file: a binary format may be read from its end."""
    with NamedTemporaryFile() as whole:
        shutil.copyfileobj(stream, whole)
        whole.flush()
        yield whole.name
