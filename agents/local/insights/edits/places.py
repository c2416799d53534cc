"""What the rules for words of a change have in common: what a mention is of, and how it is read as
something else. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.edits.words import BACK
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import DaySpan, PeriodSpan, TimeGrain

WINDOWS = (DaySpan, PeriodSpan)
OPEN = (Role.FILLER, Role.JOIN, Role.ANAPHOR, Role.ONLY)


def replace_meanings(mention: Mention, *meanings: Meaning) -> Mention:
    return replace(mention, meanings=meanings, values=())


def silence_mention(settled: list[Mention], index: int) -> None:
    settled[index] = replace_meanings(settled[index], Meaning(Role.FILLER))


def ask_again(mentions: Sequence[Mention], index: int, behind: int) -> list[Mention]:
    """What was asked before, with what stands from a place on instead of what is before that."""
    again = replace_meanings(mentions[index], Meaning(Role.AGAIN, BACK))
    return [*mentions[:index], again, *mentions[behind:]]


def skip_open(mentions: Sequence[Mention], at: int) -> int | None:
    while at < len(mentions) and mentions[at].has(Role.FILLER):
        at += 1
    return at if at < len(mentions) else None


def list_kinds(mentions: Sequence[Mention]) -> set[str]:
    """What mentions are: values, times, metrics, dimensions."""
    found: set[str] = set()
    for each in mentions:
        if each.has(Role.METRIC):
            found.add("metric")
        if each.has(Role.DIMENSION, Role.DIMENSIONS) or isinstance(
            each.time, TimeGrain
        ):
            found.add("dimension")
        if each.is_value:
            found.add("value")
        if each.time is not None and not isinstance(each.time, TimeGrain):
            found.add("time")
    return found
