"""Chooses what words of the order and the place of rows are: "from the one with most orders to the
one with fewest", "under each country its best product". Pure."""

from collections.abc import Sequence
from itertools import pairwise

from agents.local.insights.senses.rules import Place, at_each, settle_all
from agents.local.insights.words.lexicon import DIMENSION_ROLES, Meaning, Role
from agents.local.insights.words.mentions import Mention
from webapp.insights.query.definitions import PERIODS

ENDS = frozenset({"to", "down to", "up to", "down", "through to", "towards", "until"})
WITHIN = frozenset({"within", "inside", "in", "under", "below", "beneath", "for"})
"""Before "each", say of what the rows are."""
OWNED = frozenset(
    {"their", "its", "their own", "its own", "their respective", "the same"}
)
NEARER = frozenset({"within", "inside"})
MAX_BETWEEN = 5
"""Words from "from" to "most"."""
EVERY = frozenset({"every", "all", "each", "any"})
INTERESTED = frozenset({
    "interested", "curious", "concerned", "worried", "keen", "into", "about", "important",
    "interesting", "precisely", "exactly", "specifically", "urgent", "relevant", "useful",
    "convenient", "or",
})  # fmt: skip
""" "I'm more interested in the bottom": nothing rises."""


def settle_row_orders(mentions: Sequence[Mention]) -> list[Mention]:
    return settle_all(mentions, SETTLING)


def _settle_ends(mentions: Sequence[Mention]) -> list[Mention]:
    """ "From the one with most customers down to the one with fewest": how rows are ordered."""
    settled = list(mentions)
    ranked = [n for n, each in enumerate(mentions) if each.has(Role.SUPERLATIVE)]
    for first, last in pairwise(ranked):
        begins = [
            n for n in range(first) if mentions[n].word in {"from", "starting from"}
        ]
        ends = [n for n in range(first + 1, last) if mentions[n].word in ENDS]
        directions = [_get_direction(mentions[n]) for n in (first, last)]
        is_opposite = len(set(directions)) == 2
        if not (begins and ends and is_opposite) or first - begins[-1] > MAX_BETWEEN:
            continue
        is_falling = directions[0] == "descending"
        order = Meaning(Role.DESCENDING if is_falling else Role.ASCENDING)
        settled[begins[-1]] = mentions[begins[-1]].read_as()
        settled[first] = mentions[first].read_as(order)
        for place in range(ends[0], last + 1):
            settled[place] = mentions[place].read_as()
    return settled


def _get_direction(mention: Mention) -> str:
    meaning = mention.find(Role.SUPERLATIVE)
    return "" if meaning is None else meaning.of


@at_each
def _settle_places(at: Place) -> Mention:
    """ "Under each country its best product": nothing is less than a number."""
    is_each = at.after.has(Role.BY) and at.after.word.split()[0] in {"each", "every"}
    is_place = at.mention.word in WITHIN and at.mention.has(Role.UNDER)
    return at.mention.read_as() if is_place and is_each else at.mention


@at_each
def _settle_owned(at: Place) -> Mention:
    """ "Products ranked within their category": for each one."""
    named = {each.name for each in at.after.meanings if each.role is Role.DIMENSION}
    is_group = bool(named) and named.isdisjoint(PERIODS)
    is_owned = at.mention.word in OWNED and at.before.word in NEARER
    return at.mention.read_as(Meaning(Role.BY)) if is_owned and is_group else at.mention


@at_each
def _settle_but(at: Place) -> Mention:
    """ "From every country but the UK": without it."""
    before = at.mentions[max(at.index - 3, 0) : at.index]
    is_every = any(
        each.has(Role.BY, Role.EVERY_VALUE) or EVERY & {*each.word.split()}
        for each in before
    )
    is_of_rows = at.before.has(*DIMENSION_ROLES) and is_every
    behind = [
        each for each in at.behind if each.word not in {"the", "for", "from", "in"}
    ]
    is_left_out = bool(behind) and behind[0].is_value
    is_but = at.mention.word == "but" and is_of_rows and is_left_out
    return at.mention.read_as(Meaning(Role.EXCLUDE)) if is_but else at.mention


@at_each
def _settle_interests(at: Place) -> Mention:
    """ "I'm more interested in the bottom of the list": nobody asks what rose."""
    is_more = at.mention.word in {"more", "less", "rather more"}
    is_idle = is_more and at.after.word in INTERESTED and not at.after.number
    return at.mention.read_as() if is_idle else at.mention


SETTLING = (
    _settle_ends,
    _settle_places,
    _settle_owned,
    _settle_but,
    _settle_interests,
)
