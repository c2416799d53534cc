"""Tells a named metric that is a figure to compute from one that only says whose figure is wanted:
"AOV for orders paid in USD", "how much did customers spend", or what rows are of: "which items"."""

from collections.abc import Sequence

from agents.local.insights.question.draft import Draft, Gap
from agents.local.insights.question.related_metrics import RATES
from agents.local.insights.question.searches import is_search_metric
from agents.local.insights.words.lexicon import Meaning, Role, load_counted_metrics
from agents.local.insights.words.mentions import Mention

OF_SET = frozenset({"for", "of", "from", "in", "on", "among", "with", "through", "via"})
"""Before a noun, may say whose figure is wanted."""
AMONG_ORDERS = frozenset(
    {"from", "among", "counting only", "only counting", "counting", "only", "just"}
)
"""Before orders, say that they are whose figure is wanted."""
ARTICLES = frozenset({"the", "all", "our", "those", "all the"})
AUXILIARIES = frozenset({"did", "do", "does", "have", "has", "had", "will", "would"})
COUNTS = frozenset({"count", "counts", "number", "numbers", "total", "totals"})
""" "Customer count": they are the figure."""
SINGLE_CUSTOMERS = (
    "I have averages by order and by unit, and no figures of single customers"
)
BRINGS = Meaning(Role.METRIC_VERB, "net_revenue")


def name_metric(draft: Draft, index: int) -> str | None:
    """The metric that a mention names; behind "how many", the one that counts."""
    name = draft.mentions[index].get_name(Role.METRIC)
    if name is not None and draft.is_after(index, Role.HOW_MANY):
        return load_counted_metrics().get(name, name)
    return name


def is_subject(draft: Draft, index: int, named: Sequence[int]) -> bool:
    """ "Customers" who do something are no figure: "how much did customers spend"."""
    if draft.mentions[index].get_name(Role.METRIC) != "customers":
        return False
    is_single = draft.get_text(index) == "customer" and draft.is_after(index, Role.BY)
    if is_single:
        draft.gaps.append(Gap("per customer", SINGLE_CUSTOMERS))
    if is_single or _does_something(draft, index, named):
        draft.use(index)
        return True
    return False


def _does_something(draft: Draft, index: int, named: Sequence[int]) -> bool:
    if draft.follows and _is_inverted(draft, index):
        return True  # "How many did people place".
    place = _skip_attributes(draft, index)
    is_asked = place is not None and draft.get_text(place) in {"do", "did", "does"}
    if is_asked and len(named) > 1 and not draft.is_after(index, Role.HOW_MANY):
        return True  # "Which categories do Irish customers go for, in units".
    last_words = {draft.get_text(index).split()[-1], draft.get_text(index + 1)}
    is_counted = not last_words.isdisjoint(COUNTS)
    if is_counted or draft.is_after(index, Role.HOW_MANY, Role.SUPERLATIVE):
        return False
    acts = draft.has(Role.METRIC_VERB) and not draft.is_after(index, Role.JOIN)
    # "And what did customers send back".
    acts |= draft.is_before(index, Role.METRIC_VERB)
    return acts or any(
        each != index and not _are_joined(draft, *sorted((each, index)))
        for each in named
    )


def _is_inverted(draft: Draft, index: int) -> bool:
    first, last = draft.get_text(index - 2), draft.get_text(index - 1)
    return last in AUXILIARIES or (last in ARTICLES and first in AUXILIARIES)


def _are_joined(draft: Draft, first: int, last: int) -> bool:
    between = draft.mentions[first + 1 : last]
    listed = (Role.JOIN, Role.FILLER, Role.METRIC, Role.HOW_MANY)
    return any(each.has(Role.JOIN) for each in between) and all(
        each.has(*listed) for each in between
    )


def is_dimension_here(draft: Draft, index: int) -> bool:
    """Whether words that may be both, such as "items", are what rows are about."""
    if not draft.mentions[index].has(Role.DIMENSION, Role.DIMENSIONS):
        return False
    has_other = any(
        each.has(Role.DIMENSION) and not each.has(Role.METRIC)
        for each in draft.mentions[:index]
    )
    if has_other and draft.has(Role.WHICH) and draft.is_after(index, Role.SUPERLATIVE):
        return False  # "Which country bought the most items": they are counted.
    is_counted = index > 0 and draft.mentions[index - 1].number is not None
    return is_counted or draft.is_after(index, Role.WHICH, Role.BY, Role.SUPERLATIVE)


def narrows_figures(draft: Draft, index: int) -> bool:
    """Of figures before, "only the German orders", "the same for customers in Austria" says whose
    they are."""
    name = draft.mentions[index].get_name(Role.METRIC)
    if not draft.follows or name not in {"orders", "customers"}:
        return False
    has_value = any(each.is_value for each in draft.mentions)
    has_other = any(
        each.has(Role.METRIC) and n != index and not each.is_value
        for n, each in enumerate(draft.mentions)
    )
    place = index - 1
    while place >= 0 and (
        draft.mentions[place].is_value or draft.get_text(place) in {"the", "our", "all"}
    ):
        place -= 1
    narrows = place >= 0 and (
        draft.mentions[place].has(Role.ONLY, Role.EXCLUDE)
        or draft.get_text(place).split()[-1] in {"for", "to", "just"}
    )
    return has_value and narrows and not has_other


