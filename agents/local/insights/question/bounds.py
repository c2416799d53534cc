"""Reads the bounds of figures: "more than 100 units", "between 200 and 300 orders", "over 20%"."""

from collections.abc import Sequence

from agents.local.insights.question.draft import Bound, Draft
from agents.local.insights.question.named_metrics import name_metric
from agents.local.insights.words.lexicon import Role
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import PERIODS

BEFORE = (Role.AT_LEAST, Role.AT_MOST, Role.OVER, Role.UNDER)
BEHIND = {Role.OR_MORE: Role.AT_LEAST, Role.OR_LESS: Role.AT_MOST}
OF_BOUND = (Role.FILLER, Role.METRIC, Role.METRIC_VERB, Role.VALUE)
"""Between a number and its "or more"."""
EXACTLY = frozenset({"exactly", "precisely", "exact", "exactly at", "="})
RANGE_SIGNS = frozenset({"to", "through", "up to"})
BAND = frozenset({
    "range", "band", "bracket", "corridor", "window", "area", "zone", "region", "interval",
})  # fmt: skip
""" "In the 460 to 490 range"."""
HAVING = frozenset({
    "have", "have left", "hold", "have got", "keep", "stock", "got", "have we",
    "have we got", "left",
})  # fmt: skip
PARTED_WITH = frozenset({
    "sold", "sell", "sells", "selling", "shifted", "shift", "shifts", "moved", "move", "moves",
})  # fmt: skip
ROWS = (Role.DIMENSION, Role.DIMENSIONS)
GOODS = frozenset({"product", "variant"})
LEVELS = frozenset({"to", "above", "below", "under", "beneath", "beyond", "past"})
THINGS = frozenset({
    "what", "anything", "everything", "all that", "whatever", "things", "stuff", "all things",
})  # fmt: skip


def read_bounds(draft: Draft) -> None:
    for index, mention in enumerate(draft.mentions):
        is_new = mention.number is not None and index not in draft.used
        if is_new and not _read_range(draft, index):
            _read_bound(draft, index)
    _list_goods(draft)


def _read_range(draft: Draft, index: int) -> bool:
    """ "Between 200 and 300": both numbers at once."""
    low, last = draft.mentions[index].number, index + 2
    if low is None:
        return False
    if low.until is not None:
        return _read_written_range(draft, index)
    high = draft.mentions[last].number if last < len(draft.mentions) else None
    if high is None or not _is_range(draft, index, last):
        return False
    draft.use(index, index + 1, last, *_list_band(draft, index, last))
    moves = _get_move(draft, _find_change(draft, index))
    bound = Bound(
        text=f"{draft.mentions[index].text} and {draft.mentions[last].text}",
        metric=_find_metric(draft, last),
        at_least=low.value,
        at_most=high.value,
        is_money=low.is_money or high.is_money,
        is_percent=low.is_percent or high.is_percent,
        of_change=moves is not None and not _is_level(draft, index),
        of_fall=moves is Role.FALL,
        of_rise=moves is Role.RISE,
    )
    draft.request.bounds.append(bound)
    return True


def _is_range(draft: Draft, first: int, last: int) -> bool:
    """ "Between 200 and 300", "10 to 50 orders", "in the 460 to 490 range"."""
    is_sign = draft.get_text(first + 1) in RANGE_SIGNS
    if is_sign and (_names_figure(draft, last) or _is_of_change(draft, first, last)):
        return True
    is_joined = is_sign or draft.mentions[first + 1].has(Role.JOIN)
    is_announced = draft.is_after(first, Role.BETWEEN)
    return is_joined and (is_announced or bool(_list_band(draft, first, last)))


def _is_of_change(draft: Draft, first: int, last: int) -> bool:
    """ "Up 5 to 10%", "fell by 5-10%", but not "rose from 5 to 10%"."""
    number = draft.mentions[last].number
    is_percent = number is not None and number.is_percent
    moves = _get_move(draft, _find_change(draft, first)) is not None
    return is_percent and moves and draft.get_text(first - 1) != "from"


