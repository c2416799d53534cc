"""Chooses what a word of several senses is, by the words next to it. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.local.insights.lexicon import Meaning, Role
from agents.local.insights.mentions import Mention
from agents.local.language.readings import (
    DayHours,
    DaySpan,
    PeriodSpan,
    TimeComparison,
    Weekdays,
)
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
BOUNDING = (Role.OVER, Role.UNDER, Role.AT_LEAST, Role.AT_MOST)
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
            is_sold = _is_sold(mentions, index)
            settled[index] = _keep_roles(
                mention, Role.CHANGE if is_sold else Role.METRIC_VERB
            )
            is_course = mention.text.casefold() in MOVING and _asks_how(mentions)
            if is_course and not is_sold:
                settled[index] = replace(mention, meanings=(Meaning(Role.TREND),))
    return settled


MOVING = frozenset({"move", "moved", "moves"})


def _asks_how(mentions: Sequence[Mention]) -> bool:
    """ "How has revenue moved since January" asks for its course, "how much" for the change."""
    compares = any(_is_other_side(each) for each in mentions)
    first = next(
        (each for each in mentions if each.has(Role.OVERVIEW, Role.HOW_MUCH)), None
    )
    return first is not None and first.has(Role.OVERVIEW) and not compares


def _is_sold(mentions: Sequence[Mention], index: int) -> bool:
    before = mentions[index - 1] if index else None
    after = mentions[index + 1] if index + 1 < len(mentions) else None
    if before is not None and before.text.casefold() in SUBJECTS:
        return True
    if mentions[0].has(Role.OVERVIEW) or before is None:
        return False
    if after is not None and after.has(*BOUNDING):
        return True  # "Products that shifted over a hundred units".
    asks = any(each.has(Role.HOW_MANY, Role.SUPERLATIVE) for each in mentions)
    is_of_goods = any(map(_names_goods, (before, *([after] if after else ()))))
    is_counted = any(
        each.find(Role.METRIC) == Meaning(Role.METRIC, "units") for each in mentions
    )
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
    """ "The first 3 months", "their first order", "with the top sellers first": no part of a name
    such as "First Light"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        is_part = any(each.kind is MatchKind.PART for each in mention.values)
        if mention.text != "first" or not is_part:
            continue
        after = mentions[index + 1] if index + 1 < len(mentions) else None
        is_placed = index > 0 and mentions[index - 1].has(Role.SUPERLATIVE)
        if is_placed or (after is not None and _follows_first(after)):
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


# Set against


def _settle_placing(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Set October against September", "line May up with June": verbs that compare, and name
    nothing."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        if mention.text.casefold() not in PLACING or not _begins_request(
            mentions, index
        ):
            continue
        sides = [
            n for n in range(index + 2, len(mentions)) if _is_other_side(mentions[n])
        ]
        if sides:
            settled[index] = replace(mention, meanings=FILLER, values=())
            if mentions[index + 1].text.casefold() == "up":
                settled[index + 1] = replace(mentions[index + 1], meanings=FILLER)
        elif _lists_pair(mentions, index):
            settled[index] = replace(
                mention, meanings=(Meaning(Role.COMPARE),), values=()
            )
            settled[index + 1] = replace(mentions[index + 1], meanings=FILLER)
    return settled


def _begins_request(mentions: Sequence[Mention], index: int) -> bool:
    """Whether a verb is the first, but for "please" and "could you", or behind "to" and "you"."""
    before = mentions[index - 1].text.casefold().split() if index else ["please"]
    is_asked = before[-1] in {
        "please",
        "you",
        "to",
        "i",
        "we",
        "me",
        "and",
        "let's",
        "lets",
        "us",
    }
    is_filled = all(each.has(Role.FILLER, Role.TALK) for each in mentions[:index])
    return is_asked or is_filled


def _is_other_side(mention: Mention) -> bool:
    return isinstance(mention.time, TimeComparison) or mention.has(Role.COMPARE)


def _lists_pair(mentions: Sequence[Mention], index: int) -> bool:
    """ "Line up the orders of May and June"."""
    is_up = (
        mentions[index + 1 :] and mentions[index + 1].text.casefold().split()[0] == "up"
    )
    times = [each for each in mentions if isinstance(each.time, DaySpan | PeriodSpan)]
    return bool(is_up) and len(times) == len("ab")


PLACING = frozenset({
    "set", "put", "place", "hold", "lay", "line", "lined", "weigh", "pit", "match", "stack",
    "measure", "benchmark", "check", "view", "rate", "judge", "plot", "position", "hold up",
    "line up", "size", "mirror", "pitch", "stand",
})  # fmt: skip
"""Verbs that compare with an "against", "next to" or "beside" behind them."""


# Land between


def _settle_landing(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Landed between 460 and 490", "fell in the range of": where a figure is, and no change."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        behind = mentions[index + 1 : index + MAX_TO_RANGE]
        joins = behind[:1] and (
            behind[0].has(Role.BETWEEN)
            or behind[0].text.casefold().split()[0] in WITHIN
        )
        numbers = any(each.number is not None for each in behind)
        if mention.text.casefold() in LANDING and joins and numbers:
            settled[index] = replace(mention, meanings=FILLER)
    return settled


LANDING = frozenset({
    "landed", "land", "lands", "landing", "lay", "lie", "lies", "lying", "fell", "fall", "falls",
    "falling", "fallen", "ranged", "range", "ranges", "ranging", "stayed", "stay", "stays", "sat",
    "sit", "sits", "remained", "remain", "remains", "hovered", "hover", "hovers", "stood", "stand",
    "stands", "ended up", "came in", "came out", "come in", "come out", "moved", "moves",
    "move", "varied", "finished", "closed", "settled",
})  # fmt: skip
WITHIN = frozenset({"in", "within", "inside", "at"})
MAX_TO_RANGE = 8


# Any


ANY = frozenset({"any", "any of the", "any of our", "whichever", "whatever"})


def _settle_any(_text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Any product that sold over 100 units": those that did, as "which products"."""
    settled = list(mentions)
    bounds = any(each.has(*BOUNDING, Role.OR_MORE, Role.OR_LESS) for each in mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        is_any = mention.text.casefold() in ANY
        if bounds and is_any and after.has(Role.DIMENSION, Role.DIMENSIONS):
            settled[index] = replace(mention, meanings=(Meaning(Role.WHICH),))
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
    _settle_placing,
    _settle_landing,
    _settle_any,
)
