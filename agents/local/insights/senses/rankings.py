"""Chooses what words of rows and their order are: "the poorest seller", "for each one", "the first
five products", "product x country". Pure."""

from collections.abc import Sequence
from itertools import pairwise

from agents.local.insights.senses.goods import BOUNDING
from agents.local.insights.senses.rules import Place, at_each, find_metric, settle_all
from agents.local.insights.words.lexicon import DIMENSION_ROLES, Meaning, Role
from agents.local.insights.words.mentions import Mention
from webapp.insights.query.definitions import PERIODS

ANY = frozenset({"any", "any of the", "any of our", "whichever", "whatever"})
SELLERS = frozenset(
    f"{noun}{ending}"
    for noun in ("seller", "performer", "earner", "mover")
    for ending in ("", "s")
)
"""Behind a superlative, are products."""
EACH = frozenset({"each", "every"})
POINTING = frozenset(
    {"one", "of them", "of those", "of these", "one of them", "single one"}
)
NOUN_MARKS = frozenset({
    "the", "their", "its", "a", "with", "with the", "with their", "add", "show", "including",
    "each", "and", "what", "of",
})  # fmt: skip
""" "Add the rank", "with rank"."""
CROSSES = frozenset({"x", "\u00d7", "*"})


def settle_rows(mentions: Sequence[Mention]) -> list[Mention]:
    return settle_all(mentions, SETTLING)


@at_each
def _settle_good(at: Place) -> Mention:
    """ "Which days are good" is no product, which "by good" is."""
    is_asked = at.before.has(Role.BY, Role.WHICH)
    is_both = at.mention.has(Role.HIGH) and at.mention.has(Role.DIMENSION)
    return at.mention if is_asked or not is_both else at.mention.drop(Role.DIMENSION)


@at_each
def _settle_any(at: Place) -> Mention:
    """ "Any product that sold over 100 units": those that did, as "which products"."""
    bounds = (*BOUNDING, Role.OR_MORE, Role.OR_LESS)
    is_any = at.mention.word in ANY and at.after.has(*DIMENSION_ROLES)
    is_which = is_any and any(each.has(*bounds) for each in at.mentions)
    return at.mention.read_as(Meaning(Role.WHICH)) if is_which else at.mention


def _settle_sellers(mentions: Sequence[Mention]) -> list[Mention]:
    """ "The poorest seller", "our strongest performers", "top five sellers"."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        place = index - 1
        if place > 0 and mentions[place].number is not None:
            place -= 1
        direction = _find_direction(mentions[place]) if place >= 0 else None
        compares = place >= 0 and mentions[place].has(Role.RISE, Role.FALL)
        if mention.word in SELLERS and compares and direction is None:
            settled[index] = mention.read_as()  # "The better seller: Vinyl or Jazz?"
        if mention.word in SELLERS and direction is not None:
            ranked = Meaning(Role.SUPERLATIVE, "product", direction)
            settled[index] = mention.read_as(ranked)
            if not mentions[place].has(Role.SUPERLATIVE):
                settled[place] = mentions[place].read_as()
    return settled


def _find_direction(mention: Mention) -> str | None:
    meaning = mention.find(Role.SUPERLATIVE)
    if meaning is not None:
        return meaning.of
    if mention.has(Role.HIGH, Role.LOW):
        return "ascending" if mention.has(Role.LOW) else "descending"
    return None


@at_each
def _settle_qualities(at: Place) -> Mention:
    """ "The slow categories", "our strong months": those with the lowest and highest figures."""
    mention, after = at.mention, at.after
    is_quality = mention.has(Role.HIGH, Role.LOW) and " " not in mention.word
    is_plain = not (mention.has(Role.DIMENSION) or mention.values)
    if not (is_quality and is_plain and after.has(Role.DIMENSIONS)):
        return mention
    ranks = (Role.ANALYSIS, Role.OVERVIEW, Role.SUPERLATIVE)
    if after.has(Role.METRIC) or any(each.has(*ranks) for each in at.mentions):
        return mention
    direction = _find_direction(mention) or ""
    return mention.read_as(Meaning(Role.SUPERLATIVE, "any", direction))


@at_each
def _settle_firsts(at: Place) -> Mention:
    """ "The first five products by units", "rank them, first three only": the top ones."""
    if at.mention.word != "first" or at.mention.time or at.after.number is None:
        return at.mention
    counted = at.behind[1:2]
    sorts = any(each.has(Role.RANK_COLUMN, Role.SORT) for each in at.mentions)
    is_end = not counted or counted[0].has(Role.ONLY, Role.JOIN)
    if (sorts and is_end) or any(map(_names_rows, counted)):
        return at.mention.read_as(Meaning(Role.SUPERLATIVE, "any", "descending"))
    return at.mention


def _names_rows(mention: Mention) -> bool:
    named = [each.name for each in mention.meanings if each.role in DIMENSION_ROLES]
    return bool(named) and set(PERIODS).isdisjoint(named)


@at_each
def _settle_counted_rows(at: Place) -> Mention:
    """ "How many products have sold fewer than 10 units": which, as rows are not counted."""
    bounds = (*BOUNDING, Role.OR_MORE, Role.OR_LESS)
    is_bounded = any(each.number and not each.time for each in at.behind) and any(
        each.has(*bounds) for each in at.behind
    )
    is_count = at.mention.has(Role.HOW_MANY) and _names_rows(at.after)
    is_rows = is_count and not at.after.has(Role.METRIC) and is_bounded
    return at.mention.read_as(Meaning(Role.WHICH)) if is_rows else at.mention


@at_each
def _settle_rank_verbs(at: Place) -> Mention:
    """ "Please rank our categories by units", "for each category rank the products": in that order,
    and no column of their ranks."""
    behind = [each for each in at.behind if not each.has(Role.FILLER)]
    is_noun = at.before.has(Role.BY) or at.before.word in NOUN_MARKS
    is_verb = at.mention.word == "rank" and bool(behind) and not is_noun
    if is_verb and (behind[0].has(*DIMENSION_ROLES) or behind[0].is_value):
        return at.mention.read_as(Meaning(Role.SORT))
    return at.mention


@at_each
def _settle_questions(at: Place) -> Mention:
    """ "What category sold best", "what items": which."""
    is_which = at.mention.word == "what" and _names_rows(at.after)
    return at.mention.read_as(Meaning(Role.WHICH)) if is_which else at.mention


def _settle_each(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Go through the categories and tell me for each one which product", "all countries, each
    with its best product": for each of what stands before."""
    settled = list(mentions)
    for index in range(len(mentions)):
        at = Place(mentions, index)
        named = [n for n in range(1, index) if mentions[n].has(Role.DIMENSIONS)]
        if not (named and _is_each(at) and mentions[named[-1] - 1].has(Role.FILLER)):
            continue
        before = named[-1] - 1
        settled[before] = mentions[before].read_as(Meaning(Role.BY))
        settled[index] = at.mention.read_as()
        if at.after.word in POINTING:
            settled[index + 1] = at.after.read_as()
        for place in range(named[-1] + 1, index):
            if mentions[place].has(Role.JOIN) and not mentions[place + 1].is_value:
                settled[place] = mentions[place].read_as()
    return settled


