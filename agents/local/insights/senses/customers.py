"""Chooses what words of customers are: "first-time and repeat buyers", "how many different people",
"our number one client", "how many units came back". Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.senses.rules import (
    SUBJECTS,
    Place,
    at_each,
    find_metric,
    settle_all,
)
from agents.local.insights.words.lexicon import DIMENSION_ROLES, Meaning, Role
from agents.local.insights.words.mentions import Mention
from webapp.kit.demonyms import load_demonyms

STATUS = "customer_status"
STATUS_METRICS = frozenset({"customers", "new_customers", "returning_customers"})
COUNTED = {"new": "new_customers", "returning": "returning_customers"}
BARE_STATUSES = {
    **dict.fromkeys(
        ("new", "new ones", "first-time", "first time", "for the first time"), "new"
    ),
    **dict.fromkeys(("repeat", "existing"), "returning"),
}
"""Say whose orders are meant only where customers are spoken of."""
SALES = frozenset({"net_revenue", "gross_sales"})
BUSINESS = frozenset({"business", "trade", "custom", "purchases", "shopping"})
GAINING = frozenset({"gain", "gained", "gains", "gaining", "pick up", "picked up"})
DISTINCT = frozenset({"different", "distinct", "unique"})
SINGLE = frozenset({"separate", "individual"})
"""Of people who are counted, the same; else each by himself."""
PEOPLE = frozenset({"customer", "client", "buyer", "shopper", "purchaser", "person"})
COUNTS = frozenset({"count", "counts", "number", "numbers", "total", "totals", "base"})
GOODS = frozenset({"product", "category", "brand", "variant", "tag"})
NEGATED = frozenset(
    {"non", "not", "no", "excluding", "except", "without", "other than"}
)
COUNTING = frozenset({"most", "fewest", "least", "highest", "lowest", "more", "fewer"})
"""Count people: "which country has the most buyers"."""


def settle_customers(mentions: Sequence[Mention]) -> list[Mention]:
    return settle_all(mentions, SETTLING)


@at_each
def _settle_statuses(at: Place) -> Mention:
    """ "New or existing customers", "first-time and repeat buyers", "customers who were new"."""
    mention = at.mention
    # With a capital, it is the name of something.
    is_small = not mention.start or mention.text == mention.text.casefold()
    if not (is_small and mention.word in BARE_STATUSES):
        return mention
    counts = any(find_metric(each) in COUNTED.values() for each in at.mentions)
    if counts and not _is_of_noun(at.after) and at.after.word != "customers":
        # "Repeat customers as well as new ones": both are counted.
        return mention.read_as(
            Meaning(Role.METRIC, COUNTED[BARE_STATUSES[mention.word]])
        )
    is_of_customers = any(map(_speaks_of_customers, at.mentions))
    if (is_of_customers and not _is_of_noun(at.after)) or _is_of_sales(at):
        return mention.read_as(Meaning(Role.VALUE, BARE_STATUSES[mention.word], STATUS))
    kept = tuple(each for each in mention.meanings if each.of != STATUS)
    return replace(mention, meanings=kept)


def _is_of_sales(at: Place) -> bool:
    """ "Repeat revenue", "repeat business": that of customers who came back."""
    is_sale = find_metric(at.after) in SALES or at.after.word in BUSINESS
    return at.mention.word == "repeat" and is_sale


def _speaks_of_customers(mention: Mention) -> bool:
    return mention.word not in BARE_STATUSES and any(
        each.of == STATUS or (each.role is Role.METRIC and each.name in STATUS_METRICS)
        for each in mention.meanings
    )


def _is_of_noun(after: Mention) -> bool:
    """ "New products": said of something else."""
    if after.has(Role.FILLER, Role.JOIN, Role.COMPARE) or after.time is not None:
        return False
    is_noun = after.has(*DIMENSION_ROLES) or after.is_unknown or bool(after.values)
    return is_noun and not _speaks_of_customers(after)


@at_each
def _settle_gains(at: Place) -> Mention:
    """ "The new customers we gained" are counted, and compared with nothing."""
    is_asked = any(each.has(Role.HOW_MANY) for each in at.mentions[: at.index])
    is_of_customers = any(map(_speaks_of_customers, at.mentions))
    is_gain = at.mention.word in GAINING and is_of_customers
    by_us = at.before.word in SUBJECTS
    return at.mention.read_as() if is_gain and (by_us or is_asked) else at.mention


@at_each
def _settle_distinct(at: Place) -> Mention:
    """Customers are counted once anyway: "unique buyers", "how many different people"."""
    is_counted = at.before.has(Role.HOW_MANY)
    if at.mention.word == "individual customers" and is_counted:
        return at.mention.read_as(Meaning(Role.METRIC, "customers"))
    words = DISTINCT | SINGLE if is_counted else DISTINCT
    is_distinct = at.mention.word in words and find_metric(at.after) in STATUS_METRICS
    return at.mention.read_as() if is_distinct else at.mention


@at_each
def _settle_returns(at: Place) -> Mention:
    """ "How many units came back": where nobody speaks of customers, goods do."""
    comes_back = not {"back", "again"}.isdisjoint(at.mention.word.split()[1:])
    if not (at.mention.has(Role.ANALYSIS) and comes_back):
        return at.mention
    is_of_units = any(map(_speaks_of_goods, at.mentions))
    if not is_of_units or any(map(_speaks_of_customers, at.mentions)):
        return at.mention
    return at.mention.read_as(Meaning(Role.METRIC_VERB, "returned_units"))


def _speaks_of_goods(mention: Mention) -> bool:
    """ "Which product came back the most", "too much is coming back"."""
    named = {each.name for each in mention.meanings if each.role in DIMENSION_ROLES}
    is_of_goods = not GOODS.isdisjoint(named | mention.dimensions)
    is_much = mention.word in {
        "too much",
        "much",
        "how much",
        "stuff",
        "things",
        "parcels",
    }
    return find_metric(mention) == "units" or is_of_goods or is_much


@at_each
def _settle_people(at: Place) -> Mention:
    """ "Which client", "our number one buyer": who that is, is never said."""
    before = at.before
    is_asked = before.has(Role.WHICH) and before.word not in {"where", "when"}
    ranks = before.has(Role.SUPERLATIVE) and before.word not in COUNTING
    is_somebody = at.mention.has(Role.METRIC) and at.mention.word in PEOPLE
    is_personal = is_somebody and (is_asked or ranks)
    return at.mention.read_as(Meaning(Role.PERSONAL)) if is_personal else at.mention


@at_each
def _settle_counts(at: Place) -> Mention:
    """ "Rank countries by customer count": a figure, and no single customer."""
    is_single = at.mention.has(Role.GAP) and at.mention.word.endswith(" customer")
    is_count = is_single and at.after.word in COUNTS
    return (
        at.mention.read_as(Meaning(Role.METRIC, "customers"))
        if is_count
        else at.mention
    )


def _settle_peoples(mentions: Sequence[Mention]) -> list[Mention]:
    """ "How many Canadians bought something": customers of a country, and not their orders."""
    settled: list[Mention] = []
    for index, mention in enumerate(mentions):
        at = Place(mentions, index)
        is_people = mention.word.endswith("s") and mention.word[:-1] in load_demonyms()
        if is_people and at.before.has(Role.HOW_MANY) and not at.after.has(Role.METRIC):
            customers = (Meaning(Role.METRIC, "customers"),)
            who = replace(mention, end=mention.start, meanings=customers, values=())
            settled.append(who)
        settled.append(mention)
    return settled


def _settle_other_than_guests(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Non-guest orders": orders, without those of guests."""
    settled: list[Mention] = []
    for index, mention in enumerate(mentions):
        is_excluded = index > 0 and mentions[index - 1].word in NEGATED
        if not (is_excluded and find_metric(mention) == "guest_orders"):
            settled.append(mention)
            continue
        middle = mention.start + len("guest")
        guests = Meaning(Role.VALUE, "guest", "customer_type")
        orders = Meaning(Role.METRIC, "orders")
        settled += [
            replace(mention, text=mention.text[:5], end=middle, meanings=(guests,)),
            replace(
                mention, text=mention.text[6:], start=middle + 1, meanings=(orders,)
            ),
        ]
    return settled


SETTLING = (
    _settle_peoples,
    _settle_other_than_guests,
    _settle_counts,
    _settle_statuses,
    _settle_gains,
    _settle_distinct,
    _settle_returns,
    _settle_people,
)
