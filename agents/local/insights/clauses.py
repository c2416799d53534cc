"""Splits a message into the questions that it asks. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention
from agents.local.language.readings import DaySpan, PeriodSpan

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


def split_by_times(text: str, mentions: Sequence[Mention]) -> list[str]:
    """Figures that each have a time of their own: "revenue in June and units in July"."""
    at = find_second_figure(mentions)
    if at is None:
        return [text]
    first, second = text[: mentions[at - 1].start], text[mentions[at].start :]
    return [first.rstrip(" ,"), *split_by_times(second, _shift_mentions(mentions, at))]


def find_second_figure(mentions: Sequence[Mention]) -> int | None:
    """The place of a figure that follows a figure and its time, and has another time itself."""
    has_figure = has_time = False
    for index, mention in enumerate(mentions):
        is_window = isinstance(mention.time, DaySpan | PeriodSpan)
        if mention.has(Role.METRIC) and has_figure and has_time:
            joined = mentions[index - 1].has(Role.JOIN)
            rest = mentions[index + 1 :]
            if joined and any(
                isinstance(each.time, DaySpan | PeriodSpan) for each in rest
            ):
                return index
        has_figure |= mention.has(Role.METRIC)
        has_time |= has_figure and is_window
    return None


def _shift_mentions(mentions: Sequence[Mention], at: int) -> list[Mention]:
    """Those from a place on, with offsets from its beginning."""
    start = mentions[at].start
    return [
        replace(each, start=each.start - start, end=each.end - start)
        for each in mentions[at:]
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
