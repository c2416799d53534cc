"""Knows messages that start anew: "reset", "start over", "forget that", "new question". Pure."""

import re

from agents.local.insights.edits.undoing import is_whole_phrase
from agents.local.language.grammar import Captures, Rules

SUBJECT = "question|topic|subject|conversation|chat|query|session|start|thing"
RESETS = Rules()
SIGNS = r":.;!,\u2013\u2014"
LEADING = re.compile(
    rf"\s*(?P<reset>[^{SIGNS}]{{3,40}})[{SIGNS}]\s*(?P<rest>\S.*)", re.DOTALL
)
DENIALS = frozenset({"don't", "dont", "not", "never", "don\u2019t"})


@RESETS.add(
    "reset",
    "reset|clear|wipe|forget|scrap it|that|this|everything|all",
    "reset|clear|wipe|forget all of? it|that|this|them?",
    "forget about it|that|this|everything",
    "forget|scrap all|everything before|earlier|previous|above|so? far?",
    "forget|scrap what|everything i|we asked|said before?",
    f"reset|clear|wipe|forget|restart the|this|my|our? {SUBJECT}|context|history|filters",
    "forget the|my|our? last|previous|earlier|old question|questions|query|queries|topic",
    "start|begin|restart over|again|afresh|anew|fresh",
    "start|begin over|again? from scratch|zero",
    "start|begin over|again? from the beginning|start",
    "start a? new|fresh|over",
    "restart",
    "from scratch",
    "back to square|point one|zero",
    "clean|blank slate|sheet",
    f"a|another|something|one? new|different|another|other|fresh {SUBJECT}",
    "something new|different|else entirely?",
    f"start|begin|open|ask a|another new|fresh|different? {SUBJECT}",
    "change of? the? subject|topic",
)
def read_reset(_: Captures) -> str:
    return "reset"


def is_reset(text: str) -> bool:
    """Whether a message says nothing else than that what was asked before is over."""
    if not DENIALS.isdisjoint(text.casefold().split()):
        return False
    return is_whole_phrase(text, RESETS)


def split_reset(text: str) -> str | None:
    """ "New question: revenue by month": what is asked behind it; `None` without a reset."""
    found = LEADING.fullmatch(text)
    if found is None or not is_reset(found["reset"]):
        return None
    return found["rest"]
