"""Reads what became of orders, of searches and of units sold as one figure: "orders, canceled ones
included", "searches that ended in an order", "units less the returned ones". Pure."""

import re
from collections.abc import Sequence

from agents.local.insights.senses.rules import find_metric, is_within
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

CANCELED = r"cancel+(?:ed|ations?)\b(?: ones| orders)?"
COUNTED = r"(?:included|too|as well|also|count(?:ed)? too|counted(?: in)?|or not)"
INCLUDED = (
    r"not (?:being )?(?:taken (?:out|off)|excluded|deducted|removed|left out|subtracted|filtered"
    r" out)"
)
WITH_CANCELED = re.compile(
    rf"(?i)\b(?:(?:including|includes?|incl|with|counting|(?:if you |also )*(?:also )?count)\.?"
    rf" (?:also )?(?:the |any |all |later )*{CANCELED}(?!\s+(?:rate|status))"
    rf"|(?:no matter (?:whether|if)|regardless (?:of )?(?:whether|if)|whether or not|even if"
    rf"|irrespective of whether|whether)[^,;.?!]{{0,25}}\b{CANCELED}"
    rf"(?: or not| afterwards| later(?: on)?| since)*"
    rf"|before (?:any |the |all )?cancellations"
    rf"|(?:the |any |all )?{CANCELED} (?:ones )?(?:were |are |being )?(?:{COUNTED}|{INCLUDED})"
    rf"|{CANCELED} or not)"
)
"""What says of orders that those canceled count as well."""
TO_ORDER = (
    r"(?:an? |any |at least one |some )?(?:orders?|purchases?|sales?|checkouts?)\b"
    r"(?! (?:value|rate|count))"
)
LED_TO = re.compile(
    rf"(?i)\b(?:that |which |and )?(?:have |has |had |actually |eventually |later |then |were )*"
    rf"(?:(?:end|ended|ends|ending)(?: up)? (?:in|with)|result(?:s|ed|ing)? in"
    rf"|(?:lead|leads|led|leading)(?: up)? to|turn(?:s|ed|ing)? into"
    rf"|convert(?:s|ed|ing)? (?:in)?to|translat(?:es?|ed|ing) (?:in)?to|followed by"
    rf"|(?:brought|bring|brings|produced?|generated?|triggered?)(?: in| about)?) {TO_ORDER}"
    rf"|\b(?:after|by|through|following|upon) which (?:the |a |an |our )?"
    rf"(?:\w+ )?(?:then |later |actually )?(?:ordered|bought|purchased)(?: something| anything)?\b"
    rf"|\bwhere (?:the |a )?(?:visitor|customer|shopper|user|person)s? (?:then |later |also )*"
    rf"(?:ordered|bought|purchased)(?: something| anything)?\b"
)
"""What says of searches that an order followed."""
DEDUCTED = (
    r"(?: (?:units|items|pieces|ones|goods|copies))?"
    r"(?: (?:already |being )*(?:taken (?:off|out|away)|deducted|subtracted|removed))"
)
SENT_BACK = (
    r"(?:returned|returns|sent back|came back|given back|brought back|went back)"
)
LESS_RETURNED = re.compile(
    rf"(?i)\b(?:(?:minus|less|net of|after (?:deducting|subtracting|taking (?:off|out|away)"
    rf"|removing)|deducting|subtracting) (?:all |any |the |our |what |those |ones |units |items "
    rf"|pieces |copies |goods |things |that |which |were |was |have been |got "
    rf"|customers )*{SENT_BACK}"
    rf"(?: (?:units|items|pieces|ones|goods|copies))?"
    rf"|with (?:all |any |the )*{SENT_BACK}{DEDUCTED})"
)
"""What takes those returned off units sold."""
BEFORE_RETURNS = re.compile(
    r"(?i)\b(?:so |i\.e\. |that is |meaning )*before (?:any |the |all |deducting |subtracting )*"
    r"(?:returns|refunds)(?:(?: and| or| &) (?:returns|refunds))?"
    r"(?: (?:come|came|are|were|get|got) (?:taken )?(?:off|out|deducted|subtracted|removed))?\b"
)
OF_TIME = re.compile(
    r"(?i)\b(?:percentage|share|proportion|fraction|percent|part|portion|%) of "
    r"(?:the |its |their )?time\b"
)
OUT_OF_STOCK = re.compile(
    r"(?i)\b(?:out of stock|sold[ -]out|unavailable|not (?:in stock|available))\b"
)
SALES = frozenset({"net_revenue", "gross_sales"})
ORDERS = frozenset({"orders", "placed_orders", "canceled_orders"})


