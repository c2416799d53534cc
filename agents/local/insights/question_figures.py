"""Reads what a question wants to know: metrics, dimensions, rankings, bounds, derived columns."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from agents.local.insights.draft import Bound, Draft, Gap, Request
from agents.local.insights.lexicon import (
    YES_NO_WORDS,
    Meaning,
    Role,
    load_counted_metrics,
)
from agents.local.insights.mentions import Mention, Number
from agents.local.insights.moving_averages import MovingAverage
from agents.local.insights.question_groups import (
    EACH,
    IMPLIED,
    is_splitting,
    name_grains,
    read_groups,
)
from agents.local.insights.question_searches import is_search_metric
from agents.local.insights.question_windows import DEVELOPING
from agents.local.insights.value_filters import SUMMED
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import DIMENSIONS, METRICS, PERIODS

DEFAULT_METRIC = "net_revenue"
PLACED = Meaning(Role.METRIC, "placed_orders")
VERB_COUNTS = {
    "net_revenue": "units",
    "refunds": "refunded_orders",
}
"""What is counted by "how many" where a verb says the metric."""
VERBS_OF = {
    "orders": {
        "canceled_orders": "canceled_orders",
        "refunds": "refunded_orders",
        "returned_units": "returned_units",
    },
    "units": {"returned_units": "returned_units", "stock": "stock"},
    "searches": {"zero_result_searches": "zero_result_searches"},
}
"""By what is counted, what became of it: "orders that were canceled"."""
SALES_VERBS = frozenset({"net_revenue", "orders"})
ANY = frozenset(
    {"any", "anything", "anyone", "anybody", "ever", "even", "single", "a", "an"}
)
"""In a question for yes or no, say that it is about whether there is one."""
NOT_WANTED = (Role.INSTEAD_OF, Role.EXCLUDE)
NONE_OF = frozenset({"without", "no", "without any", "with no", "not any"})
RATES = {
    "refunds": "refund_rate", "canceled_orders": "cancellation_rate",
    "returned_units": "return_rate", "zero_result_searches": "zero_result_rate",
    "clicked_searches": "search_click_rate", "ordered_searches": "search_conversion_rate",
}  # fmt: skip
"""By metric, its share of what it is a part of: "what portion of sales was refunded"."""
AVERAGE = re.compile(r"(?i)\b(?:average|avg|mean|typical|typically|usually|normally)\b")
GUEST_ORDER = "guest order"
SINGLE_ORDERS = frozenset(
    {GUEST_ORDER, "order", "purchase", "sale", "transaction", "checkout"}
)
SINGULAR_VERBS = frozenset({
    "sells", "brings", "brings in", "makes", "earns", "has", "is", "was", "does", "takes", "gets",
    "performs", "leads", "moves", "shifts", "takes in", "comes first", "ranks first",
})  # fmt: skip
""" "Which of our categories sells best" is one of them."""
GOODS = frozenset({"category", "brand", "tag"})
STATUS = "customer_status"
COUNTED_STATUSES = {"new": "new_customers", "returning": "returning_customers"}
SEARCH_COUNTS = frozenset({"searches", "zero_result_searches", "clicked_searches"})
OFTEN = re.compile(r"(?i)\b(?:often|frequently|frequent|common|commonly)\b")
CUSTOMERS = Meaning(Role.METRIC, "customers")
OF_ORDERS = frozenset({"for", "of", "from", "in", "on", "among", "with"})
AMONG_ORDERS = frozenset(
    {"from", "among", "counting only", "only counting", "counting", "only", "just"}
)
"""Before orders, say that they are whose figure is wanted."""
AUXILIARIES = frozenset({"did", "do", "does", "have", "has", "had", "will", "would"})
ARTICLES = frozenset({"the", "all", "our", "those", "all the"})
SINGLE = (
    "performer",
    "earner",
    "laggard",
    "straggler",
    "dud",
    "seller",
    "mover",
    "flop",
    "bestseller",
    "search",
    "searched",
    "searched for",
)
"""Ends of superlatives that are of one product, or one query."""
MONEY = "money"
"""In the words of a figure, says only what it is measured in."""
WORTH = frozenset({"worth", "money", "valued", "valuation", "capital"})
NEVER_SOLD = "what was never sold is in no figures of orders"
NARROW_NOUNS = frozenset({
    "book", "books", "record", "records", "novel", "novels", "album", "albums", "game", "games",
    "vinyl", "vinyls",
})  # fmt: skip
"""Are products, though a shop may have others, too."""
CONTAINING = re.compile(r"(?i)(?:that |which )?(?:contain|includ|mention)")
DEFINITE = frozenset({"the", "that", "this"})
NO_LENGTH = "Over how many days, weeks or months is the moving average?"
MIN_LENGTH = 2
"""Of a moving average; one row alone is its own."""
SINGLE_CUSTOMERS = (
    "I have averages by order and by unit, and no figures of single customers"
)


WINNER = frozenset(
    {
        *(
            "winner",
            "gainer",
            "grower",
            "climber",
            "riser",
            "loser",
            "decliner",
            "faller",
        ),
    }
)
WINNERS = frozenset(f"{each}s" for each in WINNER)
"""Are said of what rises or falls, in the plural of several."""
JUDGING = frozenset({"best", "worst", "poorest", "strongest", "weakest"})
"""Of what should be low, the best is the lowest."""


# Metrics


def read_metrics(draft: Draft) -> None:
    _read_average_order(draft)
    _read_named_metrics(draft)
    if not draft.request.metrics:
        named = [each.metric for each in draft.request.bounds if each.metric]
        draft.request.metrics += dict.fromkeys(named)
    _read_verbs(draft)
    _use_net_of(draft)
    _use_unconverted(draft)
    if draft.request.metrics == ["orders", "refunds"] and not draft.has(Role.JOIN):
        draft.request.metrics[:] = ["refunded_orders"]
    if draft.request.metrics == ["units", "stock"] and not draft.has(Role.JOIN):
        draft.request.metrics[:] = ["stock"]
    if draft.request.metrics == ["units", "returns"] and not draft.has(Role.JOIN):
        draft.request.metrics[:] = ["returned_units"]
    if draft.request.metrics == ["stock"] and _sells_stock(draft):
        draft.request.metrics[:] = ["units"]
    if draft.request.metrics == ["stock"] and _asks_for_worth(draft):
        draft.request.metrics[:] = ["stock_value"]
    _read_counted_products(draft)
    _count_customers_by_status(draft)
    _count_orders_by_status(draft)
    goods = {"product", "variant", "category", "brand", "tag"}
    has_goods = any(each["dimension"] in goods for each in draft.request.filters)
    if has_goods and draft.has(Role.HOW_MANY) and not draft.request.metrics:
        draft.request.metrics.append("units")


def _read_average_order(draft: Draft) -> None:
    """ "How much does a guest order come to on average", "the average German order"."""
    gaps = [each for each in draft.gaps if AVERAGE.search(each.text)]
    single = [
        index
        for index in draft.list_unused(Role.METRIC)
        if draft.mentions[index].text.casefold().split()[-1] in SINGLE_ORDERS
        or draft.mentions[index].text.casefold() == GUEST_ORDER
    ]
    named = {
        meaning.name
        for index in draft.list_unused(Role.METRIC)
        if index not in single
        and (meaning := draft.mentions[index].find(Role.METRIC)) is not None
    }
    if gaps and single and named - {"customers"} == {"units"}:
        # "How many items does an order contain on average".
        draft.request.metrics.append("units_per_order")
        draft.use(*draft.list_unused(Role.METRIC, Role.METRIC_VERB))
        draft.gaps[:] = [each for each in draft.gaps if each not in gaps]
        return
    if not gaps or not single or draft.has(Role.HOW_MANY):
        return
    if named <= {"net_revenue", "gross_sales", "customers"}:
        draft.request.metrics.append("average_order_value")
        if any(
            draft.mentions[index].text.casefold() == GUEST_ORDER for index in single
        ):
            guests = {"dimension": "customer_type", "in": ["guest"]}
            draft.request.filters.append(guests)
        draft.use(*single, *draft.list_unused(Role.METRIC, Role.METRIC_VERB))
        draft.gaps[:] = [each for each in draft.gaps if each not in gaps]


def _count_customers_by_status(draft: Draft) -> None:
    """ "How many customers were new": those have a figure of their own."""
    request = draft.request
    asks = request.metrics == ["customers"] or (
        not request.metrics and draft.has(Role.HOW_MANY)
    )
    statuses = [each for each in request.filters if each["dimension"] == STATUS]
    values = [value for each in statuses for value in each.get("in", ["", ""])]
    if asks and len(values) == 1 and values[0] in COUNTED_STATUSES:
        request.filters.remove(statuses[0])
        request.metrics[:] = [COUNTED_STATUSES[values[0]]]


def _sells_stock(draft: Draft) -> bool:
    """ "How much stock did we shift": what was sold of it."""
    verbs = (each.find(Role.METRIC_VERB) for each in draft.mentions)
    sells = any(verb is not None and verb.name == DEFAULT_METRIC for verb in verbs)
    return sells and draft.has(Role.HOW_MUCH, Role.HOW_MANY)


def _asks_for_worth(draft: Draft) -> bool:
    """ "What is our stock worth", "the money in our stock": its value, no count."""
    words = {word for each in draft.mentions for word in each.text.casefold().split()}
    return not WORTH.isdisjoint(words)


def _use_net_of(draft: Draft) -> None:
    """ "Sales after returns" are the net revenue; of another figure it would be another one."""
    metrics = draft.request.metrics
    said = list(draft.list_unused(Role.NET_OF))
    if said and metrics in ([], ["net_revenue"]):
        metrics[:] = ["net_revenue"]
        draft.use(*said)


def _use_unconverted(draft: Draft) -> None:
    """ "In pounds, not converted": where a currency is named, amounts are those paid in it."""
    groups = draft.request.group_by
    if draft.request.currency is not None or "currency" in groups:
        draft.use(*draft.list_unused(Role.UNCONVERTED))


def _read_named_metrics(draft: Draft) -> None:
    named = [
        index
        for index in draft.list_unused(Role.METRIC)
        if not draft.is_after(index, *NOT_WANTED)
    ]
    _drop_unwanted(draft)
    wanted = [index for index in named if not _is_subject(draft, index, named)]
    for index in wanted:
        if index in draft.used or _is_dimension_here(draft, index):
            continue
        narrows = draft.follows and _narrows_to(draft, index)
        if narrows or _is_counted_set(draft, index):
            draft.use(index)
            continue
        meaning = draft.mentions[index].find(Role.METRIC)
        if meaning is not None:
            _add_metric(draft, index, _count_instead(draft, index, meaning.name))


def _drop_unwanted(draft: Draft) -> None:
    """ "Units instead of revenue", "not by revenue": what is not wanted any more."""
    for index in list(draft.list_unused(Role.METRIC)):
        before = draft.find_before(index)
        if before is None or not draft.mentions[before].has(*NOT_WANTED):
            continue
        draft.use(index, before)
        meaning = draft.mentions[index].find(Role.METRIC)
        if meaning is not None and draft.follows:
            draft.request.drops.append(meaning.name)
        if meaning is not None and draft.mentions[before].text.casefold() in NONE_OF:
            # "Days without orders": rows where there are none.
            text = f"{draft.mentions[before].text} {draft.mentions[index].text}"
            bound = Bound(text, meaning.name, at_most=Decimal(0))
            draft.request.bounds.append(bound)


def _is_counted_set(draft: Draft, index: int) -> bool:
    """Orders whose other figure is wanted: "AOV for orders paid in USD", "orders on Fridays:
    revenue by month"."""
    meaning = draft.mentions[index].find(Role.METRIC)
    if meaning is not None and meaning.name == "searches":
        return _is_of_rate(draft, index)
    if meaning is None or meaning.name not in {"orders", "placed_orders"}:
        return False
    is_counted = draft.is_after(index, Role.HOW_MANY) or any(
        each.has(Role.HOW_MANY) and draft.is_before(n, Role.JOIN)
        for n, each in enumerate(draft.mentions)
    )
    if is_counted:
        return False
    return _is_done_by_customers(draft, index) or _is_set_of(draft, index)


