"""Splits a message into the questions that it asks. Pure."""

import re
from collections.abc import Iterator

SENTENCE_END = re.compile(r"(?<=[?!;])\s+|(?<=[^\d\W]\.)\s+(?=[A-Z])|\n+")
FURTHER_QUESTION = re.compile(
    r"(?i)(?:,\s*|\s+)(?:and|then|and then)\s+"
    r"(?=(?:which|what|how many|how much|how did|how was|where)\b)"
)
POINTS_BACK = re.compile(r"(?i)\b(?:it|there|them|those|that|these)\b")
COMPLETE = re.compile(
    r"(?i)\b(?:which|best|worst|most|least|highest|lowest|top|last|this|in|since|yesterday|today)\b"
)


def split_questions(text: str) -> list[str]:
    """Each sentence, and what a sentence asks further: "which category fell most, and which
    products in it?". "How many orders and how much revenue" is one question."""
    return [
        part
        for sentence in SENTENCE_END.split(text.strip())
        if sentence.strip(" .?!;")
        for part in _split_further(sentence.strip())
    ]


def _split_further(sentence: str) -> Iterator[str]:
    match = FURTHER_QUESTION.search(sentence)
    if match is None:
        yield sentence
        return
    first, second = sentence[: match.start()], sentence[match.end() :]
    if POINTS_BACK.search(second) or COMPLETE.search(first):
        yield first
        yield f"and {second}" if POINTS_BACK.search(second) else second
    else:
        yield sentence