def _read_written_range(draft: Draft, index: int) -> bool:
    """ "460-490 orders", "the 460-490 range for orders", "revenue between 1000-1500"."""
    mention = draft.mentions[index]
    number, band = mention.number, _list_band(draft, index, index)
    is_of_figure = (
        bool(band)
        or _names_figure(draft, index)
        or draft.is_after(index, Role.METRIC, Role.BETWEEN)
    )
    moves = _get_move(draft, _find_change(draft, index))
    metric = _find_metric(draft, max([index, *band])) if is_of_figure else None
    is_of_change = _is_of_change(draft, index, index)
    if number is None or not (metric or number.is_money or is_of_change):
        return False
    draft.use(index, *band)
    draft.request.bounds.append(
        Bound(
            text=mention.text,
            metric=metric,
            at_least=number.value,
            at_most=number.until,
            is_money=number.is_money or _has_money_unit(draft, index),
            is_percent=number.is_percent,
            of_change=moves is not None and not _is_level(draft, index),
            of_fall=moves is Role.FALL,
            of_rise=moves is Role.RISE,
        )
    )
    return True


def _list_band(draft: Draft, first: int, last: int) -> Sequence[int]:
    """Places of the word for a range next to its numbers."""
    near = (*range(first - 3, first), *range(last + 1, last + 3))
    return [place for place in near if draft.get_text(place) in BAND]


def _names_figure(draft: Draft, index: int) -> bool:
    """ "10 to 50 orders", "10 to 50 euros"."""
    return draft.is_before(index, Role.METRIC) or _has_money_unit(draft, index)


def _has_money_unit(draft: Draft, index: int) -> bool:
    return any(
        meaning.role is Role.VALUE and meaning.of == "currency"
        for mention in draft.mentions[index + 1 : index + 2]
        for meaning in mention.meanings
    )


def _read_bound(draft: Draft, index: int) -> None:
    mention = draft.mentions[index]
    number, found = mention.number, _find_bound(draft, index)
    if number is None or found is None or _is_length(draft, index):
        return
    kind, sign = found
    begin = min(index, sign)
    change = _find_change(draft, begin)
    if change is not None and draft.is_denied(change):
        return  # "Did not grow by more than 5%" is no bound that rows have.
    moves = _get_move(draft, change)
    draft.use(index)
    _use_again(draft, index, kind)
    if not draft.mentions[sign].has(Role.METRIC_VERB):
        draft.use(sign)
    draft.request.bounds.append(
        Bound(
            text=mention.text,
            metric=_find_metric(draft, index),
            at_least=None if kind in (Role.AT_MOST, Role.UNDER) else number.value,
            at_most=None if kind in (Role.AT_LEAST, Role.OVER) else number.value,
            is_strict=kind in (Role.OVER, Role.UNDER),
            is_money=number.is_money or _has_money_unit(draft, index),
            is_percent=number.is_percent,
            of_change=moves is not None and not _is_level(draft, begin),
            of_fall=moves is Role.FALL,
            of_rise=moves is Role.RISE,
        )
    )


def _find_change(draft: Draft, index: int) -> int | None:
    """The place of the rise or fall that a number is of: "fell by more than 10", "up 20% or
    more"."""
    skip = (Role.FILLER, Role.BY, Role.BREAKDOWN, Role.BETWEEN)
    before = draft.find_before(index, skip=skip)
    while before is not None and draft.mentions[before].time is not None:
        # "Up last month by 5% or less".
        before = draft.find_before(before, skip=skip)
    is_change = before is not None and draft.mentions[before].has(Role.RISE, Role.FALL)
    return before if is_change else None


def _get_move(draft: Draft, change: int | None) -> Role | None:
    if change is None:
        return None
    return Role.RISE if draft.mentions[change].has(Role.RISE) else Role.FALL


def _is_level(draft: Draft, index: int) -> bool:
    """ "Rose to at least 50", "fell below 10": what was reached, and not by how much."""
    near = {draft.get_text(place) for place in (index - 1, index) if place >= 0}
    return not LEVELS.isdisjoint(near)