def _is_of_rate(draft: Draft, index: int) -> bool:
    """ "The click rate of our searches": of all of them, and none that are counted."""
    place = _skip_attributes(draft, index)
    is_of = place is not None and draft.mentions[place].text.casefold() in OF_ORDERS
    before = None if place is None else draft.find_before(place)
    rate = None if before is None else draft.mentions[before].find(Role.METRIC)
    return is_of and rate is not None and rate.name in RATES.values()


def _is_set_of(draft: Draft, index: int) -> bool:
    """Whether a figure stands before "of orders", "among orders", or behind "orders: "."""
    place = _skip_attributes(draft, index)
    word = "" if place is None else draft.mentions[place].text.casefold()
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
    before = [n for n in draft.list_unused(Role.METRIC_VERB) if n < index]
    before += [n for n in ranked if n < index]
    if draft.mentions[index].find(Role.METRIC) == PLACED:
        before += [n for n in others if n < index]
    is_after = word in OF_ORDERS and any(other < index for other in others)
    # "What did we take, only the orders paid in GBP".
    is_only = draft.is_after(index, Role.ONLY) or word in AMONG_ORDERS
    # "For orders in USD, units by category".
    begins = place == 0 and word in OF_ORDERS and bool(others)
    is_behind = any(
        index < colon <= other for colon in draft.colons for other in (*others, *ranked)
    )
    is_left_out = any(n < index for n in others) and _is_left_out(draft, index)
    return is_after or (is_only and bool(before)) or begins or is_behind or is_left_out


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


