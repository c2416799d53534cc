"""Chooses what verbs are, and what was done: "how many did we shift", "take this year", "leave
Vinyl out", "refunds paid in June", "orders we shipped to Oregon". Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.local.insights.senses.comparisons import is_other_side
from agents.local.insights.senses.goods import BOUNDING, REQUESTED
from agents.local.insights.senses.rules import (
    SUBJECTS,
    Place,
    at_each,
    find_metric,
    settle_all,
)
from agents.local.insights.words.lexicon import DIMENSION_ROLES, FILLER, Meaning, Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import Weekdays
from webapp.insights.query.definitions import METRICS, Unit

GOODS = frozenset({"product", "category", "brand", "variant", "tag"})
MOVING = frozenset({"move", "moved", "moves"})
TAKING = frozenset({"take", "make"})
SUPPOSING = frozenset({
    "if", "when", "suppose", "supposing", "assume", "assuming", "imagine", "let's", "lets", "say",
})  # fmt: skip
YOU = frozenset(
    {
        "you",
        "can you",
        "could you",
        "would you",
        "will you",
        "if you",
        "you just",
        "you only",
    }
)
""" "Could you take", where nobody asks what we took."""
PARTICLES = frozenset({"up", "down"})
PARTICLE_VERBS = frozenset({
    "split", "break", "breaking", "divide", "slice", "chop", "carve", "cut", "separate", "open",
    "add", "sum", "total", "tally", "tot", "count", "look", "pull", "bring", "dig", "write", "put",
    "note", "jot", "draw", "set", "clean", "speed", "hurry", "call", "wrap", "sort", "follow",
    "back",
})  # fmt: skip
MAX_BETWEEN = 5
"""Words between a verb and its "up"."""
PARTING = frozenset({
    "leave", "leaving", "take", "taking", "keep", "keeping", "strip", "cut", "throw", "set",
    "put", "leave out", "cut out", "take out",
})  # fmt: skip
""" "Leave Vinyl out", "set the weekends aside"."""
PARTED = frozenset({"out", "aside", "away", "out of", "out of it"})
PAYMENTS = frozenset({"payment", "payments"})
INTAKE = frozenset({"came in", "come in", "comes in", "coming in"})
SHIPMENTS = frozenset({"shipment", "shipments", "parcels", "deliveries", "delivery"})
RETURNING = frozenset({
    "anyone", "anybody", "someone", "somebody", "they", "to", "did people", "people", "did anyone",
    "did anybody", "ever",
})  # fmt: skip
PLACES = frozenset({"country", "state"})
MONEY_METRICS = frozenset(
    name for name, each in METRICS.items() if each.unit is Unit.MONEY
)


def settle_verbs(mentions: Sequence[Mention]) -> list[Mention]:
    return settle_all(mentions, SETTLING)


# To shift is to sell, or to change


@at_each
def _settle_shifts(at: Place) -> Mention:
    """ "How many puzzles did we shift" are sold; a "shift in revenue" is a change of it."""
    mention = at.mention
    if not (mention.has(Role.CHANGE) and mention.has(Role.METRIC_VERB)):
        return mention
    if _is_sold(at):
        return mention.drop(Role.CHANGE)
    if mention.word in MOVING and _asks_how(at.mentions):
        return replace(mention, meanings=(Meaning(Role.TREND),))
    return mention.drop(Role.METRIC_VERB)


def _asks_how(mentions: Sequence[Mention]) -> bool:
    """ "How has revenue moved since January" asks for its course, "how much" for the change."""
    asking = [each for each in mentions if each.has(Role.OVERVIEW, Role.HOW_MUCH)]
    is_how = bool(asking) and asking[0].has(Role.OVERVIEW)
    return is_how and not any(map(is_other_side, mentions))


def _is_sold(at: Place) -> bool:
    if at.before.word in SUBJECTS:
        return True
    if at.mentions[0].has(Role.OVERVIEW) or not at.index:
        return False
    # "Products that shifted over a hundred units".
    is_of_goods = at.after.has(*BOUNDING) or any(
        map(_names_goods, (at.before, at.after))
    )
    return is_of_goods or any(
        each.has(Role.HOW_MANY, Role.SUPERLATIVE) or find_metric(each) == "units"
        for each in at.mentions
    )


def _names_goods(mention: Mention) -> bool:
    named = {each.name for each in mention.meanings if each.role in DIMENSION_ROLES}
    return not GOODS.isdisjoint(named | mention.dimensions)


# What is asked for


def _settle_first_verb(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Take this year", "please make it 2025", "order the categories by revenue": nobody takes
    money, and nobody orders anything."""
    settled = list(mentions)
    places = [n for n, each in enumerate(mentions) if each.word != "please"]
    if places and _is_request(Place(mentions, places[0])):
        settled[places[0]] = mentions[places[0]].read_as()
    return settled


