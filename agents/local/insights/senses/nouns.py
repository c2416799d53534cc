"""Chooses what words before and behind a noun are that say no more than the noun itself: "each
individual product", "the delivery country", "three KPIs". Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.senses.rules import Place, at_each, find_metric, settle_all
from agents.local.insights.words.lexicon import DIMENSION_ROLES, Meaning, Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import PERIODS

STRESSING = frozenset({
    "individual", "single", "separate", "specific", "particular", "given", "respective",
    "corresponding", "distinct", "different", "various", "sole", "lone", "discrete", "concrete",
    "possible", "existing", "available",
})  # fmt: skip
"""Before what rows are of, say only that each is meant."""
OF_DELIVERY = frozenset({
    "delivery", "shipping", "destination", "recipient", "shipment", "dispatch", "receiving",
    "delivered", "shipped",
})  # fmt: skip
"""Orders are known by where they go: "by delivery country"."""
PLACES = frozenset({"country", "state"})
KEY_FIGURES = frozenset({
    "kpi", "kpis", "key figure", "key figures", "key number", "key numbers", "key metric",
    "key metrics", "metric", "metrics", "headline figures", "headline numbers", "measures",
    "indicators", "data points", "columns", "figures", "numbers",
})  # fmt: skip
""" "Three KPIs: orders, units and revenue": the figures are named."""
RATES = {
    "returns": "return_rate", "returned_units": "return_rate", "refunds": "refund_rate",
    "canceled_orders": "cancellation_rate",
}  # fmt: skip
PARTS = {
    "canceled_orders": "cancellation_rate", "returned_units": "return_rate",
    "zero_result_searches": "zero_result_rate",
}  # fmt: skip
WHOLES = {
    "canceled_orders": "orders", "returned_units": "units", "zero_result_searches": "searches",
}  # fmt: skip
VOLUMES = frozenset({"volume", "volumes", "frequency", "hit count"})


def settle_nouns(mentions: Sequence[Mention]) -> list[Mention]:
    return settle_all(mentions, SETTLING)


@at_each
def _settle_stress(at: Place) -> Mention:
    """ "By individual product", "in any given month"; "how many different products" counts them."""
    is_stressed = at.mention.word in STRESSING and not at.mention.is_value
    named = {each.name for each in at.after.meanings if each.role in DIMENSION_ROLES}
    counts = any(each.has(Role.HOW_MANY) for each in at.mentions[: at.index][-2:])
    return at.mention.read_as() if is_stressed and named and not counts else at.mention


@at_each
def _settle_destinations(at: Place) -> Mention:
    """ "By delivery country", "the country of destination"."""
    if at.mention.word not in OF_DELIVERY or at.mention.is_value:
        return at.mention
    near = [at.after]
    if at.before.word in {"of", "of the"}:
        near += at.mentions[max(at.index - 2, 0) : at.index - 1]
    return at.mention.read_as() if any(map(_names_place, near)) else at.mention


def _names_place(mention: Mention) -> bool:
    named = {each.name for each in mention.meanings if each.role in DIMENSION_ROLES}
    return not PLACES.isdisjoint(named)


@at_each
def _settle_owners(at: Place) -> Mention:
    """ "By customer country": where orders go, and no single customers."""
    is_single = at.mention.has(Role.GAP) and at.mention.word.endswith(" customer")
    is_place = is_single and _names_place(at.after)
    return at.mention.read_as(Meaning(Role.BY)) if is_place else at.mention


def _settle_key_figures(mentions: Sequence[Mention]) -> list[Mention]:
    """ "I want three KPIs: orders, units and revenue"."""
    settled = list(mentions)
    names = any(find_metric(each) for each in mentions)
    for index, mention in enumerate(mentions):
        if not (names and mention.word in KEY_FIGURES):
            continue
        if mention.is_unknown:
            settled[index] = mention.read_as()
        if index and mentions[index - 1].number is not None and not _is_period(mention):
            settled[index - 1] = replace(mentions[index - 1].read_as(), number=None)
    return settled


def _is_period(mention: Mention) -> bool:
    return any(each.name in PERIODS for each in mention.meanings)


@at_each
def _settle_volume(at: Place) -> Mention:
    """ "Search queries with a volume above 50": how often they were searched for."""
    is_volume = at.mention.word in VOLUMES
    names_queries = any(
        each.name == "search_query"
        for mention in at.mentions
        for each in mention.meanings
    )
    searches = Meaning(Role.METRIC, "searches")
    return at.mention.read_as(searches) if is_volume and names_queries else at.mention


@at_each
def _settle_lifetime(at: Place) -> Mention:
    """ "Lifetime order count", "lifetime revenue": of all time; of customers, it is an analysis."""
    is_said = at.mention.word in {"lifetime", "all-time", "lifelong"}
    name = find_metric(at.after)
    is_of_customers = any(
        find_metric(each) == "customers" or "customer" in each.word
        for each in at.mentions
    )
    is_all = is_said and name not in {"", "customers"} and not is_of_customers
    return at.mention.read_as() if is_all else at.mention


def _settle_rates(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Returns and refunds, both as rates": the rates of each."""
    words = [each.word for each in mentions]
    said = [n for n, m in enumerate(mentions) if m.word == "rates" and m.is_unknown]
    named = [n for n, m in enumerate(mentions) if find_metric(m)]
    if not said or any(find_metric(mentions[n]) not in RATES for n in named):
        return list(mentions)
    settled = list(mentions)
    for place in named:
        rate = Meaning(Role.METRIC, RATES[find_metric(mentions[place])])
        settled[place] = mentions[place].read_as(rate)
    silent = [n for n, word in enumerate(words) if word in {"both", "rates"}]
    for place in silent if named else ():
        settled[place] = mentions[place].read_as()
    return settled


