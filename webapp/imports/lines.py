"""Decodes bytes into lines of text.

A line ends as in any of the usual systems: with a line feed, a carriage return, or both.
"""

import codecs
import zlib
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, Self, TypeAlias

from webapp.imports.encodings import (
    BYTE_ORDER_MARKS,
    detect_encoding,
    find_byte_order_mark,
    name_encoding,
    resolve_encoding,
)
from webapp.imports.errors import UnreadableFile

Stream: TypeAlias = "BufferedReader[Any]"

CHUNK_BYTES = 1024 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024


class UndecodableLine(str):
    """A line with bytes that are not text in the file's encoding; they are written as `\\xe9`."""

    __slots__ = ()


class LineReader:
    """Iterates over lines with their line ends; `number` is that of the latest line.

    Without `encoding`, it is detected. Raises `UnreadableFile`.
    """

    def __init__(self, stream: Stream, encoding: str | None = None) -> None:
        self._stream = stream
        self.number = 0
        start = self._read_chunk()
        self.encoding = _choose_encoding(start, encoding)
        start = start.removeprefix(find_byte_order_mark(start))
        self._decoded_lines = self._decode_lines(start)
        self._pushed_back: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        # Not a generator: an exhausted one would not return lines pushed back later.
        line = (
            self._pushed_back.pop() if self._pushed_back else next(self._decoded_lines)
        )
        self.number += 1
        return line

    def push_back(self, lines: list[str]) -> None:
        """Put lines back to be read again: the record that spanned them was malformed."""
        self._pushed_back.extend(reversed(lines))
        self.number -= len(lines)

    def _read_chunk(self) -> bytes:
        try:
            return self._stream.read(CHUNK_BYTES)
        except (EOFError, OSError, zlib.error) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> UnreadableFile:
        return UnreadableFile(
            f"The file is damaged or cut off after line {self.number}: {error}",
            line=self.number,
        )

    def _decode_lines(self, start: bytes) -> Iterator[str]:
        chunks = self._iter_chunks(start)
        encoding = self.encoding
        if "\n".encode(encoding) != b"\n":  # as UTF-16 writes it, and EBCDIC
            chunks, encoding = self._recode_chunks(chunks), "utf-8"
        for line in self._split_lines(chunks):
            yield self._decode_line(line, encoding)

    def _iter_chunks(self, start: bytes) -> Iterator[bytes]:
        yield start
        yield from iter(self._read_chunk, b"")

    def _recode_chunks(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            for text in codecs.iterdecode(chunks, self.encoding):
                yield text.encode()
        except UnicodeError as error:
            raise self._damaged(error) from error

    def _split_lines(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        rest = b""
        for chunk in chunks:
            lines = (rest + chunk).splitlines(keepends=True)
            rest = lines.pop() if lines else b""  # its end may be in the next chunk
            yield from lines
            if len(rest) > MAX_LINE_BYTES:
                raise UnreadableFile(
                    f"Line {self.number + 1} is longer than {MAX_LINE_BYTES // 2**20} MiB",
                    line=self.number + 1,
                )
        if rest:
            yield rest

    def _decode_line(self, line: bytes, encoding: str) -> str:
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            return UndecodableLine(line.decode(encoding, errors="backslashreplace"))

    def describe_undecodable(self) -> str:
        """Say why a record with an `UndecodableLine` cannot be read."""
        return (
            f"is not {name_encoding(self.encoding)}, as the file is otherwise: save the whole "
            "file in one encoding, or name it (`encoding`)"
        )


def _choose_encoding(start: bytes, asked: str | None) -> str:
    mark = find_byte_order_mark(start)
    marked = BYTE_ORDER_MARKS.get(mark)
    if asked is None:
        is_whole = len(start) < CHUNK_BYTES
        return marked or detect_encoding(start, is_whole=is_whole)
    wanted = resolve_encoding(asked)
    if marked is not None and not marked.startswith(wanted.removesuffix("-sig")):
        raise UnreadableFile(
            f"encoding: {asked:.40} contradicts the file, which begins with the mark of "
            f"{marked}"
        )
    return marked or wanted
