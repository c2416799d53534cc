"""Knows what somebody is not sure of, which is no figure: "if the promo worked". Pure."""

from collections.abc import Sequence

from agents.local.insights.talk.clause_words import (
    DETERMINERS,
    PEOPLE,
    PERSONS,
    THINGS,
    Words,
)
from agents.local.insights.words.lexicon import Role

FINDING = frozenset({
    "see", "know", "find", "hear", "learn", "understand", "check", "test", "decide", "tell",
    "figure", "verify", "judge", "work", "say", "assess", "evaluate", "curious", "wonder",
    "wondering", "unsure", "sure", "asking", "ask", "checking", "testing", "seeing", "debating",
    "doubt", "doubts", "question", "explore", "measure", "discuss", "guess", "idea",
})  # fmt: skip
""" "I wonder if ads pay off": behind these, a doubt follows."""
DOUBTING = frozenset({"if", "whether", "where", "when", "why"})
MAX_DOUBT = 8
"""Words before a doubt begins."""


def is_doubt(words: Words) -> bool:
    """ "I'd like to see if the promo worked": of what is not recorded, and no figure."""
    said = [word for word, _ in words[:MAX_DOUBT]]
    at = next(
        (n for n, word in enumerate(said) if word in DOUBTING or _asks_degree(said, n)),
        None,
    )
    if at is None or FINDING.isdisjoint(said[:at]):
        return False
    return not any(
        each.role is Role.METRIC and each.name not in PEOPLE
        for _, mention in words[at:]
        for each in mention.meanings
    )


def _asks_degree(said: Sequence[str], place: int) -> bool:
    """ "How fast we are getting there", not "how many"."""
    if said[place] != "how" or len(said) < place + 3:
        return False
    is_counted = said[place + 1] in {"many", "much", "often", "long", "do", "did"}
    about = PERSONS | THINGS | DETERMINERS
    return not is_counted and said[place + 2] in about
