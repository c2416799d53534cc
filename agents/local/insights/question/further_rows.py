"""Reads which rows of the figures before are wanted: "next 5", "numbers 6 to 10". Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.question.leftovers import list_leftovers
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention, Number
from webapp.insights.query.definitions import PERIODS

GOING_ON = (Role.FURTHER, Role.REST)
ABOUT_ROWS = (
    Role.FILLER, Role.AGAIN, Role.JOIN, Role.ALSO, Role.WHICH, Role.YES, Role.ANAPHOR,
    Role.DIMENSION, Role.DIMENSIONS,
)  # fmt: skip
"""What says no more than that rows are wanted, beside what goes on with a list."""
PLACES = frozenset({
    "number", "numbers", "place", "places", "rank", "ranks", "row", "rows", "position", "positions",
    "spot", "spots", "nos", "no", "ranked",
})  # fmt: skip
""" "Places 6 to 10"."""
ROWS = frozenset({
    "rows", "row", "lines", "line", "entries", "entry", "places", "positions", "spots", "items",
    "results", "first", "of them", "of those", "of these",
})  # fmt: skip
"""Words beside a number that say that it is one of rows."""


def settle_further(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Next 5", "show me more products" ask for nothing but rows; beside other words, "more" and
    "the next" mean something else."""
    goes_on = any(each.has(*GOING_ON) for each in mentions)
    is_alone = goes_on and all(map(_is_about_rows, mentions))
    return [
        _choose_meanings(each, goes_on=is_alone) if each.has(*GOING_ON) else each
        for each in mentions
    ]


def _choose_meanings(mention: Mention, *, goes_on: bool) -> Mention:
    kept = (each for each in mention.meanings if (each.role in GOING_ON) is goes_on)
    return replace(mention, meanings=tuple(kept))


def _is_about_rows(mention: Mention) -> bool:
    number = mention.number
    if number is not None:
        return not number.is_money and not number.is_percent
    return not mention.values and mention.has(*GOING_ON, *ABOUT_ROWS)


def read_further(draft: Draft) -> None:
    _read_places(draft)
    if draft.request.start is not None:
        return
    for mention in draft.mentions:
        if mention.has(*GOING_ON):
            draft.request.goes_on = True
            draft.request.wants_rest |= mention.has(Role.REST)
    if not draft.request.goes_on:
        return
    draft.use(*range(len(draft.mentions)))
    for _, number in draft.numbers[:1]:
        if number.value >= 1:
            draft.request.limit = int(number.value)


def _read_places(draft: Draft) -> None:
    """ "Numbers 6 to 10", of the rows before."""
    if len(draft.numbers) != 2 or not draft.follows:
        return
    (first, low), (last, high) = draft.numbers
    words = [each.text.casefold() for each in draft.mentions]
    between = words[first + 1 : last]
    is_range = len(between) == 1 and between[0] in {"to", "through", "until", "up to"}
    is_place = not PLACES.isdisjoint(words[:first])
    is_alone = all(
        each.number or each.has(*ABOUT_ROWS) or word in PLACES
        for each, word in zip(draft.mentions, words, strict=True)
    )
    if is_range and is_place and is_alone and 1 <= low.value < high.value:
        draft.use(*range(len(draft.mentions)))
        draft.request.goes_on, draft.request.start = True, int(low.value) - 1
        draft.request.limit = int(high.value - low.value) + 1


def read_lone_number(draft: Draft) -> None:
    """ "Make that 10", "make that 60 days", "8 rather than 4": of what was asked before."""
    _use_replaced(draft)
    numbers = [(n, number) for n, number in draft.numbers if n not in draft.used]
    if len(numbers) != 1:
        return
    [(index, number)] = numbers
    _read_number_of_each(draft, index, number)
    if index in draft.used or number.is_percent or number.is_money:
        return
    after = draft.mentions[index + 1 : index + 2]
    meaning = after[0].find(Role.DIMENSIONS) if after else None
    unit = meaning.name if meaning is not None and meaning.name in PERIODS else None
    beside = draft.list_places(ROWS)
    rest = [n for n in list_leftovers(draft) if n != index and n not in beside]
    expected = Request(
        group_by=[unit] if unit else [], of_analysis=draft.request.of_analysis
    )
    if not rest and draft.request == expected:
        cuts = bool(beside) or draft.has(Role.ONLY) or "just" in draft.single_words
        draft.request.cuts = unit is None and cuts
        draft.use(*beside)
        draft.request.group_by = []
        draft.request.number, draft.request.number_unit = int(number.value), unit
        draft.use(index)


def _read_number_of_each(draft: Draft, index: int, number: Number) -> None:
    """ "3 for each", "make it three per category": of a ranking within groups before."""
    request = draft.request
    is_free = index not in draft.used and not (number.is_percent or number.is_money)
    splits = request.of_each or (
        bool(request.splits) and request.splits == request.group_by
    )
    is_mere = request.has_only("group_by", "splits", "of_each", "of_analysis")
    beside = draft.list_places(ROWS)
    rest = [n for n in list_leftovers(draft) if n != index and n not in beside]
    if draft.follows and is_free and splits and is_mere and not rest:
        request.number, request.of_each = int(number.value), True
        draft.use(index, *beside)


def _use_replaced(draft: Draft) -> None:
    """The number that another one is wanted for: "8 weeks instead of 4 weeks"."""
    if not draft.follows or len(draft.numbers) != 2:
        return
    for index, _ in draft.numbers:
        before = draft.find_before(index)
        if before is None or not draft.mentions[before].has(Role.INSTEAD_OF):
            continue
        draft.use(before, index)
        after = draft.mentions[index + 1 : index + 2]
        if after and after[0].get_name(Role.DIMENSION, Role.DIMENSIONS) in PERIODS:
            draft.use(index + 1)
