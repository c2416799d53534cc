"""Knows a change that is named before the rows that are asked for: "October decline: which
categories?" asks what is behind it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import TimeGrain

BREAK = re.compile(r"[:;,.?!\u2013\u2014]|\s-+\s")
EXPLAINING = Meaning(Role.ANALYSIS, "explain_change")
CHANGES = (Role.RISE, Role.FALL, Role.CHANGE)


def ask_for_causes(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions with "which" as the word of an explanation, where nothing stands before it but a
    change with its time and figure, and nothing behind it but the rows."""
    which = next((n for n, each in enumerate(mentions) if each.has(Role.WHICH)), None)
    if which is None or which == 0:
        return list(mentions)
    before = [each for each in mentions[:which] if not each.has(Role.FILLER, Role.JOIN)]
    rows = [
        each for each in mentions[which + 1 :] if not each.has(Role.FILLER, Role.JOIN)
    ]
    is_broken = BREAK.search(
        text, before[-1].end if before else 0, mentions[which].start
    )
    if not (is_broken and _is_change(before) and rows and all(map(_names_rows, rows))):
        return list(mentions)
    asked = replace(mentions[which], meanings=(EXPLAINING,))
    return [*mentions[:which], asked, *mentions[which + 1 :]]


def _is_change(mentions: Sequence[Mention]) -> bool:
    parts = (*CHANGES, Role.METRIC)
    return any(each.has(*CHANGES) for each in mentions) and all(
        each.has(*parts) or _names_time(each) or each.values for each in mentions
    )


def _names_time(mention: Mention) -> bool:
    return mention.time is not None and not isinstance(mention.time, TimeGrain)


def _names_rows(mention: Mention) -> bool:
    return mention.has(Role.DIMENSION, Role.DIMENSIONS) and not mention.values
