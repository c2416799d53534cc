"""Phrases that take the limit of a list away: "drop the limit", "the complete list", "not just the
top". Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agents.local.insights.edits.places import replace_meanings, silence_mention
from agents.local.insights.edits.words import LAST, PAUSES, SIGNS, UNDOING, get_behind
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.grammar import Captures, Category, Rules

ROWS = "rows"
"""The name of a meaning that asks for all rows, and leaves the filters as they are."""
WHOLE = "full|whole|entire|complete|unlimited|uncut|unabridged|untruncated|total"
LISTS = "list|table|ranking|rankings|set|range|order|lineup|listing|leaderboard|league|picture"
CAPS = "limit|limits|cap|cutoff|cut-off|cut|truncation|maximum"
ENDS = (
    LAST | SIGNS | PAUSES | {"with", "without", "not", "rather", "this", "for", "too"}
)
ALL = frozenset({"all", "every", "each", "any", "the"})
NOT_ONLY = frozenset({
    "not just", "not only", "not merely", "not simply", "don't just", "don't only", "not",
    "rather than", "rather than just", "instead of", "instead of just", "instead of only",
    "and not", "and not just", "and not only", "than", "than just", "more than just", "beyond",
})  # fmt: skip
LIMITED = (
    Role.FILLER, Role.ONLY, Role.SUPERLATIVE, Role.DIMENSION, Role.DIMENSIONS, Role.ANAPHOR,
    Role.AT_THE_TOP,
)  # fmt: skip
"""What the rows that a list was cut to are named by."""
NAMING = (Role.DIMENSIONS, Role.DIMENSION)


UNLIMITING = Rules()


@UNLIMITING.add(
    f"{UNDOING} the|that|this|any|my|your row|top|list? {CAPS}",
    f"the? {WHOLE} {LISTS}",
    f"the? {LISTS} in full",
    "in full",
    f"don't|dont cut|truncate|cap|limit|shorten|stop it|them|this|that|the {LISTS}? "
    "off|short|there|down?",
    f"do not cut|truncate|cap|limit|shorten|stop it|them|this|that|the {LISTS}? "
    "off|short|there|down?",
    "all the? rows|entries|lines|places|positions",
    f"no|without a|any? {CAPS}",
    "without cutting|limiting|truncating|capping|shortening it|them|that|this|anything? off|short?",
    "uncapped|unlimited|untruncated|uncut",
    "the whole|entire? lot",
    "every single|last one|row|entry",
    "each and every one",
    "every one of them|those|these",
    "all the way down|through to the? bottom|end|last? one?",
    "from? the? first|top|best to the? last|bottom|worst one?",
    "down to the very? last one?",
    "as|however many as? there are",
)
def read_unlimiting(found: Captures) -> Meaning | None:
    """ "The full list of orders" is the beginning of a question."""
    return Meaning(Role.EVERY_VALUE, ROWS) if get_behind(found) in ENDS else None


LIMIT_CATEGORIES: Mapping[str, Category] = {"UNLIMITING": UNLIMITING.read_longest}


def settle_limits(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Everything, not just the top", "instead of three, all of them", "not only the best five":
    what the list was cut to is not asked for again."""
    settled = list(mentions)
    places = [n for n in range(len(settled)) if settled[n].text.casefold() in NOT_ONLY]
    cuts = ((begin, _find_end(settled, begin)) for begin in places)
    found = next(((begin, end) for begin, end in cuts if end is not None), None)
    if found is None:
        return settled
    begin, end = found
    others = [*settled[:begin], *settled[end:]]
    is_alone = all(each.has(Role.FILLER) for each in others)
    if not (is_alone or _asks_for_all(others)):
        return settled
    for index in range(begin, end):
        silence_mention(settled, index)
        settled[index] = replace(settled[index], number=None)
    if not any(each.has(Role.EVERY_VALUE, *NAMING) for each in others):
        every = Meaning(Role.EVERY_VALUE, ROWS)
        settled[begin] = replace_meanings(settled[begin], every)
    return settled


def _find_end(mentions: Sequence[Mention], begin: int) -> int | None:
    """The place behind a denied number of rows, where there is one."""
    end = begin + 1
    while end < len(mentions) and _names_few(mentions[end]):
        end += 1
    few = mentions[begin + 1 : end]
    is_number = any(each.number or each.has(Role.SUPERLATIVE) for each in few)
    ends = end == len(mentions) or mentions[end].has(Role.JOIN, Role.AGAIN)
    return end if is_number and ends else None


def _names_few(mention: Mention) -> bool:
    if mention.number is not None:
        return not (mention.number.is_money or mention.number.is_percent)
    return mention.time is None and not mention.values and mention.has(*LIMITED)


def _asks_for_all(mentions: Sequence[Mention]) -> bool:
    words = {word for each in mentions for word in each.text.casefold().split()}
    said = [each for each in mentions if not each.has(Role.JOIN)]
    names = any(each.has(*NAMING) for each in said) or (
        bool(said) and said[-1].word in {"all", "but all"}
    )
    return any(each.has(Role.EVERY_VALUE) for each in mentions) or (
        names and not words.isdisjoint(ALL)
    )