def _is_done_by_customers(draft: Draft, index: int) -> bool:
    """ "How many people placed an order": they are counted, and not their orders."""
    counted = [
        n
        for n in range(index)
        if draft.mentions[n].find(Role.METRIC) == CUSTOMERS
        and draft.is_after(n, Role.HOW_MANY)
    ]
    between = draft.mentions[counted[-1] + 1 : index] if counted else ()
    return (
        bool(between)
        and all(
            each.has(Role.FILLER, Role.METRIC_VERB) or each.time is not None
            for each in between
        )
        and not any(each.has(Role.JOIN) for each in between)
    )


def _skip_attributes(draft: Draft, index: int) -> int | None:
    """The place of what stands before a noun: "for the orders", "from Swiss orders"."""
    for place in range(index - 1, -1, -1):
        mention = draft.mentions[place]
        is_list = mention.has(Role.JOIN) and draft.mentions[place + 1].is_value
        is_attribute = mention.is_value or mention.text.casefold() in ARTICLES
        if not (is_attribute or is_list):
            return place
    return None


def _narrows_to(draft: Draft, index: int) -> bool:
    """Of figures before, "only the German orders", "the same for customers in Austria" says whose
    they are."""
    meaning = draft.mentions[index].find(Role.METRIC)
    if meaning is None or meaning.name not in {"orders", "customers"}:
        return False
    names = any(each.is_value for each in draft.mentions)
    others = any(
        each.has(Role.METRIC) and n != index and not each.is_value
        for n, each in enumerate(draft.mentions)
    )
    skip = [
        n
        for n in range(index)
        if not (
            draft.mentions[n].is_value
            or draft.mentions[n].text.casefold() in {"the", "our", "all"}
        )
    ]
    before = draft.mentions[skip[-1]] if skip else None
    narrows = before is not None and (
        before.has(Role.ONLY, Role.EXCLUDE)
        or before.text.casefold().split()[-1] in {"for", "to", "just"}
    )
    return names and narrows and not others


def _is_of_searches(mention: Mention) -> bool:
    meaning = mention.find(Role.METRIC)
    return meaning is not None and is_search_metric(meaning.name)


def _is_subject(draft: Draft, index: int, named: Sequence[int]) -> bool:
    """ "Customers" who do something are no figure: "how much did customers spend"."""
    mention = draft.mentions[index]
    meaning = mention.find(Role.METRIC)
    if meaning is None or meaning.name != "customers":
        return False
    is_single = mention.text.casefold() == "customer" and draft.is_after(index, Role.BY)
    if is_single:
        draft.gaps.append(Gap("per customer", SINGLE_CUSTOMERS))
    if is_single or _does_something(draft, index, named):
        draft.use(index)
        return True
    return False


def _does_something(draft: Draft, index: int, named: Sequence[int]) -> bool:
    if draft.follows and _is_inverted(draft, index):
        return True  # "How many did people place".
    if draft.is_after(index, Role.HOW_MANY, Role.SUPERLATIVE):
        return False
    has_verb = any(draft.list_unused(Role.METRIC_VERB))
    if draft.is_before(index, Role.METRIC_VERB):
        return True  # "And what did customers send back".
    return any(
        each != index and not _is_listed(draft, each, index) for each in named
    ) or (has_verb and not draft.is_after(index, Role.JOIN))


def _is_inverted(draft: Draft, index: int) -> bool:
    words = [each.text.casefold() for each in draft.mentions[max(index - 2, 0) : index]]
    return bool(words) and (
        words[-1] in AUXILIARIES or (words[-1] in ARTICLES and words[0] in AUXILIARIES)
    )


def _is_listed(draft: Draft, first: int, second: int) -> bool:
    low, high = sorted((first, second))
    between = draft.mentions[low + 1 : high]
    return any(each.has(Role.JOIN) for each in between) and all(
        each.has(Role.JOIN, Role.FILLER, Role.METRIC) for each in between
    )


def _is_dimension_here(draft: Draft, index: int) -> bool:
    """Whether words that may be both, such as "items", are what rows are about."""
    mention = draft.mentions[index]
    if not mention.has(Role.DIMENSION, Role.DIMENSIONS):
        return False
    asked = (Role.WHICH, Role.BY, Role.SUPERLATIVE)
    others = [
        n
        for n, each in enumerate(draft.mentions)
        if n < index and each.has(Role.DIMENSION) and not each.has(Role.METRIC)
    ]
    if others and draft.has(Role.WHICH) and draft.is_after(index, Role.SUPERLATIVE):
        # "Which country bought the most items": they are counted.
        return False
    number = index > 0 and draft.mentions[index - 1].number is not None
    return draft.is_after(index, *asked) or number


