"""Decodes bytes into lines of text.

UTF-8 with or without a byte order mark, UTF-16 with one; a line that is not UTF-8 is read
as Windows-1252, and counted, so that the number can be reported.
"""

import codecs
import zlib
from collections.abc import Iterator
from functools import partial
from io import BufferedReader, TextIOWrapper
from typing import Any, Self, TypeAlias

from webapp.imports.errors import UnreadableFile

Stream: TypeAlias = "BufferedReader[Any]"

MAX_LINE_BYTES = 16 * 1024 * 1024
UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class LineReader:
    """Iterates over lines with their line ends; `number` is that of the latest line."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoded_lines = self._decoded()
        self._pushed_back: list[str] = []
        self.number = 0
        self.non_utf8_lines = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        # Not a generator: an exhausted one would not return lines pushed back later.
        line = self._pushed_back.pop() if self._pushed_back else self._read()
        self.number += 1
        return line

    def push_back(self, lines: list[str]) -> None:
        """Put lines back to be read again: the record that spanned them was malformed."""
        self._pushed_back.extend(reversed(lines))
        self.number -= len(lines)

    def _read(self) -> str:
        try:
            return next(self._decoded_lines)
        except (EOFError, OSError, UnicodeError, zlib.error) as error:
            raise UnreadableFile(
                f"The file is damaged or cut off after line {self.number}: {error}",
                line=self.number,
            ) from error

    def _decoded(self) -> Iterator[str]:
        if self._stream.peek(2)[:2] in UTF16_BOMS:
            text = TextIOWrapper(self._stream, encoding="utf-16", newline="\n")
            try:
                yield from text
            finally:
                text.detach()  # the caller that opened the stream closes it
            return
        if self._stream.peek(3)[:3] == codecs.BOM_UTF8:
            self._stream.read(3)
        for raw in iter(partial(self._stream.readline, MAX_LINE_BYTES), b""):
            yield self._decode(raw)

    def _decode(self, raw: bytes) -> str:
        if len(raw) >= MAX_LINE_BYTES:
            raise UnreadableFile(
                f"Line {self.number + 1} is longer than {MAX_LINE_BYTES // 2**20} MiB",
                line=self.number + 1,
            )
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.non_utf8_lines += 1
            return raw.decode("cp1252", errors="replace")
