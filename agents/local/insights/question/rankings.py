"""Reads how the rows of a question are ordered, and how many of them are wanted."""

import re

from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.question.groups import (
    IMPLIED,
    SPLITTING,
    is_splitting,
    name_grains,
    read_groups,
)
from agents.local.insights.question.related_metrics import OUTCOMES
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention, Number
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import DIMENSIONS
from webapp.insights.query.values import MatchKind, ValueMatch

SINGLE = (
    "performer", "earner", "laggard", "straggler", "dud", "seller", "mover", "flop", "bestseller",
    "search", "searched", "searched for",
)  # fmt: skip
"""Ends of superlatives that are of one product, or one query."""
GOODS = frozenset({"category", "brand", "tag"})
ONE_OF = frozenset({"which one", "which of these", "which of them", "which of those"})
SINGULAR_VERBS = frozenset({
    "sells", "brings", "brings in", "makes", "earns", "has", "is", "was", "does", "takes", "gets",
    "performs", "leads", "moves", "shifts", "takes in", "comes first", "ranks first",
})  # fmt: skip
""" "Which of our categories sells best" is one of them."""
JUDGING = frozenset({"best", "worst", "poorest", "strongest", "weakest"})
"""Of what should be low, the best is the lowest."""
PLACED = frozenset({
    "comes first", "come first", "came first", "ranks first", "rank first", "comes out on top",
})  # fmt: skip
""" "So that the best comes first": how rows are ordered."""
FIRST_ONES = frozenset({"one", "place", "row", "entry", "line", "position", "only", ""})
""" "Just the first", "the first one only"."""
OF_THEM = frozenset({"of them", "of those", "of these"})
MAX_COUNT = 1000


def read_rankings(draft: Draft) -> None:
    for index in list(draft.list_unused(Role.SUPERLATIVE)):
        _read_superlative(draft, index)
    _read_order(draft)
    _read_counts(draft, read_groups(draft))
    _read_place(draft)
    draft.request.judges = any(
        not JUDGING.isdisjoint(re.split(r"[\s-]", each.word))
        for each in draft.mentions
        if each.has(Role.SUPERLATIVE, Role.DESCENDING, Role.ASCENDING)
    )


def _read_superlative(draft: Draft, index: int) -> None:
    request, mention = draft.request, draft.mentions[index]
    meaning = mention.find(Role.SUPERLATIVE)
    descending = meaning is not None and meaning.of == "descending"
    if meaning is None or request.descending not in (None, descending):
        return
    draft.use(index)
    request.descending = descending
    if meaning.name in DIMENSIONS:
        _rank_dimension(draft, index, meaning.name)
    elif mention.word == "peak" and _ranks_hours_alone(draft):
        request.metrics.append("orders")
    elif meaning.name != "any":
        _add_ranked_metric(request, meaning.name)
    _choose_rows(draft, index)


def _rank_dimension(draft: Draft, index: int, name: str) -> None:
    """ "Best sellers", "the top search": what is ranked is said with it."""
    request = draft.request
    if name not in request.group_by:
        request.group_by.append(name)
    if draft.get_text(index).endswith(SINGLE):
        request.limit = 1


def _ranks_hours_alone(draft: Draft) -> bool:
    """ "Peak hours" are the busiest ones, as long as no figure is named."""
    hours = {"hour", "hour_of_day"}
    return not draft.request.metrics and not hours.isdisjoint(draft.request.group_by)


def _add_ranked_metric(request: Request, name: str) -> None:
    """ "Most returned", which says of "the most returned units" what became of them."""
    if not request.metrics:
        request.metrics.append(name)
    elif len(request.metrics) == 1:
        outcomes = OUTCOMES.get(request.metrics[0], {})
        request.metrics[:] = [outcomes.get(name, request.metrics[0])]


