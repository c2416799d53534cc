"""Bytes to lines of text, whatever wrote them.

UTF-8 with or without its mark, UTF-16 with one; a line that is no UTF-8 is read as
Windows-1252, and counted, so that the owner is told.
"""

import codecs
import zlib
from collections.abc import Iterator
from functools import partial
from io import BufferedReader, TextIOWrapper
from typing import Any, Self, TypeAlias

from webapp.imports.errors import UnreadableFile

Stream: TypeAlias = "BufferedReader[Any]"

LONGEST_LINE = 16 * 1024 * 1024
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class LineReader:
    """Iterates over lines with their ends; `number` is that of the latest one."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._decoded_lines = self._decoded()
        self._given_back: list[str] = []
        self.number = 0
        self.non_utf8_lines = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        # No generator: one that has ended would not see lines that are given back.
        line = self._given_back.pop() if self._given_back else self._read()
        self.number += 1
        return line

    def push_back(self, lines: list[str]) -> None:
        """Put lines back to be read again: a record that spans them was none."""
        self._given_back.extend(reversed(lines))
        self.number -= len(lines)

    def _read(self) -> str:
        try:
            return next(self._decoded_lines)
        except (EOFError, OSError, UnicodeError, zlib.error) as problem:
            raise UnreadableFile(
                f"The file is damaged or cut off after line {self.number}: {problem}",
                line=self.number,
            ) from problem

    def _decoded(self) -> Iterator[str]:
        if self._stream.peek(2)[:2] in UTF16_MARKS:
            text = TextIOWrapper(self._stream, encoding="utf-16", newline="\n")
            try:
                yield from text
            finally:
                text.detach()  # whoever opened the stream closes it
            return
        if self._stream.peek(3)[:3] == codecs.BOM_UTF8:
            self._stream.read(3)
        for raw in iter(partial(self._stream.readline, LONGEST_LINE), b""):
            yield self._text(raw)

    def _text(self, raw: bytes) -> str:
        if len(raw) >= LONGEST_LINE:
            raise UnreadableFile(
                f"Line {self.number + 1} is longer than {LONGEST_LINE // 2**20} MiB",
                line=self.number + 1,
            )
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.non_utf8_lines += 1
            return raw.decode("cp1252", errors="replace")