def is_counted_set(draft: Draft, index: int) -> bool:
    """Orders whose other figure is wanted: "AOV for orders paid in USD", "orders on Fridays:
    revenue by month"."""
    name = draft.mentions[index].get_name(Role.METRIC)
    if name in {"searches", "customers"}:
        judge = _is_of_rate if name == "searches" else _is_ranked_for
        return judge(draft, index)
    if name not in {"orders", "placed_orders"}:
        return False
    is_counted = draft.is_after(index, Role.HOW_MANY) or any(
        each.has(Role.HOW_MANY) and draft.is_before(n, Role.JOIN)
        for n, each in enumerate(draft.mentions)
    )
    if is_counted:
        return False
    return (
        _is_done_by_customers(draft, index)
        or _is_set_of(draft, index)
        or _brings_figure(draft, index)
    )


def _is_ranked_for(draft: Draft, index: int) -> bool:
    """ "The best products for French customers": they are not what is ranked by."""
    place = _skip_attributes(draft, index)
    is_described = place is not None and any(
        each.is_value for each in draft.mentions[place + 1 : index]
    )
    ranks = any(each.has(Role.SUPERLATIVE) for each in draft.mentions[:index])
    word = "" if place is None else draft.get_text(place)
    return is_described and ranks and word in {"for", "with", "among", "to"}


def _brings_figure(draft: Draft, index: int) -> bool:
    """ "How much revenue did orders from Wales bring us", "what did those in dollars bring in":
    another figure is of them."""
    has_figure = any(
        each.has(Role.METRIC) and not each.is_value for each in draft.mentions[:index]
    )
    brings = any(
        each.find(Role.METRIC_VERB) == BRINGS for each in draft.mentions[index + 1 :]
    )
    place = _skip_attributes(draft, index)
    word = "" if place is None else draft.get_text(place)
    return (has_figure or brings) and word in AUXILIARIES


def _is_of_rate(draft: Draft, index: int) -> bool:
    """ "The click rate of our searches": of all of them, and none that are counted."""
    place = _skip_attributes(draft, index)
    if place is None or draft.get_text(place) not in OF_SET:
        return False
    before = draft.find_before(place)
    return (
        before is not None
        and draft.mentions[before].get_name(Role.METRIC) in RATES.values()
    )


def _skip_attributes(draft: Draft, index: int) -> int | None:
    """The place of what stands before a noun: "for the orders", "from Swiss orders"."""
    for place in range(index - 1, -1, -1):
        mention = draft.mentions[place]
        is_list = mention.has(Role.JOIN) and draft.mentions[place + 1].is_value
        is_attribute = mention.is_value or mention.word in ARTICLES
        if not (is_attribute or is_list):
            return place
    return None


def _is_done_by_customers(draft: Draft, index: int) -> bool:
    """ "How many people placed an order": they are counted, and not their orders."""
    counted = [
        n
        for n in range(index)
        if draft.mentions[n].get_name(Role.METRIC) == "customers"
        and draft.is_after(n, Role.HOW_MANY)
    ]
    between = draft.mentions[counted[-1] + 1 : index] if counted else ()
    return bool(between) and all(
        not each.has(Role.JOIN)
        and (each.time is not None or each.has(Role.FILLER, Role.METRIC_VERB))
        for each in between
    )


def _is_set_of(draft: Draft, index: int) -> bool:
    """Whether a figure stands before "of orders", "among orders", or behind "orders: "."""
    place = _skip_attributes(draft, index)
    word = "" if place is None else draft.get_text(place)
    others = [
        n
        for n, each in enumerate(draft.mentions)
        if each.has(Role.METRIC) and n != index and not _is_of_searches(each)
    ]
    ranked = [
        n + 1
        for n, each in enumerate(draft.mentions)
        if each.has(Role.SUPERLATIVE) and not draft.is_before(n, Role.METRIC)
    ]
    has_other_before = any(other < index for other in others)
    is_placed = draft.mentions[index].get_name(Role.METRIC) == "placed_orders"
    has_figure_before = (is_placed and has_other_before) or any(
        n < index for n in (*draft.list_unused(Role.METRIC_VERB), *ranked)
    )
    # "What did we take, only the orders paid in GBP".
    is_only = draft.is_after(index, Role.ONLY) or word in AMONG_ORDERS
    # "For orders in USD, units by category".
    begins = place == 0 and bool(others)
    is_behind = any(
        index < colon <= other for colon in draft.colons for other in (*others, *ranked)
    )
    # "How much did we sell in orders paid in pounds".
    is_sold = word in {"in", "from", "through", "with"} and draft.has(Role.HOW_MUCH)
    return (
        (word in OF_SET and (has_other_before or begins))
        or (is_sold and has_figure_before)
        or (is_only and has_figure_before)
        or is_behind
        or (has_other_before and _is_left_out(draft, index))
    )


def _is_of_searches(mention: Mention) -> bool:
    name = mention.get_name(Role.METRIC)
    return name is not None and is_search_metric(name)


def _is_left_out(draft: Draft, index: int) -> bool:
    """ "Units, orders on Sundays not counted"."""
    for mention in draft.mentions[index + 1 :]:
        if mention.has(Role.EXCLUDE):
            return True
        if not (
            mention.is_value or mention.time or mention.has(Role.FILLER, Role.JOIN)
        ):
            return False
    return False
