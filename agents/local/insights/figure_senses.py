"""Chooses what words of figures are by their places: "first-time and repeat buyers", "the poorest
seller", "didn't reach 150 units". Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.local.insights.lexicon import Meaning, Role
from agents.local.insights.mentions import Mention
from agents.local.language.readings import Weekdays
from webapp.insights.query.definitions import PERIODS

FILLER = (Meaning(Role.FILLER),)
DIMENSION_ROLES = (Role.DIMENSION, Role.DIMENSIONS)
GOODS = frozenset({"category", "brand", "tag"})
STATUS = "customer_status"
STATUS_METRICS = frozenset({"customers", "new_customers", "returning_customers"})
BARE_STATUSES = {
    **dict.fromkeys(
        ("new", "new ones", "first-time", "first time", "for the first time"), "new"
    ),
    **dict.fromkeys(("repeat", "existing"), "returning"),
}
"""Say whose orders are meant only where customers are spoken of."""
SUBJECTS = frozenset({"we", "you", "they", "us", "did we", "have we", "i", "we've"})
GAINING = frozenset({"gain", "gained", "gains", "gaining", "pick up", "picked up"})
COMING_BACK = frozenset({"came back", "come back", "comes back", "coming back"})
DISTINCT = frozenset({"different", "distinct", "unique"})
SINGLE = frozenset({"separate", "individual"})
"""Of people who are counted, the same; else each by himself."""
SELLERS = frozenset(
    f"{noun}{ending}"
    for noun in ("seller", "performer", "earner", "mover")
    for ending in ("", "s")
)
"""Behind a superlative, are products."""
KINDS_OF_GOODS = frozenset(
    {
        "album", "albums", "article", "articles", "book", "books", "game", "games", "item", "items",
        "line", "lines", "novel", "novels", "record", "records", "title", "titles", "toy", "toys",
        "goods",
    }
)  # fmt: skip
""" "Crime books", "the titles in Crime": products, where it is said of which category."""
CROSSES = frozenset({"x", "\u00d7", "*"})
PAYMENTS = frozenset({"payment", "payments"})
PARTING = frozenset(
    {
        "leave", "leaving", "take", "taking", "keep", "keeping", "strip", "cut", "throw", "set",
        "put", "leave out", "cut out", "take out",
    }
)  # fmt: skip
""" "Leave Vinyl out", "set the weekends aside"."""
PARTED = frozenset({"out", "aside", "away", "out of", "out of it"})
NEGATIONS = frozenset(
    {
        "not", "never", "didn't", "don't", "doesn't", "haven't", "hasn't", "couldn't",
        "failed", "fail", "fails", "failing",
    }
)  # fmt: skip
CONTRARY = {
    Role.AT_LEAST: Role.UNDER,
    Role.OVER: Role.AT_MOST,
    Role.AT_MOST: Role.OVER,
    Role.UNDER: Role.AT_LEAST,
}
PEOPLE = frozenset({"customer", "client", "buyer", "shopper", "purchaser", "person"})
COUNTING = frozenset({"most", "fewest", "least", "highest", "lowest", "more", "fewer"})
"""Count people: "which country has the most buyers"."""


def settle_figure_senses(mentions: Sequence[Mention]) -> list[Mention]:
    settled = list(mentions)
    for settle in (
        _settle_statuses,
        _settle_gains,
        _settle_distinct,
        _settle_returns,
        _settle_people,
        _settle_sellers,
        _settle_goods,
        _settle_each,
        _settle_firsts,
        _settle_questions,
        _settle_numbers,
        _settle_orders,
        _settle_crosses,
        _settle_payments,
        _settle_parting,
        _settle_negated_bounds,
    ):
        settled = settle(settled)
    return settled


def _read_word(mention: Mention) -> str:
    return mention.text.casefold().replace("\u2019", "'")


def _get_mention(mentions: Sequence[Mention], index: int) -> Mention | None:
    return mentions[index] if 0 <= index < len(mentions) else None


def _find_next(mentions: Sequence[Mention], index: int) -> int | None:
    """The place of the next mention that is no mere filler."""
    return next(
        (
            n
            for n in range(index + 1, len(mentions))
            if not mentions[n].has(Role.FILLER) or mentions[n].has(*CONTRARY)
        ),
        None,
    )


def _replace_meanings(mention: Mention, *meanings: Meaning) -> Mention:
    return replace(mention, meanings=meanings or FILLER, values=(), number=None)


# Whose orders


def _settle_statuses(mentions: Sequence[Mention]) -> list[Mention]:
    """ "New or existing customers", "first-time and repeat buyers", "customers who were new"."""
    return [
        _settle_status(mentions, index) if _is_bare_status(each) else each
        for index, each in enumerate(mentions)
    ]


def _is_bare_status(mention: Mention) -> bool:
    """With a capital, it is the name of something."""
    is_small = not mention.start or mention.text == mention.text.casefold()
    return is_small and _read_word(mention) in BARE_STATUSES


def _settle_status(mentions: Sequence[Mention], index: int) -> Mention:
    mention = mentions[index]
    value = BARE_STATUSES[_read_word(mention)]
    others = [each for n, each in enumerate(mentions) if n != index]
    if any(map(_speaks_of_customers, others)) and not _is_of_noun(mentions, index):
        return _replace_meanings(mention, Meaning(Role.VALUE, value, STATUS))
    kept = tuple(each for each in mention.meanings if each.of != STATUS)
    return replace(mention, meanings=kept)


def _speaks_of_customers(mention: Mention) -> bool:
    return any(
        each.of == STATUS or (each.role is Role.METRIC and each.name in STATUS_METRICS)
        for each in mention.meanings
        if _read_word(mention) not in BARE_STATUSES
    )


def _is_of_noun(mentions: Sequence[Mention], index: int) -> bool:
    """ "New products": said of something else."""
    after = _get_mention(mentions, index + 1)
    if after is None or after.has(Role.FILLER, Role.JOIN, Role.COMPARE):
        return False
    if _speaks_of_customers(after) or after.time is not None:
        return False
    return after.has(*DIMENSION_ROLES) or after.is_unknown or bool(after.values)


def _settle_gains(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The new customers we gained" are counted, and compared with nothing."""
    settled = list(mentions)
    if not any(map(_speaks_of_customers, mentions)):
        return settled
    for index, mention in enumerate(mentions):
        before = _get_mention(mentions, index - 1)
        by_us = before is not None and _read_word(before) in SUBJECTS
        is_asked = any(each.has(Role.HOW_MANY) for each in mentions[:index])
        if _read_word(mention) in GAINING and (by_us or is_asked):
            settled[index] = _replace_meanings(mention)
    return settled


