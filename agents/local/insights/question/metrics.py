"""Reads which metrics a question asks for: those that it names, those of its verbs, and those that
follow from what they are asked of."""

import re
from collections.abc import Sequence
from decimal import Decimal

from agents.local.insights.question.dimensions import NOT_WANTED, add_group
from agents.local.insights.question.draft import Bound, Draft, Gap
from agents.local.insights.question.metric_verbs import read_verbs
from agents.local.insights.question.named_metrics import (
    is_counted_set,
    is_dimension_here,
    is_subject,
    name_metric,
    narrows_figures,
)
from agents.local.insights.question.related_metrics import DEFAULT_METRIC, WORTH_OF
from agents.local.insights.words.lexicon import (
    DIMENSION_ROLES,
    Role,
    load_counted_metrics,
)
from agents.local.insights.words.mentions import Mention

AVERAGE = re.compile(r"(?i)\b(?:average|avg|mean|typical|typically|usually|normally)\b")
SINGLE_ORDERS = frozenset({"order", "purchase", "sale", "transaction", "checkout"})
GUEST_ORDER = "guest order"
NONE_OF = frozenset({"without", "no", "without any", "with no", "not any"})
MERGED = {
    frozenset({"orders", "refunds"}): "refunded_orders",
    frozenset({"units", "stock"}): "stock",
    frozenset({"units", "returns"}): "returned_units",
}
"""What two metrics are that no word joins: "refunded orders"."""
ONE_ORDER = frozenset(
    f"{kind} {noun}"
    for kind in ("average", "typical", "usual", "mean")
    for noun in ("order", "basket", "cart", "purchase")
)
BEING = frozenset(
    {"was", "is", "were", "are", "came from", "came in", "came", "comes from"}
)
FIGURES = (Role.METRIC, Role.METRIC_VERB)
WORTH = frozenset({"worth", "money", "valued", "valuation", "capital"})
GOODS = frozenset({"product", "variant", "category", "brand", "tag"})
UNITS_SOLD = "I have no units net of returns; ask for units sold and for returned units"
KINDS = "I count orders, units and customers, not how many different things there are"
STATUS = "customer_status"
COUNTED_STATUSES = {"new": "new_customers", "returning": "returning_customers"}
PEOPLE = frozenset({"customers", "buyers", "shoppers", "clients", "purchasers"})
VERSUS = frozenset({"vs", "vs.", "versus", "against", "or"})
""" "New vs returning customers" are as well compared by what they bring."""
UNCOUNTED_STATUSES = frozenset({
    "PENDING", "REQUIRES_ACTION", "PAYMENT_FAILED", "UNPAID", "AUTHORIZED", "VOIDED",
})  # fmt: skip
"""Orders that are not paid count for no figure but those placed."""


def drop_implied_filters(draft: Draft) -> None:
    """ "Customer acquisition: how many new ones": new customers are new without a filter."""
    request = draft.request
    if request.metrics == ["new_customers"]:
        implied = {"dimension": "customer_status", "in": ["new"]}
        request.filters = [each for each in request.filters if each != implied]


def read_metrics(draft: Draft) -> None:
    metrics = draft.request.metrics
    _read_average_order(draft)
    _read_named_metrics(draft)
    if not metrics:
        bounded = [each.metric for each in draft.request.bounds if each.metric]
        metrics += dict.fromkeys(bounded)
    read_verbs(draft)
    _use_net_of(draft)
    _use_unconverted(draft)
    if metrics == ["net_revenue", "gross_sales"] and _is_gross(draft):
        del metrics[0]
    merged = _find_merged(draft)
    if merged is not None and not _are_listed(draft, metrics):
        metrics[:] = [merged]
    if metrics == ["stock"]:
        _settle_stock(draft)
    _add_worth(draft)
    if metrics == ["returned_units"] and _asks_for_worth(draft):
        metrics[:] = ["returns"]
    _count_amount(draft)
    _read_worth_of_orders(draft)
    _read_counted_products(draft)
    _count_customers_by_status(draft)
    _count_orders_by_status(draft)
    _count_goods(draft)


def _read_worth_of_orders(draft: Draft) -> None:
    """ "How much was it for the German orders": money; "how much orders" are counted."""
    metrics = draft.request.metrics
    places = [n for n, each in enumerate(draft.mentions) if each.has(Role.HOW_MUCH)]
    if metrics != ["orders"] or not places or draft.has(Role.HOW_MANY):
        return
    behind = draft.find_after(places[0])
    is_counted = behind is None or draft.mentions[behind].has(Role.METRIC)
    is_sum = any(draft.get_text(n + 1) in BEING for n in places)
    if is_sum and not is_counted:
        metrics[:] = [DEFAULT_METRIC]


def _is_gross(draft: Draft) -> bool:
    """ "Sales in October, gross": which ones, and no figure besides them."""
    words = [each.word for each in draft.mentions]
    return "gross" in words and words[words.index("gross") - 1] in {",", "("}


