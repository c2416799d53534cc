"""Reads what did not happen: "products that sold nothing", "orders that were not refunded",
"neither Germany nor France". Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.senses.rules import find_metric, is_within
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

NOT = r"(?:(?:{verbs})(?:n['\u2019]?t| not| never)(?: yet| ever| been)*)"
WERE = NOT.format(verbs="was|were|are|is|has|have|had|got")
DID = NOT.format(verbs="did|do|does|has|have|had")
PIECES = r"(?:units?|pieces?|copy|one|copies|items?)"
AT_ALL = rf"(?: (?:anything|at all|(?:any|a single|one) {PIECES}|once))*"
NOT_MORE = (
    r"(?!\s+(?:more|less|fewer|over|under|above|below|well|much|many|as|so|that|enough|better|worse"
    r"|out|through|up|at least|\d))"
)
UNSOLD = re.compile(
    r"(?i)\b(?:(?:(?:has|have|had|did|do|does) )?(?:sold|sells?|selling|moved|shifted) "
    r"(?:nothing|none|zero|no (?:units?|pieces?|copies|copy|items?)"
    r"|not (?:a single|one) (?:unit|piece|copy|one|item))(?: at all)?"
    rf"|{DID} (?:sell|sold|move|shift){AT_ALL}"
    rf"|(?:{WERE}|not|never) (?:sold|bought|ordered){AT_ALL}"
    r"|unsold"
    r"|(?:with |had |have |has |having |made )?(?:0|zero) (?:sales|units sold|unit sales|units"
    rf"|orders)(?: at all)?)\b{NOT_MORE}"
)
""" "Did not sell" and its like, but not "did not sell more than 10"."""
OUTCOMES = r"(?P<outcome>refunded|paid back|reimbursed|cancel+ed|returned|sent back|brought back)"
DENIED_OUTCOME = re.compile(
    rf"(?i)\b(?:(?:that|which|who) )?(?:(?:{WERE}|not|never)(?: yet| ever| been| being)* |un|non-?)"
    rf"{OUTCOMES}(?: at all| once)?\b(?! (?:more|less|fewer|over|under|out|in full|in part|fully))"
    r"|(?<=\borders )(?:without (?:any |a )?|with no )refunds?\b"
)
NO_RETURNED = "what was returned is known by product, and not by order"
STATUSES = {
    "refund": ("payment_status", ("PARTIALLY_REFUNDED", "REFUNDED")),
    "cancel": ("order_status", ("CANCELLED",)),
}
"""By what orders came to, the dimension and the values that say so."""
GOODS = frozenset({
    "product", "variant", "category", "current_category", "brand", "tag",
})  # fmt: skip
THINGS = frozenset({"what", "anything", "everything", "whatever"})
NEGATIVE = (Role.EXCLUDE, Role.NEVER, Role.INSTEAD_OF)


def settle_negations(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    settled = _settle_unsold(text, mentions)
    return _settle_neither(_settle_outcome(text, settled))


def _settle_unsold(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Products that sold nothing": never, of units; of rows of which there can be none, too."""
    found = UNSOLD.search(text)
    within = [each for each in mentions if found and is_within(each, found)]
    within = [each for each in within if each.time is None]  # "At all last week".
    others = [each for each in mentions if each not in within]
    rows = [each for each in others if each.has(Role.DIMENSION, Role.DIMENSIONS)]
    things = [each for each in others[:1] if each.word in THINGS]
    if not within or not (rows or things):
        return list(mentions)
    settled = _replace_within(mentions, within, [Meaning(Role.NEVER, "units")])
    if things and not rows:
        product = Meaning(Role.DIMENSIONS, "product")
        return [each.read_as(product) if each in things else each for each in settled]
    at = mentions.index(within[0])
    if settled[at + 1 : at + 2] == rows[:1] and at == 0:
        settled[:2] = settled[
            1::-1
        ]  # "Unsold products" are products that were not sold.
    return settled


def _settle_outcome(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Orders are left out by their status; goods are those with a figure of nothing."""
    found = DENIED_OUTCOME.search(text)
    within = [each for each in mentions if found and is_within(each, found)]
    if found is None or not within:
        return list(mentions)
    before = [each for each in mentions if each.end <= within[0].start]
    if _is_of_goods(before or mentions):
        return _settle_goods(mentions, within)
    meanings = _list_meanings((found["outcome"] or "refunded").casefold())
    return _replace_within(mentions, within, meanings)


def _list_meanings(outcome: str) -> Sequence[Meaning]:
    """Of orders that did not come to something."""
    if outcome in {"returned", "sent back", "brought back"}:
        return [Meaning(Role.GAP, NO_RETURNED)]
    kind = "cancel" if outcome.startswith("cancel") else "refund"
    dimension, values = STATUSES[kind]
    meanings = [Meaning(Role.EXCLUDE)]
    for value in values:
        meanings += [Meaning(Role.VALUE, value, dimension), Meaning(Role.JOIN)]
    return meanings[:-1]


def _settle_goods(
    mentions: Sequence[Mention], within: Sequence[Mention]
) -> list[Mention]:
    """ "Products that were not refunded": never, of the figure that the verb is of."""
    figures = [each for each in within if each.has(Role.METRIC_VERB)]
    if not figures:
        return list(mentions)
    figure = figures[-1]
    never = replace(within[0], end=figure.start, meanings=(Meaning(Role.NEVER),))
    settled = [each for each in mentions if each not in within]
    return sorted([*settled, never, figure], key=lambda each: each.start)


def _is_of_goods(mentions: Sequence[Mention]) -> bool:
    """Whether what is counted, as it is said last, is goods."""
    named = [
        each
        for each in mentions
        if find_metric(each) or each.has(Role.DIMENSION, Role.DIMENSIONS)
    ]
    return bool(named) and any(
        meaning.role in {Role.DIMENSION, Role.DIMENSIONS} and meaning.name in GOODS
        for meaning in named[-1].meanings
    )


def _replace_within(
    mentions: Sequence[Mention], within: Sequence[Mention], meanings: Sequence[Meaning]
) -> list[Mention]:
    """One mention for each meaning, of all the words."""
    first, last = within[0], within[-1]
    at = mentions.index(first)
    text = " ".join(each.text for each in within)
    put = [Mention(text, first.start, last.end, (each,)) for each in meanings]
    return [*mentions[:at], *put, *mentions[at + len(within) :]]


def _settle_neither(mentions: Sequence[Mention]) -> list[Mention]:
    """Not known: "nor" behind nothing that is left out, and "neither" before a figure."""
    settled: list[Mention] = []
    for index, mention in enumerate(mentions):
        following = [e for e in mentions[index + 1 :] if not e.has(Role.FILLER)][:1]
        is_nor = "nor" in mention.word.split()
        is_stray = is_nor and not any(each.has(*NEGATIVE) for each in settled)
        is_of_figures = mention.word == "neither" and any(
            each.has(Role.METRIC) and not each.is_value for each in following
        )
        settled.append(
            replace(mention, meanings=(), time=None)
            if is_stray or is_of_figures
            else mention
        )
    return settled