def _count_instead(draft: Draft, index: int, name: str) -> str:
    if draft.is_after(index, Role.HOW_MANY):
        return load_counted_metrics().get(name, name)
    return name


def _add_metric(draft: Draft, index: int, name: str) -> None:
    draft.use(index)
    if name not in draft.request.metrics:
        draft.request.metrics.append(name)


def _read_verbs(draft: Draft) -> None:
    metrics = draft.request.metrics
    verbs = list(draft.list_unused(Role.METRIC_VERB))
    # "How much money did we give back" is no revenue.
    for index in sorted(
        verbs, key=lambda n: MONEY in draft.mentions[n].text.casefold()
    ):
        meaning = draft.mentions[index].find(Role.METRIC_VERB)
        if meaning is None:
            continue
        name = meaning.name
        if is_search_metric(name) and not all(map(is_search_metric, metrics)):
            continue  # "Revenue from search" is another figure.
        if name == "stock" and not all(map(_is_of_stock, metrics)):
            continue  # "Sales in the warehouse" are not known.
        draft.use(index)
        refined = VERBS_OF.get(metrics[0], {}) if len(metrics) == 1 else {}
        if name in refined and _is_counted_apart(draft, index, metrics[0]):
            metrics.append(refined[name])
        elif name in refined:
            metrics[:] = [refined[name]]
        elif not metrics and not (
            name in SALES_VERBS and _bounds_figures_before(draft)
        ):
            is_any = name in SALES_VERBS and _asks_for_any(draft)
            metrics.append("units" if is_any else _name_by_verb(draft, name))


def _bounds_figures_before(draft: Draft) -> bool:
    """ "Which ones sold fewer than seven": of the figures before."""
    bounds = draft.request.bounds
    asks = draft.has(Role.HOW_MANY, Role.HOW_MUCH) or draft.request.group_by
    return (
        draft.follows and bool(bounds) and not (asks or any(b.is_money for b in bounds))
    )


def _is_counted_apart(draft: Draft, verb: int, metric: str) -> bool:
    """ "How many pieces were sold and how many were sent back", "units sold and units returned":
    two figures."""
    joins = [n for n in range(verb) if draft.mentions[n].has(Role.JOIN)]
    if not joins:
        return False
    before, after = draft.mentions[: joins[-1]], draft.mentions[joins[-1] + 1 : verb]
    is_named = any(
        each.find(Role.METRIC) == Meaning(Role.METRIC, metric) for each in before
    )
    asks = (Role.HOW_MANY, Role.HOW_MUCH, Role.METRIC, Role.WHICH)
    return is_named and any(
        each.has(*asks) or each.text.casefold() == "what" for each in after
    )


def _is_of_stock(name: str) -> bool:
    return name == "units" or METRICS[name].family == METRICS["stock"].family


def _name_by_verb(draft: Draft, name: str) -> str:
    if name == "refunds" and any(OFTEN.search(m.text) for m in draft.mentions):
        return VERB_COUNTS[name]
    if not draft.has(Role.HOW_MANY):
        buys = name == "orders" and draft.has(Role.SUPERLATIVE)
        is_sold = name == DEFAULT_METRIC and _is_sold(draft)
        return "units" if buys or is_sold else name
    if name == "orders" and _speaks_of_products(draft):
        return "units"
    return VERB_COUNTS.get(name, name)


def _is_sold(draft: Draft) -> bool:
    """ "Mugs sold to California": how many, where nothing asks how much or for the best."""
    if draft.has(Role.HOW_MUCH, Role.SUPERLATIVE, Role.SHARE, Role.RISE, Role.FALL):
        return False
    return any(
        mention.text.casefold() == "sold"
        and any(each.dimension in {"product", "variant"} for each in before.values)
        for before, mention in pairwise(draft.mentions)
    )


def _asks_for_any(draft: Draft) -> bool:
    """ "Have we sold any Chef's Knife", "did anybody buy one": whether there are units."""
    words = [word for each in draft.mentions for word in each.text.casefold().split()]
    is_open = words[:1] == ["any"] or not YES_NO_WORDS.isdisjoint(words[:1])
    compares = draft.has(Role.COMPARE, Role.RISE, Role.FALL, Role.OVER, Role.UNDER)
    ranks = draft.has(Role.SUPERLATIVE, Role.WHICH, Role.HOW_MUCH)
    return is_open and not ANY.isdisjoint(words) and not (compares or ranks)


def _speaks_of_products(draft: Draft) -> bool:
    return any(
        each.dimension in {"product", "variant"}
        for mention in draft.mentions
        for each in mention.values
    )


def _read_counted_products(draft: Draft) -> None:
    """ "How many products did we sell" are units; "how many countries" are rows."""
    for index in list(draft.list_unused(Role.DIMENSION, Role.DIMENSIONS)):
        if not draft.is_after(index, Role.HOW_MANY):
            continue
        name = _name_dimension(draft.mentions[index])
        if name in {"product", "variant"}:
            draft.use(index)
            if draft.request.metrics in ([], ["net_revenue"]):
                draft.request.metrics[:] = ["units"]
        elif name is not None:
            _add_group(draft, index, name)


def _count_orders_by_status(draft: Draft) -> None:
    """Orders that are not paid count for no figure but those placed."""
    request = draft.request
    statuses = [
        value
        for each in request.filters
        if each["dimension"] in {"order_status", "payment_status"}
        for value in each.get("in", [])
    ]
    uncounted = {
        "PENDING",
        "REQUIRES_ACTION",
        "PAYMENT_FAILED",
        "UNPAID",
        "AUTHORIZED",
        "VOIDED",
    }
    if statuses and not request.metrics:
        request.metrics.append("orders")
    if uncounted.intersection(statuses) and request.metrics == ["orders"]:
        request.metrics[:] = ["placed_orders"]


# Dimensions