def _choose_rows(draft: Draft, index: int) -> None:
    """What is ranked where no dimension says it, and of hours those of whatever day."""
    request = draft.request
    named = _find_ranked_value(draft, index)
    is_search = _ranks_search(draft, index)
    is_of_goods = _ranks_some_goods(draft, index)
    asks = named is not None or is_search or is_of_goods or _asks_what(draft)
    if asks and _names_no_rows(draft):
        request.group_by.append("search_query" if is_search else "product")
        is_plural = named is not None and named.word.endswith("s")
        request.limit = None if is_plural or is_of_goods else 1
    if "hour" in request.group_by:
        request.group_by[request.group_by.index("hour")] = "hour_of_day"
    words = {each.word for each in draft.mentions}
    is_one = words & {"which of our", "which of the"} and words & SINGULAR_VERBS
    if is_one or words & ONE_OF:
        request.limit = 1


def _find_ranked_value(draft: Draft, index: int) -> Mention | None:
    """ "The best puzzle": of the products of a category, or with the word in their names."""
    for mention in draft.mentions[index + 1 : index + 4]:
        if any(_is_set_of_goods(each) for each in mention.values):
            return mention
        if mention.number is None and not mention.has(
            Role.SUPERLATIVE, Role.METRIC_VERB
        ):
            return None
    return None


def _is_set_of_goods(value: ValueMatch) -> bool:
    """A whole product is none: "who buys the most Teak Bench"."""
    is_part = value.dimension == "product" and value.kind is not MatchKind.WHOLE
    return is_part or value.dimension in GOODS


def _ranks_search(draft: Draft, index: int) -> bool:
    """ "The top search", "what was searched most": one of the queries."""
    after = draft.find_after(index)
    is_next = after is not None and draft.get_text(after) == "search"
    return is_next or (_asks_what(draft) and "searches" in draft.request.metrics)


def _asks_what(draft: Draft) -> bool:
    """ "What sold best": which products."""
    asks = draft.get_text(0) in {"what", "what's", "whats", "which"}
    return asks and draft.has(Role.METRIC_VERB)


def _ranks_some_goods(draft: Draft, index: int) -> bool:
    """ "The bottom 3 in Crime": products of it."""
    after = draft.find_after(index)
    is_counted = after is not None and _counts_alone(draft, after)
    filters = draft.request.filters
    return is_counted and any(each["dimension"] in GOODS for each in filters)


def _counts_alone(draft: Draft, index: int) -> bool:
    after = draft.mentions[index + 1 : index + 2]
    return _is_count(draft.mentions[index].number) and not any(
        each.has(Role.DIMENSION, Role.DIMENSIONS, Role.METRIC) for each in after
    )


def _is_count(number: Number | None) -> bool:
    if number is None or number.is_money or number.is_percent:
        return False
    is_whole = number.value == int(number.value) and number.until is None
    return is_whole and 1 <= number.value <= MAX_COUNT


def _names_no_rows(draft: Draft) -> bool:
    """Whether nothing says what is ranked: "what sold best in each country"."""
    groups = set(draft.request.group_by)
    return groups.isdisjoint(IMPLIED) and all(
        is_splitting(draft, index)
        for index, mention in enumerate(draft.mentions)
        if not groups.isdisjoint(name_grains(mention))
    )


def _read_order(draft: Draft) -> None:
    """ "Sorted by units, lowest first"."""
    request = draft.request
    for index in list(draft.list_unused(Role.DESCENDING, Role.ASCENDING)):
        request.descending = draft.mentions[index].has(Role.DESCENDING)
        draft.use(index)
    request.by_name = draft.has(Role.ALPHABETICAL)
    if request.by_name:
        draft.use(*draft.list_unused(Role.ALPHABETICAL, Role.SORT))
    for index in list(draft.list_unused(Role.SORT)):
        _read_sort(draft, index)
    flips = list(draft.list_unused(Role.FLIP))
    request.flips = bool(flips)
    draft.use(*flips)


def _read_sort(draft: Draft, index: int) -> None:
    request = draft.request
    draft.use(index)
    if request.descending is None:
        request.descending = True
    after = draft.find_after(index)
    if after is None:
        return
    if draft.mentions[after].has(Role.CHANGE):
        draft.use(after)
        request.by_change = True
    name = draft.mentions[after].get_name(Role.METRIC)
    if name is not None and request.metrics[:1] != [name]:
        request.sort_by = name


