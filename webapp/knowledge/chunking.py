"""Markdown to passages: pieces that can be found and quoted on their own. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_PASSAGE_WORDS = 200
"""Words of a passage; the embedding model reads about as many."""
OVERLAP_WORDS = 30
"""Words that a passage may repeat of the one before, so that no answer is cut in two."""

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_FENCE = re.compile(r"\s*(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Passage:
    heading: str
    """The path to it, `Returns > Refunds`; empty before the first heading."""
    text: str


def split_markdown(markdown: str) -> list[Passage]:
    """A section is a passage; a longer one becomes several that overlap by whole
    sentences. What has no words of its own, as a heading over others, gives none."""
    return [
        Passage(heading, text)
        for heading, body in _sections(markdown)
        for text in _pieces(_sentences(body))
    ]


def _sections(markdown: str) -> Iterator[tuple[str, str]]:
    """Heading path and text of each section; `#` in a code block is no heading."""
    path: dict[int, str] = {}
    lines: list[str] = []
    in_code = False
    for line in markdown.splitlines():
        in_code ^= bool(_FENCE.match(line))
        heading = None if in_code else _HEADING.fullmatch(line.strip())
        if heading is None:
            lines.append(line)
            continue
        yield " > ".join(path.values()), "\n".join(lines)
        level = len(heading[1])
        path = {upper: text for upper, text in path.items() if upper < level}
        path[level], lines = heading[2], []
    yield " > ".join(path.values()), "\n".join(lines)


def _sentences(body: str) -> list[str]:
    """Sentences and lines, each with what stood behind it, and none too long."""
    sentences: list[str] = []
    start = 0
    for gap in _SENTENCE_END.finditer(body):
        sentences += _short(body[start : gap.end()])
        start = gap.end()
    sentences += _short(body[start:])
    return [sentence for sentence in sentences if sentence.strip()]


def _short(sentence: str) -> Iterator[str]:
    if _words(sentence) <= MAX_PASSAGE_WORDS:
        yield sentence
        return
    words = sentence.split()
    for start in range(0, len(words), MAX_PASSAGE_WORDS):
        yield " ".join(words[start : start + MAX_PASSAGE_WORDS]) + " "


def _pieces(sentences: Sequence[str]) -> Iterator[str]:
    """As few pieces as the length allows, of about the same length."""
    total = sum(map(_words, sentences))
    if total == 0:
        return
    pieces = max(1, -(-(total - OVERLAP_WORDS) // (MAX_PASSAGE_WORDS - OVERLAP_WORDS)))
    goal = (total + (pieces - 1) * OVERLAP_WORDS) / pieces
    piece: list[str] = []
    for sentence in sentences:
        size = sum(map(_words, piece))
        if piece and (size + _words(sentence) > MAX_PASSAGE_WORDS or size >= goal):
            yield "".join(piece).strip()
            piece = _tail(piece, room=MAX_PASSAGE_WORDS - _words(sentence))
        piece.append(sentence)
    yield "".join(piece).strip()


def _tail(piece: Sequence[str], *, room: int) -> list[str]:
    """The last sentences of a piece, as many as may be repeated in the next."""
    left = min(OVERLAP_WORDS, room)
    tail: list[str] = []
    for sentence in reversed(piece):
        left -= _words(sentence)
        if left < 0:
            break
        tail.insert(0, sentence)
    return tail


def _words(text: str) -> int:
    return len(text.split())