def read_dimensions(draft: Draft) -> None:
    _list_sold_products(draft)
    _note_all_values(draft)
    _list_searches(draft)
    _read_year(draft)
    if draft.follows:
        _drop_dimensions(draft)
    for index in list(draft.list_unused(Role.DIMENSION, Role.DIMENSIONS)):
        name = _name_dimension(draft.mentions[index])
        is_named = name is not None and _is_definite_period(draft, index, name)
        is_set = name is not None and _is_described(draft, index, name)
        if is_named and draft.follows and draft.has(Role.SUM_UP):
            draft.use(index)  # "One number for the week".
        elif name is not None and (is_set or _is_whole(draft, index, name)):
            draft.use(index)
        elif name is not None and _groups_rows(draft, index, name):
            _add_group(draft, index, name)
    request = draft.request
    asks_where = draft.mentions and draft.mentions[0].text.casefold() == "where"
    is_place = request.analysis is None and not request.group_by
    if asks_where and request.metrics and is_place:
        request.group_by.append("country")


def _drop_dimensions(draft: Draft) -> None:
    """ "Without the months", "not by country": rows that are not wanted any more."""
    for index in list(draft.list_unused(Role.DIMENSION, Role.DIMENSIONS)):
        before = draft.find_before(index, skip=(Role.FILLER, Role.BY))
        name = _name_dimension(draft.mentions[index])
        if before is not None and name and draft.mentions[before].has(*NOT_WANTED):
            draft.use(index, before)
            draft.request.drops.append(name)


def _read_year(draft: Draft) -> None:
    """ "The best day of the year": of this one."""
    periods = [
        index
        for index in draft.list_unused(Role.DIMENSION)
        if _name_dimension(draft.mentions[index]) in PERIODS
    ]
    if not periods or draft.request.window is not None:
        return
    index = periods[-1]
    if not any(
        each.has(Role.DIMENSION, Role.DIMENSIONS) for each in draft.mentions[:index]
    ):
        return
    words = [each.text.casefold() for each in draft.mentions[max(index - 2, 0) : index]]
    unit = _name_dimension(draft.mentions[index])
    if words == ["of", "the"] and unit is not None:
        draft.use(index)
        draft.request.window = {"unit": unit, "count": 1, "offset": 0}


def _note_all_values(draft: Draft) -> None:
    """ "All countries" are those of a query before without its filter, or rows."""
    for index in draft.list_unused(Role.DIMENSIONS):
        name = _name_dimension(draft.mentions[index])
        before = draft.mentions[index - 1] if index else None
        if (
            name is not None
            and before is not None
            and before.text.casefold().endswith("all")
        ):
            draft.request.all_of.append(name)
    for index in draft.list_unused(Role.DIMENSION):
        join = draft.mentions[index - 1] if index else None
        name = _name_dimension(draft.mentions[index])
        words = set() if join is None else set(join.text.casefold().split())
        if name is not None and not EACH.isdisjoint(words):
            draft.request.every_of.append(name)


def _list_searches(draft: Draft) -> None:
    """ "Which searches found nothing": the queries."""
    for index, mention in enumerate(draft.mentions):
        meaning = mention.find(Role.METRIC)
        is_search = meaning is not None and meaning.name in SEARCH_COUNTS
        groups = draft.request.group_by
        if is_search and draft.is_after(index, Role.WHICH) and not groups:
            groups.append("search_query")


def _list_sold_products(draft: Draft) -> None:
    """ "What did we sell yesterday": the products."""
    verbs = {"sell", "sold", "buy", "bought", "order", "ordered", "selling", "sells"}
    words = {each.text.casefold() for each in draft.mentions}
    asks = bool(draft.mentions) and draft.mentions[0].text.casefold() == "what"
    names_product = any(
        each["dimension"] == "product" for each in draft.request.filters
    )
    if asks and not words.isdisjoint(verbs) and not names_product:
        named = any(
            each.has(Role.METRIC) for each in draft.mentions if not each.is_value
        )
        others = draft.has(Role.DIMENSION, Role.DIMENSIONS, Role.WHICH)
        if not named and not others:
            draft.request.group_by.append("product")


def _groups_rows(draft: Draft, index: int, name: str) -> bool:
    """Whether rows are wanted by it. "Kitchen products" and "orders of products" are no rows."""
    asked = (
        Role.BY,
        Role.WHICH,
        Role.SUPERLATIVE,
        Role.JOIN,
        Role.BREAKDOWN,
        Role.COMPARE,
    )
    is_definite = _is_definite_period(draft, index, name)
    if is_definite or _is_each_of_value(draft, index):
        return not is_definite
    if draft.is_after(index, *asked) or draft.mentions[index].has(Role.DIMENSIONS):
        if name == "product" and not draft.is_after(index, *asked):
            return _lists_products(draft, index)
        return True
    return draft.has(Role.SUPERLATIVE, Role.WHICH) or name != "product"


def _is_each_of_value(draft: Draft, index: int) -> bool:
    """ "Each Vinyl product", "every German state"."""
    place = index - 1
    while place > 0 and draft.mentions[place].is_value:
        place -= 1
    return 0 <= place < index - 1 and draft.mentions[place].has(Role.BY)


def _is_definite_period(draft: Draft, index: int, name: str) -> bool:
    """ "The week to my birthday": a time that was not understood, and no rows."""
    before = draft.mentions[index - 1].text.casefold() if index else ""
    is_one = before in DEFINITE and draft.mentions[index].has(Role.DIMENSION)
    asks = draft.has(Role.SUPERLATIVE, Role.WHICH, Role.BREAKDOWN, Role.BY, Role.TREND)
    return name in PERIODS and is_one and not asks


def _is_whole(draft: Draft, index: int, name: str) -> bool:
    """ "In all categories except Sale", "all categories together": one figure of them."""
    before = [
        each.text.casefold() for each in draft.mentions[max(index - 2, 0) : index]
    ]
    if before[-1:] != ["all"] or not draft.mentions[index].has(Role.DIMENSIONS):
        return False
    is_part = any(
        each["dimension"] == name and "notIn" in each for each in draft.request.filters
    )
    after = draft.mentions[index + 1 : index + 2]
    is_summed = bool(after) and after[0].text.casefold() in SUMMED
    return is_summed or (is_part and before[0] in OF_ORDERS)


