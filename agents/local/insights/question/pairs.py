"""Reads that several queries before are wanted at once: "the two combined". Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from agents.local.insights.question.draft import Draft
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.numbers import WORDS

TOTALS = frozenset({
    "total", "totals", "sum", "sum of", "the sum of", "altogether", "combined", "together",
    "in total", "overall", "all together", "added up", "added together", "summed up",
    "taken together",
})  # fmt: skip
"""Words that may ask for one figure of all rows."""
SUMMING = (TOTALS - {"together"}) | {"much", "many", "make", "up"}
WHOLE = frozenset({"total", "overall", "combined", "summed"})
"""Words of that kind before a metric."""
COUNTED = ("two", "three", "four", "five")
THESE = frozenset({"these", "those", "the", "both", "our", "them"})
SHOWING = frozenset({
    "show", "see", "put", "list", "display", "give", "have", "view", "look", "get", "want",
})  # fmt: skip
OF_PAIRS = (
    Role.FILLER, Role.AGAIN, Role.JOIN, Role.COMPARE, Role.BOTH, Role.SUM_UP, Role.EVERY_VALUE,
    Role.YES, Role.ANAPHOR, Role.HOW_MUCH, Role.DIMENSIONS, Role.WHICH, Role.OVERVIEW, Role.ALSO,
    Role.CHART, Role.TALK,
)  # fmt: skip
"""Words of messages that only point to figures before: "how much is it for the two together"."""


@dataclass(frozen=True)
class Pair:
    """Several queries before that are wanted at once."""

    sums: bool
    """Whether as one figure."""
    count: int | None
    """How many; None if that is not said."""
    differs: bool = False
    """Whether their difference is wanted."""


def read_pair(draft: Draft) -> Pair | None:
    """ "The two combined", "show me both side by side", "add them up"."""
    words = draft.single_words
    differs = (draft.has(Role.CHANGE) or "difference" in words) and not draft.has(
        Role.RISE, Role.FALL, Role.TREND
    )
    also = (Role.CHANGE, Role.BETWEEN) if differs else ()
    is_alone = all(
        (each.has(*OF_PAIRS, Role.METRIC_VERB, *also) and not each.values)
        or (each.number is not None and 2 <= each.number.value <= 4)
        for each in draft.mentions
    )
    if not (draft.follows and is_alone) or draft.request.all_of:
        return None
    pair = _choose_pair(draft, words, differs=differs)
    if pair is not None:
        draft.use(*range(len(draft.mentions)))
    if pair is not None and not pair.differs:
        draft.request.group_by, draft.request.metrics = [], []
    return pair


def _choose_pair(draft: Draft, words: Collection[str], *, differs: bool) -> Pair | None:
    makes = draft.has(Role.METRIC_VERB)
    shows = draft.has(Role.COMPARE, Role.CHART) or _is_to_be_seen(draft)
    sums = draft.has(Role.SUM_UP) or (says_total(draft.mentions) and not shows)
    counts = [int(number.value) for _, number in draft.numbers]
    counts += [WORDS[each] for each in COUNTED if each in words]
    said = ["", *(each.text.casefold() for each in draft.mentions)]
    is_two = draft.has(Role.BOTH) or any(
        text in {"the two", "of the two"} or (text == "two" and before in THESE)
        for before, text in pairwise(said)
    )
    count = counts[0] if counts else 2 if is_two else None
    if differs:
        two = Pair(sums=False, count=2 if is_two else None, differs=True)
        return two if is_two or "difference" in words else None
    is_pair = draft.has(Role.COMPARE, Role.BOTH) and not counts
    is_pair |= sums or (is_two and (shows or draft.has(Role.BOTH)))
    is_split = bool(draft.request.group_by) and not (draft.has(Role.BOTH) and is_two)
    if not is_pair or (makes and count is None) or (not sums and is_split):
        return None
    return Pair(sums, count)


def _is_to_be_seen(draft: Draft) -> bool:
    """ "Show me the two together": next to each other, and not their sum."""
    names_sum = not draft.single_words.isdisjoint(SUMMING)
    return not (names_sum or draft.single_words.isdisjoint(SHOWING))


def says_total(mentions: Iterable[Mention]) -> bool:
    """Whether words ask for one figure, unless rows are named with them."""
    return any(
        each.text.casefold() in TOTALS
        or (each.has(Role.METRIC) and each.text.casefold().split()[0] in WHOLE)
        for each in mentions
    )
