"""Splits Markdown into passages that can be retrieved and quoted on their own. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_PASSAGE_WORDS = 200
"""The embedding model reads about as many."""
OVERLAP_WORDS = 30
"""Words that a passage may repeat of the one before, so that no answer is cut in two."""

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_FENCE = re.compile(r"\s*(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Passage:
    heading: str
    """Path of headings, `Returns > Refunds`; empty before the first heading."""
    text: str


def split_markdown(markdown: str) -> list[Passage]:
    """Split into a passage per section; a longer section becomes several that overlap by
    whole sentences. A section without text of its own, as a heading over others, has none.
    """
    return [
        Passage(heading, text)
        for heading, body in _split_sections(markdown)
        for text in _join_sentences(_split_sentences(body))
    ]


def _split_sections(markdown: str) -> Iterator[tuple[str, str]]:
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


def _split_sentences(body: str) -> list[str]:
    """Sentences and lines, each with the white space after it, cut at the longest length."""
    sentences: list[str] = []
    start = 0
    for gap in _SENTENCE_END.finditer(body):
        sentences += _split_sentence(body[start : gap.end()])
        start = gap.end()
    sentences += _split_sentence(body[start:])
    return [sentence for sentence in sentences if sentence.strip()]


def _split_sentence(sentence: str) -> Iterator[str]:
    if _count_words(sentence) <= MAX_PASSAGE_WORDS:
        yield sentence
        return
    words = sentence.split()
    for start in range(0, len(words), MAX_PASSAGE_WORDS):
        yield " ".join(words[start : start + MAX_PASSAGE_WORDS]) + " "


def _join_sentences(sentences: Sequence[str]) -> Iterator[str]:
    """As few passages as the maximum length allows, of about the same length."""
    total = sum(map(_count_words, sentences))
    if total == 0:
        return
    count = max(1, -(-(total - OVERLAP_WORDS) // (MAX_PASSAGE_WORDS - OVERLAP_WORDS)))
    goal = (total + (count - 1) * OVERLAP_WORDS) / count
    passage: list[str] = []
    for sentence in sentences:
        size = sum(map(_count_words, passage))
        if passage and (
            size + _count_words(sentence) > MAX_PASSAGE_WORDS or size >= goal
        ):
            yield "".join(passage).strip()
            passage = _select_overlap(
                passage, room=MAX_PASSAGE_WORDS - _count_words(sentence)
            )
        passage.append(sentence)
    yield "".join(passage).strip()


def _select_overlap(passage: Sequence[str], *, room: int) -> list[str]:
    """The last sentences of a passage, as many as the next may repeat."""
    left = min(OVERLAP_WORDS, room)
    tail: list[str] = []
    for sentence in reversed(passage):
        left -= _count_words(sentence)
        if left < 0:
            break
        tail.insert(0, sentence)
    return tail


def _count_words(text: str) -> int:
    return len(text.split())