def _settle_distinct(mentions: Sequence[Mention]) -> list[Mention]:
    """Customers are counted once anyway: "unique buyers", "how many different people"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        before, after = (
            _get_mention(mentions, index - 1),
            _get_mention(mentions, index + 1),
        )
        is_counted = before is not None and before.has(Role.HOW_MANY)
        if _read_word(mention) == "individual customers" and is_counted:
            settled[index] = _replace_meanings(
                mention, Meaning(Role.METRIC, "customers")
            )
        meaning = None if after is None else after.find(Role.METRIC)
        is_of_people = meaning is not None and meaning.name in STATUS_METRICS
        words = DISTINCT | (SINGLE if is_counted else frozenset())
        if _read_word(mention) in words and is_of_people:
            settled[index] = _replace_meanings(mention)
    return settled


def _settle_returns(mentions: Sequence[Mention]) -> list[Mention]:
    """ "How many units came back": where nobody speaks of customers, goods do."""
    settled = list(mentions)
    is_of_units = any(
        each.find(Role.METRIC) == Meaning(Role.METRIC, "units") for each in mentions
    )
    if not is_of_units or any(map(_speaks_of_customers, mentions)):
        return settled
    for index, mention in enumerate(mentions):
        if mention.has(Role.ANALYSIS) and _read_word(mention) in COMING_BACK:
            returned = Meaning(Role.METRIC_VERB, "returned_units")
            settled[index] = _replace_meanings(mention, returned)
    return settled


def _settle_people(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Which client", "our number one buyer": who that is, is never said."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        before = _get_mention(mentions, index - 1)
        if before is None or not mention.has(Role.METRIC):
            continue
        is_asked = before.has(Role.WHICH) and _read_word(before) not in {
            "where",
            "when",
        }
        ranks = before.has(Role.SUPERLATIVE) and _read_word(before) not in COUNTING
        if _read_word(mention) in PEOPLE and (is_asked or ranks):
            settled[index] = _replace_meanings(mention, Meaning(Role.PERSONAL))
    return settled


# What is ranked


def _settle_sellers(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The poorest seller", "our strongest performers"."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        direction = _find_direction(before)
        if _read_word(mention) in SELLERS and direction is not None:
            ranked = Meaning(Role.SUPERLATIVE, "product", direction)
            settled[index] = _replace_meanings(mention, ranked)
            if not before.has(Role.SUPERLATIVE):
                settled[index - 1] = _replace_meanings(before)
    return settled


def _find_direction(mention: Mention) -> str | None:
    meaning = mention.find(Role.SUPERLATIVE)
    if meaning is not None:
        return meaning.of
    if mention.has(Role.HIGH, Role.LOW):
        return "ascending" if mention.has(Role.LOW) else "descending"
    return None


def _settle_goods(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The three books in Crime", "Crime titles": products of the category."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        is_free = mention.is_unknown or _is_mere_part(mention)
        if (
            _read_word(mention) in KINDS_OF_GOODS
            and is_free
            and _is_in_kind(mentions, index)
        ):
            role = (
                Role.DIMENSIONS if _read_word(mention).endswith("s") else Role.DIMENSION
            )
            settled[index] = _replace_meanings(mention, Meaning(role, "product"))
    return settled


def _is_mere_part(mention: Mention) -> bool:
    return bool(mention.values) and {each.dimension for each in mention.values} <= {
        "product"
    }


def _is_in_kind(mentions: Sequence[Mention], index: int) -> bool:
    before = _get_mention(mentions, index - 1)
    if before is not None and _is_kind_of_goods(before):
        return True
    words = [_read_word(each) for each in mentions[index + 1 : index + 3]]
    place = index + (3 if words[1:] == ["the"] else 2)
    after = _get_mention(mentions, place)
    return words[:1] in (["in"], ["of"], ["from"]) and (
        after is not None and _is_kind_of_goods(after)
    )


def _is_kind_of_goods(mention: Mention) -> bool:
    return any(each.dimension in GOODS for each in mention.values)


def _settle_each(mentions: Sequence[Mention]) -> list[Mention]:
    """ "All countries, each with its best product": for each of what stands before."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        if (
            _read_word(mention) not in {"each", "each one"}
            or _read_word(after) != "with"
        ):
            continue
        named = [n for n in range(1, index) if mentions[n].has(Role.DIMENSIONS)]
        if named and mentions[named[-1] - 1].has(Role.FILLER):
            for place in range(named[-1] + 1, index + 1):
                if place == index or mentions[place].has(Role.JOIN):
                    settled[place] = _replace_meanings(mentions[place])
            before = mentions[named[-1] - 1]
            settled[named[-1] - 1] = _replace_meanings(before, Meaning(Role.BY))
    return settled


