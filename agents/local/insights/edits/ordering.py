"""Phrases that order rows, or ask for more of them: "the best first", "the other way round"."""

from collections.abc import Mapping

from agents.local.insights.edits.words import LAST, get_behind, list_words
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.language.grammar import Captures, Category, Rules

LOW = "lowest|smallest|weakest|least|worst|fewest|poorest|slowest|low|small|weak|bottom|worse|bad"
HIGH = "highest|largest|biggest|strongest|most|best|greatest|top|high|large|big|strong|good|fastest"
FLIPPED = frozenset({
    "way", "order", "direction", "around", "round", "over", "down", "sorting", "end", "ranking",
})  # fmt: skip
"""Say that something is turned around, and not just turned."""

ORDERING, PLACES = Rules(), Rules()


@ORDERING.add(
    "order|sort|rank|arrange|reorder|resort OBJECT by?",
    "order|sort|rank|arrange OBJECT in order of",
    "put|list|show|line OBJECT up? in order of|by?",
)
def read_sort(_: Captures) -> Meaning:
    """ "Order it by", "show them in order of": no orders of customers."""
    return Meaning(Role.SORT)


@ORDERING.add(
    "alphabetically", "in? alphabetical|alphabetic order?",
    "sort|sorted|order|ordered|arrange|arranged|rank|ranked OBJECT? by the? "
    "alphabet|name|names|title|label",
    "chronologically", "in? chronological|chronologic order?", "in? order of|by date",
    "from? a to|- z",
)  # fmt: skip
def read_name_order(_: Captures) -> Meaning:
    """Of the rows by what they are of."""
    return Meaning(Role.ALPHABETICAL)


@ORDERING.add(
    f"from? the? {LOW} one|ones? to|- the? {HIGH} one|ones?",
    f"with? the? {LOW} one|ones? PLACE",
    f"put|list|show|have|get|start|begin with? the? {LOW} one|ones? PLACE",
    f"start|starting|begin|beginning with|from|at the? {LOW} one|ones?",
    "in? ascending|increasing|rising order",
)
def read_ascending(found: Captures) -> Meaning | None:
    return _read_order(found, Role.ASCENDING)


@ORDERING.add(
    f"from? the? {HIGH} one|ones? to|- the? {LOW} one|ones?",
    f"with? the? {HIGH} one|ones? PLACE",
    f"put|list|show|have|get|start|begin with? the? {HIGH} one|ones? PLACE",
    f"start|starting|begin|beginning with|from|at the? {HIGH} one|ones?",
    "in? descending|decreasing|falling order",
)
def read_descending(found: Captures) -> Meaning | None:
    return _read_order(found, Role.DESCENDING)


def _read_order(found: Captures, role: Role) -> Meaning | None:
    """ "The highest first 3" and "the top on the top 5" are none."""
    return None if get_behind(found).isdigit() else Meaning(role)


@ORDERING.add(
    "turn|flip|reverse|invert|swap OBJECT around|round|over|upside? down?",
    "turn|flip|reverse|invert|swap the? order|sorting|sequence|ranking around|round|over?",
    "the|in? other|opposite|reverse way round|around?",
    "in? the? opposite|other|reverse|reversed|inverse order|direction",
    "from? the? other|opposite end of? the? list|table|ranking|scale?",
)
def read_flip(found: Captures) -> Meaning | None:
    return None if FLIPPED.isdisjoint(list_words(found)) else Meaning(Role.FLIP)


@ORDERING.add(
    "which|what|who ones|one? come|comes|follow|follows|are|is next|after|behind "
    "that|those|these|them|it|this?",
    "which|what|who ones|one? follow|follows",
    "which|what|who ones|one? follow|follows|is|are|comes|come? next",
    "the? next|following ones? after that|those|these|them?",
    "the? ones|rows|places after|behind|following that|those|these|them",
    "and? after|behind those|these|them",
    "after that|it",
    "that|which|who follow|follows that|those|these|them|it|this?",
    "that|which|who follow|follows|come|comes|are|is|rank|ranks next|after|behind|below|then "
    "that|those|these|them|it|this?",
    "below|beneath|underneath|following|past|beyond those|these|them",
    "further|lower|more|next down the|that|this? list|ranking|table|order?",
    "down the list|ranking|table",
    "next in line|order",
    "another|additional|further",
    "the? runners -? up",
    "the? runner -? ups",
)
def read_further(found: Captures) -> Meaning | None:
    """ "Which ones come after those?"; "what is behind that" asks why."""
    words = set(list_words(found))
    asks_why = "behind" in words and not words.isdisjoint({"is", "are"})
    return None if asks_why else Meaning(Role.FURTHER)


@ORDERING.add(
    "give|show|list|display|want|see me|us? all|everything of? them|those|these?"
)
def read_all_rows(found: Captures) -> Meaning | None:
    return Meaning(Role.EVERY_VALUE) if get_behind(found) in LAST else None


@PLACES.add("first", "at|on|up|to the? very? top|start|beginning")
def read_place(_: Captures) -> str:
    return "place"


ORDER_CATEGORIES: Mapping[str, Category] = {
    "ORDERING": ORDERING.read_longest,
    "PLACE": PLACES.read_longest,
}