def settle_outcomes(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    settled = _settle_searched(text, _settle_placed(text, mentions))
    return _settle_returned(text, _settle_gross(text, _settle_stock(text, settled)))


def _settle_gross(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Revenue in May, before any returns come off": gross sales."""
    found = BEFORE_RETURNS.search(text)
    names = [n for n, each in enumerate(mentions) if find_metric(each) in SALES]
    within = [n for n, e in enumerate(mentions) if found and is_within(e, found)]
    if found is None or not (set(names) - set(within)):
        return list(mentions)
    settled = _silence_within(mentions, found)
    gross = Meaning(Role.METRIC, "gross_sales")
    for place in set(names) - set(within):
        settled[place] = mentions[place].read_as(gross)
    return settled


def _settle_stock(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "What percentage of the time was it out of stock": a rate."""
    share, out = OF_TIME.search(text), OUT_OF_STOCK.search(text)
    if share is None or out is None:
        return list(mentions)
    rate = Meaning(Role.METRIC, "out_of_stock_rate")
    settled = _silence_within(_silence_within(mentions, share), out)
    at = next(n for n, each in enumerate(mentions) if is_within(each, out))
    settled[at] = mentions[at].read_as(rate)
    return settled


def _settle_placed(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Orders of yesterday, canceled ones included": all that were placed."""
    found = WITH_CANCELED.search(text)
    others = [each for each in mentions if found and not is_within(each, found)]
    is_of_orders = {find_metric(each) for each in others} - {""} <= ORDERS and any(
        find_metric(each) in {"orders", "placed_orders"} for each in others
    )
    if found is None or not is_of_orders:
        return list(mentions)
    placed = Meaning(Role.METRIC, "placed_orders")
    return [
        each.read_as(placed) if find_metric(each) == "orders" else each
        for each in _silence_within(mentions, found)
    ]


def _settle_searched(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Searches in May that ended in an order", and what share of all searches they are."""
    at = next((n for n, m in enumerate(mentions) if find_metric(m) == "searches"), None)
    found = None if at is None else LED_TO.search(text, mentions[at].end)
    if at is None or found is None:
        return list(mentions)
    between = [e for e in mentions[at + 1 :] if e.end <= found.start()]
    if not all(each.time or each.has(Role.FILLER) for each in between):
        return list(mentions)
    settled = _silence_within(mentions, found)
    shares = [n for n in range(at) if mentions[n].has(Role.SHARE)]
    for place in shares:
        settled[place] = mentions[place].read_as()
    name = "search_conversion_rate" if shares else "ordered_searches"
    settled[at] = mentions[at].read_as(Meaning(Role.METRIC, name))
    return settled


def _settle_returned(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """ "Units sold less returned units": one figure, and no comparison of two."""
    found = LESS_RETURNED.search(text)
    settled = [] if found is None else [e for e in mentions if not is_within(e, found)]
    within = [each for each in mentions if each not in settled]
    is_of_units = any(find_metric(each) == "units" for each in settled)
    if found is None or not within or not is_of_units:
        return list(mentions)
    first, last = within[0], within[-1]
    whole = Mention(
        text[first.start : last.end], first.start, last.end, (Meaning(Role.NET_OF),)
    )
    return sorted([*settled, whole], key=lambda each: each.start)


def _silence_within(mentions: Sequence[Mention], found: re.Match[str]) -> list[Mention]:
    """The mentions, of which those within the words that were found say nothing."""
    return [each.read_as() if is_within(each, found) else each for each in mentions]
