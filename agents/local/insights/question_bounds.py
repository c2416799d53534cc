"""Reads the bounds of figures: "more than 100 units", "between 200 and 300 orders", "over 20%"."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from agents.local.insights.draft import Bound, Draft
from agents.local.insights.lexicon import Role, load_counted_metrics
from agents.local.insights.mentions import Number
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import PERIODS

BEFORE = (Role.AT_LEAST, Role.AT_MOST, Role.OVER, Role.UNDER)
OF_BOUND = (Role.FILLER, Role.METRIC, Role.METRIC_VERB, Role.VALUE)
"""Between a number and its "or more"."""
RANGES = frozenset({"range", "bracket", "band", "corridor", "interval"})
BEHIND = {Role.OR_MORE: Role.AT_LEAST, Role.OR_LESS: Role.AT_MOST}


def read_bounds(draft: Draft) -> None:
    for index, mention in enumerate(draft.mentions):
        is_new = mention.number is not None and index not in draft.used
        if is_new and not _read_range(draft, index):
            _read_bound(draft, index)
    _list_goods(draft)


THINGS = frozenset({
    "what", "anything", "everything", "all that", "whatever", "things", "stuff", "all things",
})  # fmt: skip


def _list_goods(draft: Draft) -> None:
    """ "What sold more than 300 units": which products."""
    request = draft.request
    sells = any(each.metric == "units" for each in request.bounds)
    asks = next((each for each in draft.mentions if not each.has(Role.TALK)), None)
    has_rows = draft.has(Role.DIMENSION, Role.DIMENSIONS) or any(
        isinstance(each.time, TimeGrain) for each in draft.mentions
    )
    if sells and asks is not None and asks.text.casefold() in THINGS and not has_rows:
        request.group_by.append("product")


EXACTLY = frozenset({"exactly", "precisely", "exact", "exactly at", "="})
BAND = frozenset(
    {"range", "band", "bracket", "corridor", "window", "area", "zone", "region"}
)
""" "In the 460 to 490 range"."""
RANGE_SIGNS = frozenset({"to", "through", "up to", "and"})


def _read_range(draft: Draft, index: int) -> bool:
    """ "Between 200 and 300": both numbers at once."""
    low = draft.mentions[index].number
    if low is not None and low.until is not None:
        return _read_written_range(draft, index, low, low.until)
    second = index + 2
    if low is None or second >= len(draft.mentions):
        return False
    high, sign = draft.mentions[second].number, draft.mentions[index + 1]
    is_joined = sign.has(Role.JOIN) or sign.text.casefold() in RANGE_SIGNS
    is_open = draft.is_after(index, Role.BETWEEN) and is_joined
    is_range = sign.text.casefold() in RANGE_SIGNS - {"and"} and (
        _names_figure(draft, second) or _is_band(draft, index, second)
    )
    is_band = is_joined and _is_band(draft, index, second)
    if high is None or not (is_open or is_range or is_band):
        return False
    _use_band(draft, index, second)
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


def _read_written_range(draft: Draft, index: int, low: Number, high: Decimal) -> bool:
    """ "460-490 orders", "the 460-490 range for orders"."""
    is_figure = _names_figure(draft, index) or _is_band(draft, index, index)
    metric = (
        _find_metric(draft, index)
        if is_figure or _follows_figure(draft, index)
        else None
    )
    if metric is None and not low.is_money:
        return False
    _use_band(draft, index, index)
    draft.use(index)
    draft.request.bounds.append(
        Bound(
            text=draft.mentions[index].text,
            metric=metric,
            at_least=low.value,
            at_most=high,
            is_money=low.is_money or _has_money_unit(draft, index),
            is_percent=low.is_percent,
        )
    )
    return True


def _follows_figure(draft: Draft, index: int) -> bool:
    """ "Revenue between 1000-1500", "orders: 460-490"."""
    return draft.is_after(index, Role.METRIC, Role.BETWEEN)


def _is_band(draft: Draft, first: int, last: int) -> bool:
    """ "In the 460 to 490 range", "in the range of 460 to 490"."""
    return next(_list_band(draft, first, last), None) is not None


def _list_band(draft: Draft, first: int, last: int) -> Iterator[int]:
    """Places of the word for a range next to its numbers."""
    near = (*range(max(first - 3, 0), first), *range(last + 1, last + 3))
    for place in near:
        if (
            place < len(draft.mentions)
            and draft.mentions[place].text.casefold() in BAND
        ):
            yield place


def _use_band(draft: Draft, first: int, last: int) -> None:
    draft.use(*_list_band(draft, first, last))


def _names_figure(draft: Draft, index: int) -> bool:
    """ "10 to 50 orders", "the 10 to 50 range for orders"."""
    after = draft.find_after(index)
    if after is not None and draft.mentions[after].text.casefold() in RANGES:
        draft.use(after)
        after = draft.find_after(after)
    named = after is not None and draft.mentions[after].has(Role.METRIC)
    return named or _has_money_unit(draft, index)


def _read_bound(draft: Draft, index: int) -> None:
    mention = draft.mentions[index]
    found = _find_bound(draft, index)
    if mention.number is None or found is None or _is_length(draft, index):
        return
    kind, sign = found
    draft.use(index)
    if kind is None:
        draft.use(sign)
        value = mention.number.value
        is_money = mention.number.is_money or _has_money_unit(draft, index)
        metric = _find_metric(draft, index)
        draft.request.bounds.append(
            Bound(
                mention.text, metric, at_least=value, at_most=value, is_money=is_money
            )
        )
        return
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


def _find_bound(draft: Draft, index: int) -> tuple[Role | None, int] | None:
    """What a number is to a figure, and the place of the words that say so; None for one that it
    is exactly."""
    before, after = draft.find_before(index), draft.find_after(index)
    if before is not None:
        for role in BEFORE:
            if draft.mentions[before].has(role):
                return role, before
    if index and draft.mentions[index - 1].text.casefold() in EXACTLY:
        return None, index - 1
    # "80 units or fewer", "1000 euros sold and up".
    behind = draft.find_after(index, skip=OF_BOUND)
    for place in (after, behind):
        for role, kind in BEHIND.items():
            if place is not None and draft.mentions[place].has(role):
                return kind, place
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