def _is_request(at: Place) -> bool:
    rows = [n for n, each in enumerate(at.behind) if each.has(*DIMENSION_ROLES)]
    sorts = bool(rows) and all(each.has(Role.FILLER) for each in at.behind[: rows[0]])
    return at.mention.word in TAKING or (at.mention.word == "order" and sorts)


@at_each
def _settle_supposed(at: Place) -> Mention:
    """ "What if we take the last 60 days", "could you take Germany": what to look at, no money."""
    if at.mention.word not in TAKING | {"took"} or not at.mention.has(Role.METRIC_VERB):
        return at.mention
    near = [each.word for each in at.mentions[max(at.index - 3, 0) : at.index]]
    is_supposed = any(word.split()[-1] in SUPPOSING for word in near)
    is_asked = at.before.word in YOU and not any(
        each.has(Role.HOW_MUCH, Role.WHICH) for each in at.mentions[: at.index]
    )
    return at.mention.read_as() if is_supposed or is_asked else at.mention


@at_each
def _settle_particles(at: Place) -> Mention:
    """ "Split it up", "add these up", "break the year down": nothing goes up or down there."""
    near = at.mentions[max(at.index - MAX_BETWEEN, 0) : at.index]
    verbs = {each.word.split()[0] for each in near}
    is_particle = at.mention.word in PARTICLES
    if is_particle and not PARTICLE_VERBS.isdisjoint(verbs):
        return at.mention.drop(Role.RISE, Role.FALL)
    return at.mention


@at_each
def _settle_sums(at: Place) -> Mention:
    """ "Could you add up the revenue of": one figure, and no running total."""
    is_asked = at.before.word in REQUESTED | {"", "to", "just", "and"}
    is_sum = at.mention.has(Role.RUNNING_TOTAL) and at.mention.word == "add up"
    return at.mention.read_as() if is_sum and is_asked else at.mention


