"""Reads which rows of the figures before are wanted: "next 5", "numbers 6 to 10". Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from agents.local.insights.queries.windows import build_days
from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.question.leftovers import list_leftovers
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention, Number
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS

GOING_ON = (Role.FURTHER, Role.REST)
ABOUT_ROWS = (
    Role.FILLER, Role.AGAIN, Role.JOIN, Role.ALSO, Role.WHICH, Role.YES, Role.ANAPHOR,
    Role.DIMENSION, Role.DIMENSIONS,
)  # fmt: skip
"""What says no more than that rows are wanted, beside what goes on with a list."""
PLACES = frozenset({
    "number", "numbers", "place", "places", "rank", "ranks", "row", "rows", "position", "positions",
    "spot", "spots", "nos", "no", "ranked", "#", "entries", "items", "lines",
})  # fmt: skip
""" "Places 6 to 10"."""
MAX_YEARS = 10
"""Before this one, of which figures are asked for."""
TO = frozenset({"to", "through", "until", "till", "thru", "up to"})
ROWS = frozenset({
    "rows", "row", "lines", "line", "entries", "entry", "places", "positions", "spots", "items",
    "results", "first", "of them", "of those", "of these",
})  # fmt: skip
"""Words beside a number that say that it is one of rows."""


POINTED = frozenset({"the", "those", "these", "only", "just", "all"})
"""Before a number that stands for rows: "the five in Germany"."""


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
    is_asked = mention.word in {"which are", "that are"}
    return is_asked or (not mention.values and mention.has(*GOING_ON, *ABOUT_ROWS))


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
    found = _find_range(draft) if draft.follows else None
    if found is None:
        return
    first, low, high = found
    words = [each.text.casefold() for each in draft.mentions]
    is_place = not PLACES.isdisjoint(words[:first])
    is_alone = all(
        each.number or each.has(*ABOUT_ROWS, Role.ONLY) or word in PLACES | TO
        for each, word in zip(draft.mentions, words, strict=True)
    )
    if is_place and is_alone and 1 <= low < high:
        draft.use(*range(len(draft.mentions)))
        draft.request.goes_on, draft.request.start = True, int(low) - 1
        draft.request.limit = int(high - low) + 1


def _find_range(draft: Draft) -> tuple[int, Decimal, Decimal] | None:
    """The place of the first of two numbers, or of "11-15", and both of them."""
    match draft.numbers:
        case [(index, Number(until=Decimal() as high) as number)]:
            return index, number.value, high
        case [(first, low), (last, high)] if last == first + 2:
            between = draft.get_text(first + 1)
            return (first, low.value, high.value) if between in TO else None
    return None


def read_lone_number(draft: Draft, *, today: Today) -> None:
    """ "Make that 10", "make that 60 days", "8 rather than 4": of what was asked before."""
    _use_replaced(draft)
    numbers = [(n, number) for n, number in draft.numbers if n not in draft.used]
    if len(numbers) != 1:
        return
    [(index, number)] = numbers
    _read_number_of_each(draft, index, number)
    _read_number_of_rows(draft, index, number)
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
        if unit is None and not cuts and _is_year(number, today):
            # "And 2025?", which is a time where there is nothing else.
            first, last = date(int(number.value), 1, 1), date(int(number.value), 12, 31)
            draft.request.window = build_days(first, last)
            draft.use(index)
            return
        draft.request.group_by = []
        draft.request.number, draft.request.number_unit = int(number.value), unit
        draft.use(index)


def _is_year(number: Number, today: Today) -> bool:
    return today.date.year - MAX_YEARS < number.value <= today.date.year


def _read_number_of_each(draft: Draft, index: int, number: Number) -> None:
    """ "3 for each", "make it three per category": of a ranking within groups before."""
    request = draft.request
    is_free = index not in draft.used and not (number.is_percent or number.is_money)
    splits = request.of_each or (
        bool(request.splits) and request.splits == request.group_by
    )
    is_mere = request.has_only(
        "group_by", "splits", "splits_per", "of_each", "of_analysis", "every_of"
    )
    beside = draft.list_places(ROWS)
    rest = [n for n in list_leftovers(draft) if n != index and n not in beside]
    if draft.follows and is_free and splits and is_mere and not rest:
        request.number, request.of_each = int(number.value), True
        draft.use(index, *beside)


def _read_number_of_rows(draft: Draft, index: int, number: Number) -> None:
    """ "And which five in Germany?", "the ten that sold the least": as many rows as that, of what
    the rows before are of."""
    is_free = index not in draft.used and not (number.is_percent or number.is_money)
    is_count = is_free and number.until is None and number.value == int(number.value)
    if not (draft.follows and is_count and number.value >= 1):
        return
    if not (_stands_for_rows(draft, index) and not draft.request.goes_on):
        return
    draft.request.number, draft.request.cuts = int(number.value), True
    draft.use(index)


def _stands_for_rows(draft: Draft, index: int) -> bool:
    """Whether a number has nothing behind it that it counts, and a word before that points."""
    before = draft.find_before(index, skip=()) if index else None
    points = before is not None and (
        draft.mentions[before].has(Role.WHICH)
        or draft.get_text(before).split()[-1] in POINTED
    )
    after = draft.mentions[index + 1 : index + 2]
    counts = (Role.DIMENSION, Role.DIMENSIONS, Role.METRIC)
    return points and not any(
        each.has(*counts) or each.is_unknown or each.values for each in after
    )


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