def _is_described(draft: Draft, index: int, name: str) -> bool:
    """ "Revenue from titles containing Berlin", "in countries other than Germany": whose figure it
    is, and no rows."""
    asked = (Role.BY, Role.WHICH, Role.SUPERLATIVE, Role.COMPARE, Role.BREAKDOWN)
    before = draft.find_before(index)
    joins = before is not None and draft.mentions[before].has(Role.JOIN)
    is_list = joins and before is not None and draft.mentions[before].text != ","
    if draft.is_after(index, *asked) or is_list:
        return False
    figures = (Role.METRIC, Role.METRIC_VERB)
    is_behind = any(each.has(*figures) for each in draft.mentions[:index])
    after = draft.mentions[index + 1 : index + 2]
    is_contained = bool(after) and CONTAINING.match(after[0].text) is not None
    is_plural = draft.mentions[index].has(Role.DIMENSIONS)
    is_narrowed = is_contained or (
        is_plural and bool(after) and after[0].has(Role.ONLY, Role.EXCLUDE)
    )
    ranks = draft.has(Role.SUPERLATIVE, Role.WHICH, Role.SORT)
    return (
        is_behind
        and is_narrowed
        and not ranks
        and any(each["dimension"] == name for each in draft.request.filters)
    )


def _lists_products(draft: Draft, index: int) -> bool:
    bounds = (Role.OVER, Role.AT_LEAST, Role.UNDER, Role.AT_MOST, Role.OR_MORE)
    is_first = draft.find_before(index) is None
    ranks = draft.has(
        Role.SUPERLATIVE,
        Role.WHICH,
        Role.RISE,
        Role.FALL,
        Role.SORT,
        Role.RANK_COLUMN,
        *bounds,
    )
    lists = is_first and bool(draft.request.metrics) and draft.has(Role.BY)
    lists |= draft.mentions[index].has(Role.DIMENSIONS) and any(
        each.text.casefold() in {"list", "a list of", "list of"}
        for each in draft.mentions[:index]
    )
    if not (ranks or lists or is_first):
        draft.use(index)
    return ranks or lists or is_first


def _name_dimension(mention: Mention) -> str | None:
    meaning = mention.find(Role.DIMENSION) or mention.find(Role.DIMENSIONS)
    return None if meaning is None else meaning.name


def _add_group(draft: Draft, index: int, name: str) -> None:
    draft.use(index)
    before = draft.find_before(index)
    if before is not None and draft.mentions[before].has(Role.BY, Role.COMPARE):
        draft.use(before)
    if name not in draft.request.group_by:
        draft.request.group_by.append(name)
    word = draft.mentions[index].text.casefold()
    if name == "product" and word in NARROW_NOUNS:
        draft.notes.append(f"I took “{word}” for products of any kind.")


# Rankings


def read_rankings(draft: Draft) -> None:
    for index in list(draft.list_unused(Role.SUPERLATIVE)):
        _read_superlative(draft, index)
    _read_order(draft)
    _read_counts(draft, read_groups(draft))
    _read_place(draft)
    request = draft.request
    request.judges = any(
        not JUDGING.isdisjoint(re.split(r"[\s-]", each.text.casefold()))
        for each in draft.mentions
        if each.has(Role.SUPERLATIVE, Role.DESCENDING, Role.ASCENDING)
    )


def _read_place(draft: Draft) -> None:
    """ "The best on top", "lowest first": an order of all rows, of which none is left out."""
    request = draft.request
    places = list(draft.list_unused(Role.AT_THE_TOP)) or list(
        _find_word(draft, "first")
    )
    has_count = any(each.number is not None for each in draft.mentions)
    if not places or not draft.has(Role.SUPERLATIVE, Role.RISE, Role.FALL):
        return
    draft.use(*places)
    if not has_count:
        request.limit, request.wants_all = None, True


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
    elif mention.text.casefold() == "peak" and _ranks_hours_alone(draft):
        request.metrics.append("orders")
    elif meaning.name != "any":
        _add_ranked_metric(request, meaning.name)
    _choose_rows(draft, index)


def _ranks_hours_alone(draft: Draft) -> bool:
    """ "Peak hours" are the busiest ones, as long as no figure is named."""
    hours = {"hour", "hour_of_day"}
    return not draft.request.metrics and not hours.isdisjoint(draft.request.group_by)


def _add_ranked_metric(request: Request, name: str) -> None:
    """ "Most returned", which says of "the most returned units" what became of them."""
    if not request.metrics:
        request.metrics.append(name)
    elif len(request.metrics) == 1:
        refined = VERBS_OF.get(request.metrics[0], {})
        request.metrics[:] = [refined.get(name, request.metrics[0])]


def _choose_rows(draft: Draft, index: int) -> None:
    """What is ranked where no dimension says it, and of hours those of whatever day."""
    request = draft.request
    named = _find_ranked_value(draft, index)
    is_search = _ranks_search(draft, index)
    asks = named is not None or is_search or _asks_what(draft)
    asks |= _ranks_some_goods(draft, index)
    if _names_no_rows(draft) and asks:
        request.group_by.append("search_query" if is_search else "product")
        is_plural = named is not None and named.text.casefold().endswith("s")
        is_plural |= _ranks_some_goods(draft, index)
        request.limit = None if is_plural else 1
    if "hour" in request.group_by:
        request.group_by[request.group_by.index("hour")] = "hour_of_day"
    words = {each.text.casefold() for each in draft.mentions}
    if words & {"which one", "which of these", "which of them", "which of those"}:
        request.limit = 1
    if words & {"which of our", "which of the"} and words & SINGULAR_VERBS:
        request.limit = 1


def _ranks_some_goods(draft: Draft, index: int) -> bool:
    """ "The bottom 3 in Crime": products of it."""
    after = draft.find_after(index)
    is_counted = after is not None and _counts_alone(draft, after)
    filters = draft.request.filters
    return is_counted and any(each["dimension"] in GOODS for each in filters)


def _counts_alone(draft: Draft, index: int) -> bool:
    number, after = draft.mentions[index].number, index + 1
    if number is None or not _is_count(number):
        return False
    return after >= len(draft.mentions) or not draft.mentions[after].has(
        Role.DIMENSION, Role.DIMENSIONS, Role.METRIC
    )