def _is_each(at: Place) -> bool:
    if at.mention.word in {"each", "each one"} and at.after.word == "with":
        return True
    follows = at.after.word in {"", *POINTING} or at.after.has(
        Role.JOIN, Role.WHICH, Role.SUPERLATIVE, Role.BY, Role.ONLY
    )
    is_each = not EACH.isdisjoint(at.mention.word.split())
    return is_each and at.mention.has(Role.BY) and follows


@at_each
def _settle_numbers(at: Place) -> Mention:
    """ "The number and value of orders": two figures of them."""
    if at.mention.word not in {"number", "numbers"} or not at.after.has(Role.JOIN):
        return at.mention
    words = [each.word for each in at.behind]
    of = words.index("of") if "of" in words else len(words)
    counted = next((m for m in map(_get_metric, at.behind[of:]) if m is not None), None)
    is_another = any(each.has(Role.METRIC) for each in at.behind[:of])
    return at.mention.read_as(counted) if counted and is_another else at.mention


def _get_metric(mention: Mention) -> Meaning | None:
    return mention.find(Role.METRIC)


def _settle_units(mentions: Sequence[Mention]) -> list[Mention]:
    """ "Any sales, in units": the figure is the second one."""
    settled = list(mentions)
    for index, (before, mention) in enumerate(pairwise(mentions), 1):
        is_unit = find_metric(mention) == "units" and before.word == "in"
        for place in range(index if is_unit else 0):
            if find_metric(mentions[place]) == "net_revenue":
                settled[place] = mentions[place].read_as()
    return settled


@at_each
def _settle_crosses(at: Place) -> Mention:
    """ "Product x country": by both."""
    roles = (Role.METRIC, *DIMENSION_ROLES)
    is_between = at.before.has(*roles) and at.after.has(*roles)
    crosses = at.mention.word in CROSSES and is_between
    return at.mention.read_as(Meaning(Role.BY)) if crosses else at.mention


@at_each
def _settle_listed(at: Place) -> Mention:
    """ "Three categories: Vinyl, Jazz and Classical": as many as are named, not of rows."""
    if at.mention.number is None:
        return at.mention
    named = {each.name for each in at.after.meanings if each.role is Role.DIMENSIONS}
    values = [each for each in at.behind[1:] if not named.isdisjoint(each.dimensions)]
    is_listed = bool(named) and len(values) == at.mention.number.value
    return at.mention.read_as() if is_listed else at.mention


@at_each
def _settle_conditions(at: Place) -> Mention:
    """ "Orders where status is shipped": which they are, and not where."""
    if at.mention.word != "where" or not at.index or not at.after.has(Role.DIMENSION):
        return at.mention
    silent = (Role.FILLER, Role.EXCLUDE, Role.ONLY)
    behind = [each for each in at.behind[1:] if not each.has(*silent)]
    named = {each.name.removeprefix("current_") for each in at.after.meanings}
    is_status = bool(behind) and not named.isdisjoint(behind[0].dimensions)
    return at.mention.read_as() if is_status else at.mention


SETTLING = (
    _settle_good,
    _settle_any,
    _settle_sellers,
    _settle_qualities,
    _settle_firsts,
    _settle_counted_rows,
    _settle_rank_verbs,
    _settle_questions,
    _settle_each,
    _settle_numbers,
    _settle_units,
    _settle_crosses,
    _settle_listed,
    _settle_conditions,
)