def _find_bound(draft: Draft, index: int) -> tuple[Role | None, int] | None:
    """What a number is to a figure, and the place of the words that say so; None for one that it
    is exactly."""
    before = draft.find_before(index)
    for role in BEFORE:
        if before is not None and draft.mentions[before].has(role):
            return role, before
    if draft.get_text(index - 1) in EXACTLY:
        return None, index - 1
    # "80 units or fewer", "1000 euros sold and up".
    behind = draft.find_after(index, skip=OF_BOUND)
    for role, kind in BEHIND.items():
        if behind is not None and draft.mentions[behind].has(role):
            return kind, behind
    return None


def _use_again(draft: Draft, index: int, kind: Role | None) -> None:
    """ "Down to 5 pieces or fewer" says it twice."""
    behind = draft.find_after(index, skip=OF_BOUND)
    signs = [role for role, said in BEHIND.items() if said is kind]
    if behind is not None and draft.mentions[behind].has(*signs):
        draft.use(behind)


def _is_length(draft: Draft, index: int) -> bool:
    """ "Over six months": how long, and not how much; "more than 3 countries": how many rows."""
    after = draft.find_after(index)
    is_long = (
        after is not None and draft.mentions[after].get_name(Role.DIMENSIONS) in PERIODS
    )
    counted = draft.mentions[index + 1 : index + 2]
    is_of_rows = any(
        each.has(Role.DIMENSIONS) and not each.has(Role.METRIC) for each in counted
    )
    return is_long or is_of_rows


def _find_metric(draft: Draft, index: int) -> str | None:
    """The metric next to a number: "more than 100 units", "revenue over 1000"."""
    after = draft.find_after(index, skip=(Role.FILLER, Role.OR_MORE, Role.OR_LESS))
    name = None if after is None else draft.mentions[after].get_name(Role.METRIC)
    if after is not None and name is not None:
        draft.use(after)
        return name
    if _is_of_goods(draft, index):
        sells = any(each.has(Role.METRIC_VERB) for each in draft.mentions[:index])
        return "units" if sells else "stock"
    names = (name_metric(draft, before) for before in range(index - 1, -1, -1))
    return next(filter(None, names), "units" if _is_of_pieces(draft, index) else None)


def _is_of_pieces(draft: Draft, index: int) -> bool:
    """ "Products that sold less than 10": pieces, where no figure and no money is named."""
    number = draft.mentions[index].number
    is_amount = number is None or number.is_money or number.is_percent
    is_named = draft.has(Role.METRIC, Role.HOW_MUCH) or _has_money_unit(draft, index)
    sells = any(each.word.split()[0] in PARTED_WITH for each in draft.mentions[:index])
    of_goods = any(
        each.get_name(*ROWS) in GOODS or not GOODS.isdisjoint(each.dimensions)
        for each in draft.mentions
    )
    return sells and of_goods and not (is_amount or is_named)


def _is_of_goods(draft: Draft, index: int) -> bool:
    """ "Products that we sold more than fifty of"."""
    number, word = draft.mentions[index].number, draft.get_text(index + 1)
    is_end = all(
        each.time is not None or each.has(Role.FILLER)
        for each in draft.mentions[index + 2 : index + 3]
    )
    is_of = (word == "of" and is_end) or (
        word.startswith("of ") and draft.mentions[index + 1].time is not None
    )
    sells = any(each.has(Role.METRIC_VERB) for each in draft.mentions[:index])
    # "Products we have at most 5 of" are in stock.
    has = any(each.word in HAVING for each in draft.mentions[max(index - 3, 0) : index])
    is_amount = number is not None and (number.is_money or number.is_percent)
    return is_of and (sells or has) and not is_amount


def _list_goods(draft: Draft) -> None:
    """ "What sold more than 300 units": which products."""
    request = draft.request
    sells = any(each.metric == "units" for each in request.bounds)
    first = next((each for each in draft.mentions if not each.has(Role.TALK)), None)
    has_rows = draft.has(Role.DIMENSION, Role.DIMENSIONS) or any(
        isinstance(each.time, TimeGrain) for each in draft.mentions
    )
    if sells and first is not None and first.word in THINGS and not has_rows:
        request.group_by.append("product")