def _ranks_search(draft: Draft, index: int) -> bool:
    """ "The top search", "what was searched most": one of the queries."""
    after = draft.find_after(index)
    is_next = after is not None and draft.mentions[after].text.casefold() == "search"
    return is_next or (_asks_what(draft) and "searches" in draft.request.metrics)


def _names_no_rows(draft: Draft) -> bool:
    """Whether nothing says what is ranked: "what sold best in each country"."""
    return set(IMPLIED).isdisjoint(draft.request.group_by) and all(
        is_splitting(draft, index)
        for index, mention in enumerate(draft.mentions)
        if not set(draft.request.group_by).isdisjoint(name_grains(mention))
    )


def _find_ranked_value(draft: Draft, index: int) -> Mention | None:
    """ "The best puzzle": of the products of a category, or with the word in their names."""
    for mention in draft.mentions[index + 1 : index + 4]:
        kinds = {each.dimension for each in mention.values}
        if kinds & {"category", "brand", "product", "tag"}:
            return mention
        if mention.number is None and not mention.has(
            Role.SUPERLATIVE, Role.METRIC_VERB
        ):
            return None
    return None


def _rank_dimension(draft: Draft, index: int, name: str) -> None:
    """ "Best sellers", "the top search": what is ranked is said with it."""
    request = draft.request
    if name not in request.group_by:
        request.group_by.append(name)
    if draft.mentions[index].text.casefold().endswith(SINGLE):
        request.limit = 1


def _asks_what(draft: Draft) -> bool:
    """ "What sold best": which products."""
    asks = draft.mentions[0].text.casefold() in {"what", "what's", "whats", "which"}
    return asks and draft.has(Role.METRIC_VERB)


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
        draft.use(index)
        if request.descending is None:
            request.descending = True
        after = draft.find_after(index)
        if after is not None and draft.mentions[after].has(Role.CHANGE):
            draft.use(after)
            request.by_change = True
        meaning = None if after is None else draft.mentions[after].find(Role.METRIC)
        if meaning is not None and request.metrics[:1] != [meaning.name]:
            request.sort_by = meaning.name
    for index in list(draft.list_unused(Role.FLIP)):
        request.flips = True
        draft.use(index)


def _read_counts(draft: Draft, ranked: int | None) -> None:
    """How many rows: "top 5", "the three best months", one where the dimension is singular. It is
    that at the place `ranked`, if that is known."""
    request = draft.request
    for index, mention in enumerate(draft.mentions):
        if mention.number is None or index in draft.used:
            continue
        if request.descending is not None and _counts_rows(draft, index):
            request.limit = int(mention.number.value)
            draft.use(index)
    if request.descending is not None and request.limit is None:
        mentions = draft.mentions if ranked is None else [draft.mentions[ranked]]
        request.limit = _imply_limit(draft, mentions)


def _is_count(number: Number) -> bool:
    is_amount = number.is_money or number.is_percent or number.until is not None
    is_whole = number.value == int(number.value)
    return is_whole and not is_amount and 1 <= number.value <= 1000


def _counts_rows(draft: Draft, index: int) -> bool:
    number = draft.mentions[index].number
    if number is None or not _is_count(number):
        return False
    near = (Role.SUPERLATIVE, Role.DIMENSIONS, Role.DIMENSION)
    bounds = (Role.OVER, Role.UNDER, Role.AT_LEAST, Role.AT_MOST)
    if draft.is_after(index, *bounds):
        return False
    after = draft.find_after(index)
    ends = after is None or draft.mentions[after].has(Role.JOIN)
    if ends and draft.is_after(index, Role.ONLY):
        return True  # "Largest first, only 5".
    names_kind = after is not None and bool(draft.mentions[after].values)
    return names_kind or draft.is_after(index, *near) or draft.is_before(index, *near)


def _imply_limit(draft: Draft, mentions: Sequence[Mention]) -> int | None:
    """One row where the dimension that is ranked is in the singular."""
    if not draft.has(Role.SUPERLATIVE) and not draft.request.by_change:
        return None
    for mention in mentions:
        name = _name_dimension(mention)
        if name in draft.request.group_by or (
            name == "hour" and "hour_of_day" in draft.request.group_by
        ):
            is_plural = mention.has(Role.DIMENSIONS) or _is_any(draft, mention)
            return None if is_plural else 1
        if isinstance(mention.time, TimeGrain) and not _is_by(mention):
            is_plural = mention.text.casefold().endswith(("days", "hours", "weeks"))
            return None if is_plural else 1
    return None


def _is_any(draft: Draft, mention: Mention) -> bool:
    """ "Any book with less than 80 units": all of them."""
    place = next(n for n, each in enumerate(draft.mentions) if each is mention)
    before = draft.mentions[place - 1].text.casefold() if place else ""
    return before in {"any", "all", "every"} and mention.has(Role.DIMENSION)


def _is_by(mention: Mention) -> bool:
    """Whether a period only splits the rows: "by month", "weekly"."""
    return mention.text.casefold().split()[0] in {
        "by", "per", "each", "every", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly",
    }  # fmt: skip


# Derived columns


def read_derived(draft: Draft) -> None:
    _read_averages(draft)
    _read_never(draft)
    _read_shares(draft)
    for role, kind in (
        (Role.RUNNING_TOTAL, "running_total"),
        (Role.RANK_COLUMN, "rank"),
    ):
        for index in list(draft.list_unused(role)):
            draft.use(index)
            if kind == "running_total" and _adds_up(draft, index):
                continue  # One figure is what it is anyway.
            if index == 0 and kind == "rank" and draft.request.limit is not None:
                continue  # "Rank categories, top three only": in that order.
            _add_column(draft, kind)
            draft.request.wants_trend |= kind == "running_total"
    for index in list(draft.list_unused(Role.TREND)):
        draft.use(index)
        draft.request.wants_trend |= not _compares_development(draft, index)
    _read_changes(draft)


ADDING = frozenset({"add up", "added up", "adding up", "adds up"})