def _find_merged(draft: Draft) -> str | None:
    """What two metrics are that no word joins: "how many items does the average order have"."""
    pair = frozenset(draft.request.metrics)
    words = {each.word for each in draft.mentions if each.has(Role.METRIC)}
    if pair == {"units", "average_order_value"} and not words.isdisjoint(ONE_ORDER):
        return "units_per_order"
    return MERGED.get(pair)


def _are_listed(draft: Draft, metrics: Sequence[str]) -> bool:
    """Whether a word joins the two: "units and stock"."""
    places = [n for n, m in enumerate(draft.mentions) if _names_any(m, metrics)]
    first, last = places[0], places[-1]
    return any(each.has(Role.JOIN) for each in draft.mentions[first:last])


def _names_any(mention: Mention, metrics: Sequence[str]) -> bool:
    named = {each.name for each in mention.meanings if each.role in FIGURES}
    return not named.isdisjoint(metrics)


def _read_average_order(draft: Draft) -> None:
    """ "How much does a guest order come to on average", "the average German order", "how many
    items does an order contain on average"."""
    request = draft.request
    gaps = [each for each in draft.gaps if AVERAGE.search(each.text)]
    places = list(draft.list_unused(Role.METRIC))
    single = [n for n in places if draft.get_text(n).split()[-1] in SINGLE_ORDERS]
    named = {draft.mentions[n].get_name(Role.METRIC) for n in places if n not in single}
    if not gaps or not single:
        return
    if named - {"customers"} == {"units"}:
        request.metrics.append("units_per_order")
    elif named <= {"net_revenue", "gross_sales", "customers"} and not draft.has(
        Role.HOW_MANY
    ):
        request.metrics.append("average_order_value")
    else:
        return
    if any(draft.get_text(n) == GUEST_ORDER for n in single):
        request.filters.append({"dimension": "customer_type", "in": ["guest"]})
    draft.use(*places, *draft.list_unused(Role.METRIC_VERB))
    draft.gaps[:] = [each for each in draft.gaps if each not in gaps]


def _read_named_metrics(draft: Draft) -> None:
    named = [
        index
        for index in draft.list_unused(Role.METRIC)
        if not draft.is_after(index, *NOT_WANTED)
    ]
    _drop_unwanted(draft)
    wanted = [index for index in named if not is_subject(draft, index, named)]
    for index in wanted:
        if index in draft.used or is_dimension_here(draft, index):
            continue
        draft.use(index)
        name = name_metric(draft, index)
        says_whose = narrows_figures(draft, index) or is_counted_set(draft, index)
        if name and name not in draft.request.metrics and not says_whose:
            draft.request.metrics.append(name)


def _drop_unwanted(draft: Draft) -> None:
    """ "Units instead of revenue", "not by revenue": what is not wanted any more."""
    for index in list(draft.list_unused(Role.METRIC)):
        before = draft.find_before(index)
        name = draft.mentions[index].get_name(Role.METRIC)
        if (
            before is None
            or name is None
            or not draft.mentions[before].has(*NOT_WANTED)
        ):
            continue
        draft.use(index, before)
        if draft.follows:
            draft.request.drops.append(name)
        if draft.get_text(before) in NONE_OF:
            # "Days without orders": rows where there are none.
            text = f"{draft.mentions[before].text} {draft.mentions[index].text}"
            draft.request.bounds.append(Bound(text, name, at_most=Decimal(0)))


def _use_net_of(draft: Draft) -> None:
    """ "Sales after returns" are the net revenue; of another figure it would be another one."""
    metrics = draft.request.metrics
    said = list(draft.list_unused(Role.NET_OF))
    if said and metrics in ([], [DEFAULT_METRIC]):
        metrics[:] = [DEFAULT_METRIC]
        draft.use(*said)
    elif said and "units" in metrics:
        draft.use(*said)
        draft.gaps += [Gap(draft.mentions[each].text, UNITS_SOLD) for each in said]


def _use_unconverted(draft: Draft) -> None:
    """ "In pounds, not converted": where a currency is named, amounts are those paid in it."""
    if draft.request.currency is not None or "currency" in draft.request.group_by:
        draft.use(*draft.list_unused(Role.UNCONVERTED))


def _settle_stock(draft: Draft) -> None:
    """ "How much stock did we shift" is what was sold of it; "what is our stock worth", "the money
    in our stock" is its value."""
    sells = any(
        each.get_name(Role.METRIC_VERB) == DEFAULT_METRIC for each in draft.mentions
    )
    words = {word for each in draft.mentions for word in each.word.split()}
    if sells and draft.has(Role.HOW_MUCH, Role.HOW_MANY):
        draft.request.metrics[:] = ["units"]
    elif not WORTH.isdisjoint(words):
        draft.request.metrics[:] = ["stock_value"]


def _add_worth(draft: Draft) -> None:
    """ "How many came back, and what were they worth": two figures."""
    metrics = draft.request.metrics
    named = [n for n, each in enumerate(draft.mentions) if each.has(*FIGURES)]
    joins = [
        n for n, m in enumerate(draft.mentions) if m.has(Role.JOIN) and named[:1] < [n]
    ]
    words = [each.word for each in draft.mentions[joins[0] :]] if joins else []
    asks = not {"what", "how much", "their", "its"}.isdisjoint(words)
    asks |= words[1:2] in (["value"], ["worth"])
    is_worth = not {"worth", "value"}.isdisjoint(words) and asks
    if is_worth and len(metrics) == 1 and metrics[0] in WORTH_OF:
        metrics.append(WORTH_OF[metrics[0]])