def _settle_firsts(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The first five products by units", "rank them, first three only": the top ones."""
    settled = list(mentions)
    sorts = any(each.has(Role.RANK_COLUMN, Role.SORT) for each in mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        if _read_word(mention) != "first" or after.number is None or mention.time:
            continue
        counted = _get_mention(mentions, index + 2)
        is_end = counted is None or counted.has(Role.ONLY, Role.JOIN)
        if (sorts and is_end) or (counted is not None and _names_rows(counted)):
            meaning = Meaning(Role.SUPERLATIVE, "any", "descending")
            settled[index] = _replace_meanings(mention, meaning)
    return settled


def _names_rows(mention: Mention) -> bool:
    named = [each.name for each in mention.meanings if each.role in DIMENSION_ROLES]
    return bool(named) and set(PERIODS).isdisjoint(named)


def _settle_questions(mentions: Sequence[Mention]) -> list[Mention]:
    """ "What category sold best", "what items": which."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        if _read_word(mention) == "what" and _names_rows(after):
            settled[index] = _replace_meanings(mention, Meaning(Role.WHICH))
    return settled


def _settle_numbers(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The number and value of orders": two figures of them."""
    settled = list(mentions)
    for index, (mention, after) in enumerate(pairwise(mentions)):
        if _read_word(mention) not in {"number", "numbers"} or not after.has(Role.JOIN):
            continue
        words = [_read_word(each) for each in mentions]
        of = words.index("of", index) if "of" in words[index:] else len(words)
        named = (each.find(Role.METRIC) for each in mentions[of:])
        counted = next((each for each in named if each is not None), None)
        if counted is not None and any(e.has(Role.METRIC) for e in mentions[index:of]):
            settled[index] = _replace_meanings(mention, counted)
    return settled


def _settle_orders(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Order the categories by revenue": nobody orders anything."""
    settled = list(mentions)
    first = next((n for n, e in enumerate(mentions) if _read_word(e) != "please"), None)
    rows = [n for n, each in enumerate(mentions) if each.has(*DIMENSION_ROLES)]
    if first is None or not rows or _read_word(mentions[first]) != "order":
        return settled
    if all(each.has(Role.FILLER) for each in mentions[first + 1 : rows[0]]):
        settled[first] = _replace_meanings(mentions[first])
    return settled


def _settle_crosses(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Product x country": by both."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        sides = _get_mention(mentions, index - 1), _get_mention(mentions, index + 1)
        roles = (Role.METRIC, *DIMENSION_ROLES)
        crosses = all(each is not None and each.has(*roles) for each in sides)
        if _read_word(mention) in CROSSES and crosses:
            settled[index] = _replace_meanings(mention, Meaning(Role.BY))
    return settled


# What is left out, and what is kept


def _settle_payments(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Euro payments", "payments in pounds only": what was paid in the currency."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        near = (
            each
            for each in mentions[max(index - 2, 0) : index + 3]
            if each is not mention
        )
        if _read_word(mention) in PAYMENTS and any(map(_is_currency, near)):
            settled[index] = _replace_meanings(mention)
    return settled


def _is_currency(mention: Mention) -> bool:
    meaning = mention.find(Role.VALUE)
    return meaning is not None and meaning.of == "currency"


def _settle_parting(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Leave Vinyl out", "take the weekends out of it"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        if _read_word(mention) not in PARTED or index == 0:
            continue
        parted = list(_list_parted(mentions, index))
        before = _get_mention(mentions, parted[-1] - 1) if parted else None
        if before is not None and _read_word(before) in PARTING:
            settled[parted[-1] - 1] = _replace_meanings(before, Meaning(Role.EXCLUDE))
            settled[index] = _replace_meanings(mention)
        elif parted and _read_word(mention) == "aside":
            settled[index] = _replace_meanings(mention, Meaning(Role.EXCLUDE))
    return settled


def _list_parted(mentions: Sequence[Mention], index: int) -> Iterator[int]:
    """Places of the values right before, with the words that belong to them."""
    has_value = False
    for place in range(index - 1, -1, -1):
        each = mentions[place]
        is_value = each.is_value or isinstance(each.time, Weekdays)
        has_value |= is_value
        if _read_word(each) in PARTING:
            return
        if not (is_value or each.has(*DIMENSION_ROLES, Role.JOIN, Role.FILLER)):
            return
        if has_value:
            yield place


def _settle_negated_bounds(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Didn't reach 150 units", "failed to make 1000 euros"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        after = _find_next(mentions, index)
        if _read_word(mention) not in NEGATIONS or after is None:
            continue
        meaning = _negate_bound(mentions, after)
        if meaning is not None:
            settled[index] = _replace_meanings(mention)
            settled[after] = replace(
                mentions[after],
                meanings=(
                    *(
                        each
                        for each in mentions[after].meanings
                        if each.role is Role.METRIC_VERB
                    ),
                    meaning,
                ),
            )
    return settled


def _negate_bound(mentions: Sequence[Mention], index: int) -> Meaning | None:
    for role, contrary in CONTRARY.items():
        if mentions[index].has(role):
            return Meaning(contrary)
    after = _find_next(mentions, index)
    has_number = after is not None and mentions[after].number is not None
    is_verb = mentions[index].has(Role.METRIC_VERB)
    return Meaning(Role.UNDER) if is_verb and has_number else None