def _read_counts(draft: Draft, ranked: int | None) -> None:
    """How many rows: "top 5", "the three best months", one where the dimension is singular. It is
    that at the place `ranked`, if that is known."""
    request = draft.request
    if request.descending is None:
        return
    for index, mention in enumerate(draft.mentions):
        number = mention.number
        if number and index not in draft.used and _counts_rows(draft, index):
            request.limit = int(number.value)
            draft.use(index)
    first = _find_first_one(draft)
    if first is not None and request.limit is None:
        request.limit = 1
        draft.use(first)
    if request.limit is None:
        request.limit = imply_limit(draft, ranked)


def _find_first_one(draft: Draft) -> int | None:
    """The place of "first" in "products by revenue, the first one only"."""
    for index, mention in enumerate(draft.mentions):
        before = draft.mentions[max(index - 2, 0) : index]
        near = [*before, *draft.mentions[index + 1 : index + 3]]
        is_one = draft.get_text(index + 1) in FIRST_ONES
        if (
            mention.word == "first"
            and is_one
            and any(each.has(Role.ONLY) for each in near)
        ):
            return index
    return None


def _counts_rows(draft: Draft, index: int) -> bool:
    bounds = (Role.OVER, Role.UNDER, Role.AT_LEAST, Role.AT_MOST)
    if not _is_count(draft.mentions[index].number) or draft.is_after(index, *bounds):
        return False
    after = draft.find_after(index)
    ends = after is None or draft.mentions[after].has(Role.JOIN)
    if ends and draft.is_after(index, Role.ONLY):
        return True  # "Largest first, only 5".
    near = (Role.SUPERLATIVE, Role.DIMENSIONS, Role.DIMENSION)
    if draft.get_text(index + 1) in OF_THEM and not draft.follows:
        return True  # "Ranked by searches, five of them".
    names_kind = after is not None and bool(draft.mentions[after].values)
    return names_kind or draft.is_after(index, *near) or draft.is_before(index, *near)


def imply_limit(draft: Draft, ranked: int | None = None) -> int | None:
    """One row where the dimension that is ranked is in the singular: that at the place `ranked`,
    else the first."""
    if not draft.has(Role.SUPERLATIVE) and not draft.request.by_change:
        return None
    groups = draft.request.group_by
    for index in range(len(draft.mentions)) if ranked is None else [ranked]:
        mention = draft.mentions[index]
        if isinstance(mention.time, TimeGrain):
            if mention.word.split()[0] in SPLITTING:
                continue  # "By month", "weekly".
            is_plural = mention.word.endswith(("days", "hours", "weeks"))
        elif set(groups).isdisjoint(_name_rows(mention)):
            continue
        elif draft.request.by_change and is_splitting(draft, index):
            continue  # "The increase per category": of each of them.
        else:
            is_plural = mention.has(Role.DIMENSIONS) or _is_any(draft, index)
        return None if is_plural else 1
    return None


def _name_rows(mention: Mention) -> list[str]:
    """ "Our weakest day, Monday to Sunday" is one of the week."""
    names = name_grains(mention)
    return [*names, "weekday"] if "day" in names else names


def _is_any(draft: Draft, index: int) -> bool:
    """ "Any book with less than 80 units": all of them."""
    return draft.get_text(index - 1) in {"any", "all", "every"}


def _read_place(draft: Draft) -> None:
    """ "The best on top", "lowest first": an order of all rows, of which none is left out."""
    request = draft.request
    places = list(draft.list_unused(Role.AT_THE_TOP)) or [
        index
        for index, each in enumerate(draft.mentions)
        if each.word == "first" and each.is_unknown and index not in draft.used
    ]
    ranked = [each for each in draft.mentions if each.has(Role.SUPERLATIVE)]
    # "The biggest increase comes first".
    is_placed = len(ranked) > 1 and ranked[-1].word in PLACED
    is_placed |= bool(places) and draft.has(Role.SUPERLATIVE, Role.RISE, Role.FALL)
    if not is_placed:
        return
    draft.use(*places)
    if all(each.number is None for each in draft.mentions):
        request.limit, request.wants_all = None, True
