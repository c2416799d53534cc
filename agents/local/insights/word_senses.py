"""Chooses what a word of several senses is, by the words next to it. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.local.insights.lexicon import Meaning, Role
from agents.local.insights.mentions import Mention
from agents.local.language.readings import DayHours, Weekdays
from webapp.insights.query.definitions import PERIODS
from webapp.insights.query.values import MatchKind

FILLER = (Meaning(Role.FILLER),)
SUBJECTS = frozenset({"we", "you", "they", "us", "did we", "i"})
GOODS = frozenset({"product", "category", "brand", "variant", "tag"})
NAMED = frozenset({"called", "named", "titled", "entitled", "by the name of"})
QUOTES = "\"'“”„«»\u2018\u2019"
KINDS_OF_GOODS = frozenset(
    {
        "album", "article", "book", "game", "item", "line", "model", "novel", "piece",
        "product", "record", "set", "single", "sku", "thing", "title", "toy", "vinyl", "volume",
    }
)  # fmt: skip
""" "The book “Returns”": what the name is of, and nothing else."""
FIRSTS = frozenset({"order", "orders", "purchase", "purchases", "half"})
PARTICLES = frozenset({"up", "down"})
PARTICLE_VERBS = frozenset({
    "split", "break", "breaking", "divide", "slice", "chop", "carve", "cut", "separate", "open",
    "add", "sum", "total", "tally", "tot", "count", "look", "pull", "bring", "dig", "write", "put",
    "note", "jot", "draw", "set", "clean", "speed", "hurry", "call", "wrap", "sort", "follow",
    "back",
})  # fmt: skip
MAX_BETWEEN = 5
"""Words between a verb and its "up"."""
TAKING = frozenset({"take", "make"})


def settle_senses(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    settled = list(mentions)
    for settle in SETTLING:
        settled = settle(text, settled)
    return settled


def _keep_roles(mention: Mention, *unwanted: Role) -> Mention:
    kept = tuple(each for each in mention.meanings if each.role not in unwanted)
    return replace(mention, meanings=kept or FILLER)


# To shift is to sell, or to change


def _settle_shifts(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "How many puzzles did we shift" are sold; a "shift in revenue" is a change of it."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        if mention.has(Role.CHANGE) and mention.has(Role.METRIC_VERB):
            other = Role.CHANGE if _is_sold(mentions, index) else Role.METRIC_VERB
            settled[index] = _keep_roles(mention, other)
    return settled


def _is_sold(mentions: Sequence[Mention], index: int) -> bool:
    before = mentions[index - 1] if index else None
    after = mentions[index + 1] if index + 1 < len(mentions) else None
    if before is not None and before.text.casefold() in SUBJECTS:
        return True
    if mentions[0].has(Role.OVERVIEW) or before is None:
        return False
    asks = any(each.has(Role.HOW_MANY, Role.SUPERLATIVE) for each in mentions)
    is_of_goods = any(map(_names_goods, (before, *([after] if after else ()))))
    is_counted = before.find(Role.METRIC) == Meaning(Role.METRIC, "units")
    return asks or is_of_goods or is_counted


def _names_goods(mention: Mention) -> bool:
    roles = (Role.DIMENSION, Role.DIMENSIONS)
    named = {each.name for each in mention.meanings if each.role in roles}
    return not GOODS.isdisjoint({*named, *(each.dimension for each in mention.values)})


# Or less


def _settle_alternatives(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "More or fewer units than in May", "higher or lower": a change either way; "100 or fewer" is
    a bound."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_change = before.has(Role.RISE, Role.FALL, Role.OVER, Role.UNDER)
        if (
            before.number is None
            and is_change
            and mention.has(Role.OR_LESS, Role.OR_MORE)
        ):
            settled[index] = replace(mention, meanings=(Meaning(Role.CHANGE),))
    return settled


def _settle_than(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Are Mondays better than Fridays": no bound of a figure, which a number says."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        is_compared = isinstance(after.time, Weekdays | DayHours)
        if mention.text.casefold().endswith(" than") and is_compared:
            kind = Role.RISE if mention.has(Role.OVER) else Role.FALL
            if mention.has(Role.OVER, Role.UNDER):
                meanings = (Meaning(Role.COMPARE), Meaning(kind))
                settled[index] = replace(mention, meanings=meanings)
    return settled


# What a name is of


def _settle_kinds(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "The book “Returns”", "the toy called First Light": the noun says what the name is of."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        is_product = any(_is_whole_product(each) for each in _list_kinds(mention))
        place = _find_noun(text, mentions, index) if is_product else None
        if place is not None and _is_kind(mentions[place]):
            settled[place] = replace(mentions[place], meanings=FILLER, values=())
    return settled


def _list_kinds(mention: Mention) -> Iterator[tuple[str, MatchKind]]:
    for each in mention.values:
        yield each.dimension, each.kind


def _is_whole_product(kind: tuple[str, MatchKind]) -> bool:
    return kind == ("product", MatchKind.WHOLE)


def _find_noun(text: str, mentions: Sequence[Mention], index: int) -> int | None:
    """The place of the word before a name that is quoted, or called so: "the novel 1984"."""
    if not index:
        return None
    if mentions[index - 1].text.casefold() in NAMED:
        return index - 2 if index >= 2 else None
    between = text[mentions[index - 1].end : mentions[index].start].strip()
    is_quoted = bool(between) and between in QUOTES
    is_definite = index >= 2 and mentions[index - 2].text.casefold() == "the"
    return index - 1 if is_quoted or (is_definite and not between) else None


def _is_kind(mention: Mention) -> bool:
    word = mention.text.casefold()
    if word in KINDS_OF_GOODS:
        return True
    kinds = {each.dimension for each in mention.values}
    return (
        bool(kinds) and kinds <= {"category", "product", "tag"} and word == mention.text
    )


# First


def _settle_firsts(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "The first 3 months", "their first order": no part of a name such as "First Light"."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        is_part = any(each.kind is MatchKind.PART for each in mention.values)
        if mention.text == "first" and is_part and _follows_first(after):
            settled[index] = replace(mention, values=())
    return settled


def _follows_first(after: Mention) -> bool:
    word = after.text.casefold()
    is_period = any(each.name in PERIODS for each in after.meanings)
    return after.number is not None or is_period or word in FIRSTS


# Good


def _settle_goods(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Which days are good" is no product, which "by good" is."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        before = mentions[index - 1] if index else None
        is_asked = before is not None and before.has(Role.BY, Role.WHICH)
        if mention.has(Role.HIGH) and mention.has(Role.DIMENSION) and not is_asked:
            settled[index] = _keep_roles(mention, Role.DIMENSION)
    return settled


# Take


def _settle_takes(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Take this year", "please make it 2025": nobody takes money there."""
    settled = list(mentions)
    first = next(
        (n for n, each in enumerate(mentions) if each.text.casefold() != "please"), None
    )
    if first is not None and mentions[first].text.casefold() in TAKING:
        settled[first] = replace(mentions[first], meanings=FILLER)
    return settled


# Up and down


def _settle_particles(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Split it up", "add these up", "break the year down": nothing goes up or down there."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        before = mentions[max(index - MAX_BETWEEN, 0) : index]
        verbs = {each.text.casefold().split()[0] for each in before}
        is_particle = mention.text.casefold() in PARTICLES
        if is_particle and not PARTICLE_VERBS.isdisjoint(verbs):
            settled[index] = _keep_roles(mention, Role.RISE, Role.FALL)
    return settled


Settle = Callable[[str, Sequence[Mention]], list[Mention]]
SETTLING: Sequence[Settle] = (
    _settle_shifts,
    _settle_alternatives,
    _settle_than,
    _settle_kinds,
    _settle_firsts,
    _settle_goods,
    _settle_takes,
    _settle_particles,
)