def _settle_parting(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Leave Vinyl out", "take the weekends out of it"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        parted = list(_list_parted(mentions, index)) if mention.word in PARTED else []
        if not parted:
            continue
        verb = parted[-1] - 1
        if verb >= 0 and mentions[verb].word in PARTING:
            settled[verb] = mentions[verb].read_as(Meaning(Role.EXCLUDE))
            settled[index] = mention.read_as()
        elif mention.word == "aside":
            settled[index] = mention.read_as(Meaning(Role.EXCLUDE))
    return settled


def _list_parted(mentions: Sequence[Mention], index: int) -> Iterator[int]:
    """Places of the values right before, with the words that belong to them."""
    has_value = False
    for place in range(index - 1, -1, -1):
        each = mentions[place]
        is_value = each.is_value or isinstance(each.time, Weekdays)
        has_value |= is_value
        if each.word in PARTING:
            return
        if not (is_value or each.has(*DIMENSION_ROLES, Role.JOIN, Role.FILLER)):
            return
        if has_value:
            yield place


# What was done


@at_each
def _settle_paid(at: Place) -> Mention:
    """ "Refunds paid in June", "the tax we paid": no status of orders."""
    before = [each for each in at.mentions[: at.index] if each.word not in SUBJECTS]
    is_of_money = bool(before) and find_metric(before[-1]) in MONEY_METRICS
    # "Orders that customers paid for in pounds".
    by_people = find_metric(at.before) == "customers" or at.after.word == "for"
    is_paid = at.mention.word == "paid" and (is_of_money or by_people)
    return at.mention.read_as() if is_paid else at.mention


@at_each
def _settle_payments(at: Place) -> Mention:
    """ "Euro payments", "payments in pounds only": what was paid in the currency."""
    near = (*at.mentions[max(at.index - 2, 0) : at.index], *at.behind[:2])
    is_paid = at.mention.word in PAYMENTS and any(map(_is_currency, near))
    return at.mention.read_as() if is_paid else at.mention


def _is_currency(mention: Mention) -> bool:
    meaning = mention.find(Role.VALUE)
    return meaning is not None and meaning.of == "currency"


@at_each
def _settle_shipped(at: Place) -> Mention:
    """ "Orders we shipped this year to Oregon", "shipped in May to France": where they go."""
    is_status = at.mention.has(Role.VALUE)
    if at.mention.word not in {"shipped", "delivered"} or not is_status:
        return at.mention
    behind = [each for each in at.behind if each.time is None]
    goes_to = bool(behind) and behind[0].word == "to"
    by_us = at.before.word in SUBJECTS or at.before.word.endswith((" we", " you"))
    return at.mention.read_as() if by_us or goes_to else at.mention


@at_each
def _settle_shipments(at: Place) -> Mention:
    """ "Revenue, shipments to Wales", "Irish deliveries": where orders go; alone, they are
    counted."""
    goes_to = at.after.word == "to" or not PLACES.isdisjoint(at.before.dimensions)
    if at.mention.word not in SHIPMENTS or not goes_to:
        return at.mention
    has_metric = any(each.has(Role.METRIC, Role.METRIC_VERB) for each in at.mentions)
    orders = Meaning(Role.METRIC, "orders")
    return at.mention.read_as(*FILLER if has_metric else (orders,))


@at_each
def _settle_put_together(at: Place) -> Mention:
    """ "How many pieces customers put into one order": counted by order, not bought together."""
    is_of_units = any(find_metric(each) == "units" for each in at.mentions)
    is_one = at.mention.word.split()[-1] in {"order", "basket", "purchase"}
    is_pair = Meaning(Role.ANALYSIS, "basket_pairs") in at.mention.meanings
    if is_of_units and is_one and is_pair:
        return at.mention.read_as(Meaning(Role.METRIC, "orders"))
    return at.mention


@at_each
def _settle_intake(at: Place) -> Mention:
    """ "What came in during October": money, where nothing else is named."""
    is_asked = at.before.word == "what" or at.before.has(Role.HOW_MUCH)
    if at.mention.word not in INTAKE or not is_asked:
        return at.mention
    named = (Role.DIMENSION, Role.WHICH)
    # "How much came in through dollar orders": what these brought.
    is_other = any(find_metric(each) not in {"", "orders"} for each in at.mentions)
    is_alone = not (is_other or any(each.has(*named) for each in at.mentions))
    money = Meaning(Role.METRIC_VERB, "net_revenue")
    return at.mention.read_as(money) if is_alone else at.mention


@at_each
def _settle_returning(at: Place) -> Mention:
    """ "Did anyone return a Parasol": pieces of it, and not their value."""
    is_verb = at.mention.word == "return" and at.mention.has(Role.METRIC_VERB)
    by_people = at.before.word in RETURNING or find_metric(at.before) == "customers"
    return at.mention.drop(Role.METRIC) if is_verb and by_people else at.mention


@at_each
def _settle_ordering(at: Place) -> Mention:
    """ "What did the Americans order most, by units": what they do, and no second figure."""
    is_verb = at.mention.word in {"order", "purchase"} and at.mention.has(
        Role.METRIC_VERB
    )
    by_people = (
        bool(at.before.dimensions & PLACES) or find_metric(at.before) == "customers"
    )
    asks = any(
        each.word.split()[-1:] in (["did"], ["do"]) for each in at.mentions[: at.index]
    )
    return (
        at.mention.drop(Role.METRIC) if is_verb and by_people and asks else at.mention
    )


@at_each
def _settle_not_paid(at: Place) -> Mention:
    """ "Orders not paid in euros": in another currency, and paid all the same."""
    is_negated = at.mention.word == "not paid"
    behind = [each for each in at.behind if each.word not in {"in", "with", "by"}]
    is_of_currency = is_negated and bool(behind) and _is_currency(behind[0])
    return at.mention.read_as(Meaning(Role.EXCLUDE)) if is_of_currency else at.mention


@at_each
def _settle_money_units(at: Place) -> Mention:
    """ "How many pounds did we take": how much, of what is paid in them."""
    is_money = at.mention.has(Role.HOW_MANY) and _is_currency(at.after)
    is_counted = any(each.has(Role.METRIC) for each in at.behind[1:2])
    if not is_money or is_counted:
        return at.mention
    return at.mention.read_as(Meaning(Role.HOW_MUCH))


SETTLING = (
    _settle_ordering,
    _settle_returning,
    _settle_not_paid,
    _settle_money_units,
    _settle_shifts,
    _settle_first_verb,
    _settle_supposed,
    _settle_particles,
    _settle_sums,
    _settle_parting,
    _settle_paid,
    _settle_payments,
    _settle_shipped,
    _settle_shipments,
    _settle_put_together,
    _settle_intake,
)
