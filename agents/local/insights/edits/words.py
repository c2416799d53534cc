"""Words that several kinds of phrases for a change have in common, and what stands around them."""

from collections.abc import Mapping

from agents.local.language.grammar import (
    Captures,
    Category,
    Rules,
    build_words,
)

NEXT_TO = "next_to"
"""The name of a meaning that adds a column: "with Q2 next to it"."""
BACK = "back"
"""The name of a meaning that points to the figures before: "redo that with"."""
SIGNS = frozenset({"", ",", ".", ";", ":", "!", "?", "(", ")", "-", "\u2013", "\u2014"})
PAUSES = frozenset({"and", "but", "ok", "okay", "thanks", "hm", "hmm", "oh", "well"})
ENDS = SIGNS | {
    "please", "pls", "too", "now", "from", "in", "and", "for", "again", "then", "thanks", "but",
}  # fmt: skip
"""What may follow a pronoun that is an object: "drop that", but not "drop that category"."""
LAST = frozenset({"", ".", "!", "?", "please", "now", "again", "instead"})
"""What may follow where nothing else is said."""
PRONOUNS = frozenset({"it", "that", "this", "them", "those", "these"})
UNDOING = (
    "drop|remove|without|lose|forget|clear|undo|reset|lift|delete|cancel|ignore|no|scrap|scratch|"
    "disable|deactivate|ditch|abandon|waive|dismiss|release|erase|unset|kill|nix|discard|omit"
)
OBJECTS = Rules()


def list_words(found: Captures) -> list[str]:
    return [found.reader.get_word(at) for at in range(found.start, found.end)]


def get_before(found: Captures) -> str:
    """The word before a phrase; none at the beginning."""
    return found.reader.get_word(found.start - 1)


def get_behind(found: Captures) -> str:
    return found.reader.get_word(found.end)


@OBJECTS.add(
    "it|that|this|them|those|these|everything",
    "all of? it|that|them|these|those|this?",
    "the|that|this|my|our|your whole|full|entire|complete? "
    "list|table|result|results|figures|numbers|rows|view|chart|breakdown|report|query|answer|"
    "selection|output|lot|thing|values|amounts|figure",
)
def read_object(_: Captures) -> str:
    return "object"


WORD_CATEGORIES: Mapping[str, Category] = {
    "OBJECT": OBJECTS.read_longest,
    "PERIOD": build_words({"hour", "day", "week", "month", "quarter", "year"}),
}