def _count_amount(draft: Draft) -> None:
    """ "Refunds: how many and how much": what is counted, and its amount."""
    metrics = draft.request.metrics
    words = " ".join(each.word for each in draft.mentions)
    is_both = "how many and how much" in words or "how much and how many" in words
    counted = load_counted_metrics()
    if is_both and len(metrics) == 1 and metrics[0] in counted:
        metrics.insert(0, counted[metrics[0]])


def _asks_for_worth(draft: Draft) -> bool:
    """ "What are the returned items worth", "the value of the goods sent back"."""
    words = {word for each in draft.mentions for word in each.word.split()}
    if any(each.get_name(Role.METRIC) == "units" for each in draft.mentions):
        # "Returns: units and value" are two figures.
        joins = any(
            each.has(Role.JOIN)
            and draft.get_text(n + 1) in {"value", "worth", "amount"}
            for n, each in enumerate(draft.mentions)
        )
        return not joins and not (WORTH | {"value"}).isdisjoint(words)
    return not (WORTH | {"value"}).isdisjoint(words) and not draft.has(Role.HOW_MANY)


def _read_counted_products(draft: Draft) -> None:
    """ "How many products did we sell" are units; "how many countries" are rows."""
    for index in list(draft.list_unused(Role.DIMENSION, Role.DIMENSIONS)):
        if not draft.is_after(index, Role.HOW_MANY):
            continue
        name = draft.mentions[index].get_name(Role.DIMENSION, Role.DIMENSIONS)
        if name in {"product", "variant"}:
            draft.use(index)
            if _counts_catalog(draft):
                draft.gaps.append(Gap(f"how many {draft.get_text(index)}", KINDS))
            elif draft.request.metrics in ([], [DEFAULT_METRIC]):
                draft.request.metrics[:] = ["units"]
        elif name is not None:
            add_group(draft, index, name)


def _counts_catalog(draft: Draft) -> bool:
    """ "How many products are in Kitchen": nothing says that they were sold."""
    sells = draft.has(Role.METRIC_VERB) or draft.request.metrics
    is_timed = any(each.time is not None for each in draft.mentions)
    return not (sells or is_timed or draft.follows or draft.request.bounds)


def _count_customers_by_status(draft: Draft) -> None:
    """ "How many customers were new": those have a figure of their own."""
    request = draft.request
    asks = request.metrics == ["customers"] or (
        not request.metrics and draft.has(Role.HOW_MANY)
    )
    statuses = [each for each in request.filters if each["dimension"] == STATUS]
    values = [value for each in statuses for value in each.get("in", ["", ""])]
    # "How many of these came from new customers", of orders before.
    is_of_these = draft.follows and draft.has(Role.ANAPHOR)
    asks = asks and (bool(request.metrics) or not is_of_these)
    if asks and len(values) == 1 and values[0] in COUNTED_STATUSES:
        request.filters.remove(statuses[0])
        request.metrics[:] = [COUNTED_STATUSES[values[0]]]
    places = _find_counted_statuses(draft)
    if values == [*COUNTED_STATUSES] and places:
        draft.use(*places)
        request.filters.remove(statuses[0])
        request.group_by[:] = [each for each in request.group_by if each != STATUS]
        request.metrics[:] = COUNTED_STATUSES.values()


def _find_counted_statuses(draft: Draft) -> list[int]:
    """ "New and returning customers last month": they are counted where no figure of them is named,
    and nothing is asked of what they do."""
    acts = draft.has(Role.WHICH, Role.SUPERLATIVE, Role.RISE, Role.FALL, *FIGURES)
    if acts or draft.follows or draft.request.metrics or draft.request.wants_share:
        return []
    return [
        index
        for index, each in enumerate(draft.mentions)
        if each.get_name(*DIMENSION_ROLES) == STATUS
        and each.word.split()[-1] in PEOPLE
        and not draft.is_after(index, Role.BY, Role.COMPARE)
        and VERSUS.isdisjoint(each.word.split())
    ]


def _count_orders_by_status(draft: Draft) -> None:
    request = draft.request
    statuses = [
        value
        for each in request.filters
        if each["dimension"] in {"order_status", "payment_status"}
        for value in each.get("in", [])
    ]
    if statuses and not request.metrics:
        request.metrics.append("orders")
    if UNCOUNTED_STATUSES.intersection(statuses) and request.metrics == ["orders"]:
        request.metrics[:] = ["placed_orders"]


def _count_goods(draft: Draft) -> None:
    """ "How many mugs went to Spain": units of them."""
    has_goods = any(each["dimension"] in GOODS for each in draft.request.filters)
    if has_goods and draft.has(Role.HOW_MANY) and not draft.request.metrics:
        draft.request.metrics.append("units")