@at_each
def _settle_totals(at: Place) -> Mention:
    """ "Number of orders, average order and total": a third figure, of which it is not said which
    one; "orders by month, and the total" are all of these."""
    before = [each for each in at.mentions[: at.index] if each.word not in {"the", "a"}]
    is_listed = bool(before) and before[-1].has(Role.JOIN)
    figures = {find_metric(each) for each in at.mentions} - {""}
    is_last = not find_metric(at.after) and at.after.word != "of"
    splits = any(
        each.has(Role.BY) or isinstance(each.time, TimeGrain) for each in at.mentions
    )
    is_figure = at.mention.word in {"total", "totals"} and is_listed and is_last
    is_open = is_figure and len(figures) > 1 and not splits
    return replace(at.mention, meanings=()) if is_open else at.mention


def _settle_parts(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Canceled orders as a percentage of all": their rate, and no shares of it."""
    settled = list(mentions)
    for index, mention in enumerate(mentions[:-1]):
        rate, behind = PARTS.get(find_metric(mention)), mentions[index + 1 : index + 6]
        shares = [n for n, each in enumerate(behind, index + 1) if each.has(Role.SHARE)]
        words = [each.word for each in behind]
        is_of_all = bool(shares) and any(word.split()[-1] == "all" for word in words)
        if rate is None or not is_of_all or not _is_last_metric(mentions, index):
            continue
        settled[index] = mention.read_as(Meaning(Role.METRIC, rate))
        for place in shares:
            settled[place] = mentions[place].read_as()
    return settled


def _is_last_metric(mentions: Sequence[Mention], index: int) -> bool:
    """Whether no other figure is named behind it: "of all cancellations"."""
    name = find_metric(mentions[index])
    return all(
        find_metric(each) in {"", WHOLES[name]} for each in mentions[index + 1 :]
    )


SETTLING = (
    _settle_parts,
    _settle_totals,
    _settle_rates,
    _settle_volume,
    _settle_lifetime,
    _settle_stress,
    _settle_destinations,
    _settle_owners,
    _settle_key_figures,
)
