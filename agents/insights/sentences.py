"""Cuts a stream of text into sentences, each as soon as it is complete. Pure."""

import re
from collections.abc import Iterator

MAX_LENGTH = 4000
"""What is longer is cut at a blank, so that the cost of a text stays linear in its length."""
WHOLE_LINE = re.compile(r"\s*(?:(?:\d+[.)]|[-*\u2022])\s|\|)")
"""List items and rows of tables are withheld whole."""
MAY_BE_WHOLE_LINE = re.compile(r"\s*(?:\d*[.)]?|[-*\u2022]?)$")
# The point of "3.5" ends no sentence.
END = re.compile(r"\n|(?<!\d)[.!?](?=\s)\s?|(?<=\d)[.!?](?=\s+[A-Z])\s?")
ABBREVIATION = re.compile(
    r"(?i)(?:^|[\s(])(?:vs|e\.g|i\.e|approx|ca|no|st|u\.s|u\.s\.a|u\.k|dr|mr|mrs|ms|inc|ltd|co|cf|incl|excl|avg|est)\.$"
)


def split_sentences(text: str) -> Iterator[str]:
    splitter = SentenceSplitter()
    yield from splitter.feed(text)
    yield splitter.flush()


class SentenceSplitter:
    def __init__(self) -> None:
        self._buffer = ""
        self._scanned = 0
        """How far no sentence ends."""

    def feed(self, text: str) -> Iterator[str]:
        """Take the next piece of text; yields the sentences that it completes."""
        self._buffer += text
        start = 0
        while (end := self._find_end(start)) is not None:
            yield self._buffer[start:end]
            start = end
            self._scanned = end
        self._buffer = self._buffer[start:]
        self._scanned = max(0, len(self._buffer.rstrip()) - 1)

    def flush(self) -> str:
        rest, self._buffer, self._scanned = self._buffer, "", 0
        return rest

    def _find_end(self, start: int) -> int | None:
        text = self._buffer
        begin = (
            start
            + len(text[start : start + MAX_LENGTH])
            - len(text[start : start + MAX_LENGTH].lstrip(" \t"))
        )
        if WHOLE_LINE.match(text, begin):
            end = text.find("\n", max(begin, self._scanned))
            return end + 1 if end >= 0 else self._cut_long(start)
        if MAY_BE_WHOLE_LINE.match(text, begin) and "\n" not in text[begin:]:
            return None
        for match in END.finditer(text, max(begin, self._scanned)):
            if match.start() - start > MAX_LENGTH:
                break
            if match[0] == "\n" or not ABBREVIATION.search(
                text[max(start, match.start() - 8) : match.start() + 1]
            ):
                return match.end()
        return self._cut_long(start)

    def _cut_long(self, start: int) -> int | None:
        if len(self._buffer) - start <= MAX_LENGTH:
            return None
        blank = self._buffer.rfind(" ", start, start + MAX_LENGTH)
        return blank + 1 if blank > start else start + MAX_LENGTH