def _adds_up(draft: Draft, index: int) -> bool:
    """ "Add up what we took this year" is one figure, "as it goes along" and "by day" are many."""
    is_adding = draft.mentions[index].text.casefold() in ADDING
    is_command = not any(
        each.has(Role.METRIC, Role.METRIC_VERB) for each in draft.mentions[:index]
    )
    has_rows = bool(draft.request.group_by) or draft.has(Role.TREND)
    return is_adding and is_command and not has_rows


def _compares_development(draft: Draft, index: int) -> bool:
    """ "How did orders develop from Q2 to Q3": what became of one time in the other."""
    is_development = draft.mentions[index].text.casefold().split()[-1] in DEVELOPING
    compared = draft.request.compare_to or draft.request.compare_shift
    return is_development and compared is not None


def _add_column(draft: Draft, kind: str, **values: int) -> None:
    metric = (draft.request.metrics or [DEFAULT_METRIC])[0]
    column = {"kind": kind, "metric": metric, **values}
    if column not in draft.request.derived:
        draft.request.derived.append(column)


def _read_averages(draft: Draft) -> None:
    averages = [each.average for each in draft.mentions if each.average is not None]
    for index, mention in enumerate(draft.mentions):
        if mention.average is not None:
            draft.use(index)
            _add_average(draft, mention.average)
    for index in list(draft.list_unused(Role.MOVING_AVERAGE)):
        draft.use(index)
        if not averages:
            draft.questions.append(NO_LENGTH)


def _add_average(draft: Draft, average: MovingAverage) -> None:
    """Its rows are those that are asked for, else of its own period: "over a week" of figures by
    day is over 7 of them."""
    periods = [each for each in draft.request.group_by if each in PERIODS]
    grain = periods[0] if periods else average.unit
    length, unit = average.length, average.unit or grain
    if (grain, unit) == ("day", "week") or (
        not periods and length == 1 and unit == "week"
    ):
        length, unit, grain = 7 * length, "day", "day"
    if not grain or grain != unit or length < MIN_LENGTH:
        draft.questions.append(NO_LENGTH)
        return
    if grain not in draft.request.group_by:
        draft.request.group_by.append(grain)
    _add_column(draft, "moving_average", length=length)


def _read_never(draft: Draft) -> None:
    """ "Which products were never returned": of those that were sold."""
    request = draft.request
    for index in list(draft.list_unused(Role.NEVER)):
        draft.use(index)
        if not request.metrics or request.metrics[0] in {
            "units",
            "net_revenue",
            "orders",
        }:
            draft.gaps.append(Gap(draft.mentions[index].text, NEVER_SOLD))
        else:
            request.bounds.append(Bound(draft.mentions[index].text, at_most=Decimal(0)))


def _read_shares(draft: Draft) -> None:
    """The share of a single value is a row of its dimension."""
    request = draft.request
    for index in list(draft.list_unused(Role.SHARE)):
        draft.use(index)
        request.wants_share = True
    if not request.wants_share:
        return
    if _is_share_of_change(draft):
        request.wants_share = False
        return
    for mention in draft.mentions:
        verb = mention.find(Role.METRIC_VERB)
        rate = None if verb is None else RATES.get(verb.name)
        if rate is not None and request.metrics[:1] != [rate]:
            request.metrics[:] = [rate]
            request.wants_share = False
            return
    groups = [name for name in request.group_by if name not in PERIODS]
    if not groups and request.filters:
        whole = request.filters[_find_part(draft)]
        request.filters.remove(whole)
        request.group_by.insert(0, whole["dimension"])
    _add_column(draft, "share")


def _is_share_of_change(draft: Draft) -> bool:
    """ "By what percentage did units grow from September to October": no part of a whole."""
    request = draft.request
    compares = request.compare_to is not None or request.compare_shift is not None
    has_rows = bool(request.group_by or request.filters)
    return compares and not has_rows and draft.has(Role.CHANGE, Role.RISE, Role.FALL)


def _find_part(draft: Draft) -> int:
    """Which filter is the part whose share is asked for: the first that is a list of values."""
    conditions = draft.request.filters
    return next((n for n, each in enumerate(conditions) if "in" in each), 0)


def _read_changes(draft: Draft) -> None:
    request = draft.request
    changes = list(draft.list_unused(Role.CHANGE, Role.RISE, Role.FALL))
    if not changes:
        return
    draft.use(*changes)
    rows = [name for name in request.group_by if name not in PERIODS]
    ranks = request.descending is not None
    words = {draft.mentions[index].text.casefold() for index in changes}
    ranks |= request.wants_all or not (WINNER | WINNERS).isdisjoint(words)
    if ranks or (rows and draft.has(Role.WHICH, Role.DIMENSIONS)):
        _rank_changes(draft, changes)
    request.wants_change = True


def _rank_changes(draft: Draft, changes: Sequence[int]) -> None:
    request = draft.request
    request.by_change = True
    request.in_percent = request.wants_share
    if request.wants_share:
        request.wants_share = False
        request.derived = [each for each in request.derived if each["kind"] != "share"]
    falls = any(draft.mentions[index].has(Role.FALL) for index in changes)
    request.descending = not (falls or request.descending is False)
    words = {draft.mentions[index].text.casefold() for index in changes}
    if request.limit is None and not request.wants_all and WINNERS.isdisjoint(words):
        is_one = not WINNER.isdisjoint(words)
        request.limit = 1 if is_one else _imply_limit(draft, draft.mentions)


def _find_word(draft: Draft, word: str) -> Iterator[int]:
    for index, mention in enumerate(draft.mentions):
        if mention.text.casefold() == word and mention.is_unknown:
            yield index


def list_leftovers(draft: Draft) -> Iterator[int]:
    """Places of the mentions that say something, and have no use."""
    silent = (
        Role.FILLER, Role.JOIN, Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH, Role.ONLY, Role.BY,
        Role.AGAIN, Role.ALSO, Role.CHART, Role.ANAPHOR, Role.BREAKDOWN, Role.YES,
        Role.EVERY_VALUE, Role.OVERVIEW, Role.BETWEEN, Role.INSTEAD_OF,
    )  # fmt: skip
    for index, mention in enumerate(draft.mentions):
        if index not in draft.used and not mention.has(*silent):
            yield index
