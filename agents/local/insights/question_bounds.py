"""Reads the bounds of figures: "more than 100 units", "between 200 and 300 orders", "over 20%"."""

from dataclasses import replace

from agents.local.insights.draft import Bound, Draft
from agents.local.insights.lexicon import Role, load_counted_metrics
from webapp.insights.query.definitions import PERIODS

BEFORE = (Role.AT_LEAST, Role.AT_MOST, Role.OVER, Role.UNDER)
BEHIND = {Role.OR_MORE: Role.AT_LEAST, Role.OR_LESS: Role.AT_MOST}


def read_bounds(draft: Draft) -> None:
    for index, mention in enumerate(draft.mentions):
        is_new = mention.number is not None and index not in draft.used
        if is_new and not _read_range(draft, index):
            _read_bound(draft, index)


def _read_range(draft: Draft, index: int) -> bool:
    """ "Between 200 and 300": both numbers at once."""
    low = draft.mentions[index].number
    second = index + 2
    if low is None or second >= len(draft.mentions):
        return False
    high, sign = draft.mentions[second].number, draft.mentions[index + 1]
    is_open = draft.is_after(index, Role.BETWEEN) and sign.has(Role.JOIN)
    is_range = sign.text.casefold() == "to" and _names_figure(draft, second)
    if high is None or not (is_open or is_range):
        return False
    draft.use(index, index + 1, second)
    bound = Bound(
        text=f"{draft.mentions[index].text} and {draft.mentions[second].text}",
        metric=_find_metric(draft, second),
        at_least=low.value,
        at_most=high.value,
        is_money=low.is_money or high.is_money,
        is_percent=low.is_percent or high.is_percent,
    )
    draft.request.bounds.append(bound)
    return True


def _names_figure(draft: Draft, index: int) -> bool:
    """ "10 to 50 orders"."""
    after = draft.find_after(index)
    named = after is not None and draft.mentions[after].has(Role.METRIC)
    return named or _has_money_unit(draft, index)


def _read_bound(draft: Draft, index: int) -> None:
    mention = draft.mentions[index]
    found = _find_bound(draft, index)
    if mention.number is None or found is None or _is_length(draft, index):
        return
    kind, sign = found
    draft.use(index)
    if not draft.mentions[sign].has(Role.METRIC_VERB):
        draft.use(sign)
    value = mention.number.value
    bound = Bound(
        text=mention.text,
        metric=_find_metric(draft, index),
        is_strict=kind in (Role.OVER, Role.UNDER),
        is_money=mention.number.is_money or _has_money_unit(draft, index),
        is_percent=mention.number.is_percent,
    )
    is_low = kind in (Role.OVER, Role.AT_LEAST)
    draft.request.bounds.append(
        replace(bound, at_least=value) if is_low else replace(bound, at_most=value)
    )


def _is_length(draft: Draft, index: int) -> bool:
    """ "Over six months": how long, and not how much."""
    after = draft.find_after(index)
    meaning = None if after is None else draft.mentions[after].find(Role.DIMENSIONS)
    return meaning is not None and meaning.name in PERIODS


def _has_money_unit(draft: Draft, index: int) -> bool:
    after = index + 1
    if after >= len(draft.mentions):
        return False
    meaning = draft.mentions[after].find(Role.VALUE)
    return meaning is not None and meaning.of == "currency"


def _find_bound(draft: Draft, index: int) -> tuple[Role, int] | None:
    """What a number is to a figure, and the place of the words that say so."""
    before, after = draft.find_before(index), draft.find_after(index)
    if before is not None:
        for role in BEFORE:
            if draft.mentions[before].has(role):
                return role, before
    if after is not None:
        for role, kind in BEHIND.items():
            if draft.mentions[after].has(role):
                return kind, after
    return None


def _is_of_goods(draft: Draft, index: int) -> bool:
    """ "Products that we sold more than fifty of"."""
    number = draft.mentions[index].number
    following = draft.mentions[index + 1 : index + 3]
    words = [each.text.casefold() for each in following]
    is_end = (
        len(words) < 2 or following[1].time is not None or following[1].has(Role.FILLER)
    )
    sells = any(each.has(Role.METRIC_VERB) for each in draft.mentions[:index])
    is_amount = number is not None and (number.is_money or number.is_percent)
    is_of = words[:1] == ["of"] and is_end
    is_of |= (
        bool(words) and following[0].time is not None and words[0].startswith("of ")
    )
    return is_of and sells and not is_amount


def _find_metric(draft: Draft, index: int) -> str | None:
    """The metric next to a number: "more than 100 units", "revenue over 1000"."""
    after = draft.find_after(index, skip=(Role.FILLER, Role.OR_MORE, Role.OR_LESS))
    if after is not None and (meaning := draft.mentions[after].find(Role.METRIC)):
        draft.use(after)
        return meaning.name
    if _is_of_goods(draft, index):
        return "units"
    for before in range(index - 1, -1, -1):
        meaning = draft.mentions[before].find(Role.METRIC)
        if meaning is not None:
            is_counted = draft.is_after(before, Role.HOW_MANY)
            counted = load_counted_metrics() if is_counted else {}
            return counted.get(meaning.name, meaning.name)
    return None
