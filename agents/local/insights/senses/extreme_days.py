"""Reads when something happened first or last: "when was the last order", "when did we first sell
a tent". Pure."""

import re
from collections.abc import Sequence

from agents.local.insights.senses.rules import is_within
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

WHEN = (
    r"(?:when (?:was|is|were|did|have|has|had|do|does)|how long ago (?:was|is|did)"
    r"|(?:on )?(?:which|what) (?:day|date) (?:was|is|did|were|have|has|had)"
    r"|(?:what|which) (?:was|is|'s) the (?:date|day) of|(?:the )?(?:date|day) of)"
)
OURS = r"(?: (?:the|our|your|my|we|you|i|it|that|there|get|got|have|had|receive|see|very|ever))*"
EXTREME = r"(?P<extreme>first|earliest|last|latest|most recent|newest)"
NOUN = (
    r"(?P<noun>orders?|purchases?|sales?|refund(?:ed order)?s?|returns?|cancel+ations?"
    r"|cancel+ed orders?|search(?:es)?)"
)
PLACED = r"(?: (?:ever|placed|made|come in|came in|of all time|received|we got|we had|we made))*"
OF_NOUN = re.compile(
    rf"(?i)\b{WHEN}{OURS} {EXTREME}(?: ever)? {NOUN}\b{PLACED}(?! (?:value|rate))"
)
""" "When was our last order"."""
ASKED = re.compile(
    r"(?i)\b(?:when|how long ago|on which day|on what date|what day|which day)\b"
)
OF_VERB = re.compile(
    r"(?i)\b(?:the )?(?P<extreme>last|first|most recently)(?: time)?(?: that)?"
    r"(?: (?:we|you|anyone|anybody|somebody|someone|people|customers|it was|they were|a customer))*"
    r" (?P<verb>sold|sell|ordered|order|bought|buy|purchased?|refunded|refund|returned)\b"
    r"(?: (?:an?|any))?"
)
""" "When was the tent last sold", "when did we last sell a tent"."""
BEGINS = frozenset({"first", "earliest"})
FIGURES = {
    "order": "orders", "purchase": "orders", "sale": "orders", "sold": "orders", "sell": "orders",
    "bought": "orders", "buy": "orders", "refund": "refunded_orders", "return": "returned_units",
    "cancel": "canceled_orders", "search": "searches",
}  # fmt: skip
"""By how a word begins, the figure of a day that has it."""


def settle_extreme_days(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """One mention for what is asked, with the first or the last day and the figure."""
    found = OF_NOUN.search(text)
    if found is not None and not _has_figure(mentions, found.start()):
        return _put_day(mentions, [found], found["extreme"], found["noun"])
    asked = ASKED.match(text.lstrip())
    deed = OF_VERB.search(text) if asked else None
    if asked is None or deed is None:
        return list(mentions)
    return _put_day(mentions, [asked, deed], deed["extreme"], deed["verb"])


def _has_figure(mentions: Sequence[Mention], until: int) -> bool:
    """ "Revenue on the day of the last order" is no such day."""
    return any(
        each.has(Role.METRIC, Role.METRIC_VERB, Role.HOW_MANY, Role.HOW_MUCH)
        for each in mentions
        if each.end <= until
    )


def _put_day(
    mentions: Sequence[Mention],
    spans: Sequence[re.Match[str]],
    extreme: str,
    word: str,
) -> list[Mention]:
    figure = next(
        name for begin, name in FIGURES.items() if word.casefold().startswith(begin)
    )
    which = "first" if extreme.casefold() in BEGINS else "last"
    within = [
        each
        for each in mentions
        if each.time is None and any(is_within(each, span) for span in spans)
    ]
    if not within:
        return list(mentions)
    meaning = Meaning(Role.EXTREME_DAY, which, figure)
    return [
        each.read_as(meaning)
        if each is within[0]
        else each.read_as()
        if each in within
        else each
        for each in mentions
    ]
