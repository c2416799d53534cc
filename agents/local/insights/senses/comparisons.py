"""Chooses what words of comparisons and of bounds are: "more or fewer than in May", "set October
against September", "didn't reach 150 units", "landed between 460 and 490". Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.senses.rules import Place, at_each, find_metric, settle_all
from agents.local.insights.words.lexicon import DIMENSION_ROLES, Meaning, Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import (
    DayHours,
    DaySpan,
    PeriodSpan,
    TimeComparison,
    Weekdays,
)

PLACING = frozenset({
    "set", "put", "place", "hold", "lay", "line", "lined", "weigh", "pit", "match", "stack",
    "measure", "benchmark", "check", "view", "rate", "judge", "plot", "position", "hold up",
    "line up", "size", "mirror", "pitch", "stand",
})  # fmt: skip
"""Verbs that compare with an "against", "next to" or "beside" behind them."""
ASKED = frozenset(
    {"please", "you", "to", "i", "we", "me", "and", "let's", "lets", "us"}
)
"""Before a verb, say that it is asked for."""
LANDING = frozenset({
    "landed", "land", "lands", "landing", "lay", "lie", "lies", "lying", "fell", "fall", "falls",
    "falling", "fallen", "ranged", "range", "ranges", "ranging", "stayed", "stay", "stays", "sat",
    "sit", "sits", "remained", "remain", "remains", "hovered", "hover", "hovers", "stood", "stand",
    "stands", "ended up", "came in", "came out", "come in", "come out", "moved", "moves",
    "move", "varied", "finished", "closed", "settled",
})  # fmt: skip
WITHIN = frozenset({"in", "within", "inside", "at"})
MAX_TO_RANGE = 8
NEGATIONS = frozenset({
    "not", "never", "didn't", "don't", "doesn't", "haven't", "hasn't", "couldn't", "failed",
    "fail", "fails", "failing",
})  # fmt: skip
CONTRARY = {
    Role.AT_LEAST: Role.UNDER,
    Role.OVER: Role.AT_MOST,
    Role.AT_MOST: Role.OVER,
    Role.UNDER: Role.AT_LEAST,
}
RANKS = frozenset(
    {"behind", "ahead of", "ahead", "in front of", "below", "above", "beneath"}
)
PLACES = frozenset({"country", "state", "currency", "customer_status", "customer_type"})
"""Are in no basket."""


def settle_comparisons(mentions: Sequence[Mention]) -> list[Mention]:
    return settle_all(mentions, SETTLING)


@at_each
def _settle_alternatives(at: Place) -> Mention:
    """ "More or fewer units than in May", "higher or lower": a change either way; "100 or fewer" is
    a bound, and so is "at least 100"."""
    is_change = at.before.has(Role.RISE, Role.FALL, Role.OVER, Role.UNDER)
    is_either = at.mention.has(Role.OR_LESS, Role.OR_MORE) and is_change
    numbers = (at.before.number, at.after.number)
    if not is_either or any(each is not None for each in numbers):
        return at.mention
    return replace(at.mention, meanings=(Meaning(Role.CHANGE),))


@at_each
def _settle_than(at: Place) -> Mention:
    """ "Are Mondays better than Fridays": no bound of a figure, which a number says."""
    is_bound = at.mention.has(Role.OVER, Role.UNDER)
    is_compared = isinstance(at.after.time, Weekdays | DayHours)
    if not (is_bound and is_compared and at.mention.word.endswith(" than")):
        return at.mention
    kind = Role.RISE if at.mention.has(Role.OVER) else Role.FALL
    return at.mention.read_as(Meaning(Role.COMPARE), Meaning(kind))


def _settle_placing(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Set October against September", "line May up with June": verbs that compare, and name
    nothing."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        at = Place(mentions, index)
        if mention.word not in PLACING or not _begins_request(at):
            continue
        if any(map(is_other_side, at.behind[1:])):
            settled[index] = mention.read_as()
            if at.after.word == "up":
                settled[index + 1] = at.after.read_as()
        elif _lists_pair(at):
            settled[index] = mention.read_as(Meaning(Role.COMPARE))
            settled[index + 1] = at.after.read_as()
    return settled


def _begins_request(at: Place) -> bool:
    """Whether a verb is the first, but for "please" and "could you", or behind "to" and "you"."""
    is_asked = not ASKED.isdisjoint(at.before.word.split()[-1:])
    return is_asked or all(
        each.has(Role.FILLER, Role.TALK) for each in at.mentions[: at.index]
    )


def is_other_side(mention: Mention) -> bool:
    """Whether it begins what something is compared with."""
    return isinstance(mention.time, TimeComparison) or mention.has(Role.COMPARE)


def _lists_pair(at: Place) -> bool:
    """ "Line up the orders of May and June"."""
    times = [e for e in at.mentions if isinstance(e.time, DaySpan | PeriodSpan)]
    return at.after.word.split()[:1] == ["up"] and len(times) == len("ab")


@at_each
def _settle_landing(at: Place) -> Mention:
    """ "Landed between 460 and 490", "fell in the range of": where a figure is, and no change."""
    is_range = at.after.has(Role.BETWEEN) or not WITHIN.isdisjoint(
        at.after.word.split()[:1]
    )
    numbers = any(each.number is not None for each in at.behind[: MAX_TO_RANGE - 1])
    lands = at.mention.word in LANDING and is_range and numbers
    return at.mention.read_as() if lands else at.mention


def _settle_negated_bounds(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Didn't reach 150 units", "failed to make 1000 euros"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        after = _find_next(mentions, index)
        if mention.word not in NEGATIONS or after is None:
            continue
        further = _find_next(mentions, after)
        is_verb = mentions[after].has(Role.METRIC_VERB)
        if is_verb and further is not None and mentions[further].has(*CONTRARY):
            after = further  # "Didn't make more than 1400".
        contrary = _negate_bound(mentions, after)
        if contrary is not None:
            settled[index] = mention.read_as()
            verb = mentions[after].find(Role.METRIC_VERB)
            verbs = () if verb is None else (verb,)
            meanings = (*verbs, Meaning(contrary))
            settled[after] = replace(mentions[after], meanings=meanings)
    return settled


def _find_next(mentions: Sequence[Mention], index: int) -> int | None:
    """The place of the next mention that is no mere filler."""
    for place, mention in enumerate(mentions[index + 1 :], index + 1):
        if not mention.has(Role.FILLER) or mention.has(*CONTRARY):
            return place
    return None


def _negate_bound(mentions: Sequence[Mention], index: int) -> Role | None:
    for role, contrary in CONTRARY.items():
        if mentions[index].has(role):
            return contrary
    after = _find_next(mentions, index)
    has_number = after is not None and mentions[after].number is not None
    is_verb = mentions[index].has(Role.METRIC_VERB)
    return Role.UNDER if is_verb and has_number else None


@at_each
def _settle_differences(at: Place) -> Mention:
    """ "A difference in basket size between guests and members": of two values, not two times."""
    is_between = any(each.word == "between" for each in at.behind)
    is_difference = at.mention.has(Role.CHANGE) and at.mention.word.startswith("differ")
    values = [each.dimensions for each in at.behind if each.is_value]
    is_pair = any(values[0] & each for each in values[1:]) or any(
        map(_names_statuses, at.behind)
    )
    if is_difference and is_between and is_pair:
        return at.mention.read_as(Meaning(Role.COMPARE))
    return at.mention


def _names_statuses(mention: Mention) -> bool:
    """ "New and returning customers"."""
    return " and " in mention.text and any(
        each.name == "customer_status" and each.role in DIMENSION_ROLES
        for each in mention.meanings
    )


@at_each
def _settle_ranks(at: Place) -> Mention:
    """ "Is Garden behind Kitchen": the two are compared."""
    values = [each.dimensions for each in at.mentions[: at.index] if each.is_value]
    is_pair = bool(values) and not values[-1].isdisjoint(at.after.dimensions)
    if at.mention.word in RANKS and is_pair:
        return at.mention.read_as(Meaning(Role.COMPARE))
    return at.mention


NEVER_BOUGHT = frozenset({
    "country", "state", "customer_status", "customer_type", "currency", "hour", "day", "weekday",
    "week", "month", "quarter", "year",
})  # fmt: skip
""" "For all countries combined"."""


@at_each
def _settle_combined(at: Place) -> Mention:
    """ "Austria plus Switzerland revenue combined" is one figure: countries are in no basket."""
    words = set(at.mention.word.split())
    is_pairs = Meaning(Role.ANALYSIS, "basket_pairs") in at.mention.meanings
    if not is_pairs or words.isdisjoint({"combined", "together", "plus"}):
        return at.mention
    values = [each.dimensions for each in at.mentions if each.is_value]
    is_sum = bool(values) and all(each & PLACES for each in values)
    has_metric = any(each.has(Role.METRIC) for each in at.mentions)
    before = at.before.get_name(Role.DIMENSIONS)
    is_whole = before in NEVER_BOUGHT or at.before.has(Role.EVERY_VALUE)
    return at.mention.read_as() if (is_sum and has_metric) or is_whole else at.mention


@at_each
def _settle_losing(at: Place) -> Mention:
    """ "Where did we lose the most": a fall, and nothing to leave out."""
    is_fall = at.mention.has(Role.FORGET) and at.mention.word.startswith("lose")
    if not (is_fall and at.after.has(Role.SUPERLATIVE)):
        return at.mention
    return at.mention.read_as(Meaning(Role.FALL))


@at_each
def _settle_measured_change(at: Place) -> Mention:
    """ "By how many units did sales change": the units are what changed."""
    is_vague = find_metric(at.mention) == "net_revenue" and at.mention.word in VAGUE
    before = at.mentions[: at.index]
    measures = any(
        first.word == "by" and second.has(Role.HOW_MANY) and find_metric(third)
        for first, second, third in zip(before, before[1:], before[2:], strict=False)
    )
    return at.mention.read_as() if is_vague and measures else at.mention


VAGUE = frozenset({"sales", "business", "trade", "turnover"})
SETTLING = (
    _settle_measured_change,
    _settle_losing,
    _settle_alternatives,
    _settle_than,
    _settle_placing,
    _settle_landing,
    _settle_negated_bounds,
    _settle_combined,
    _settle_differences,
    _settle_ranks,
)
