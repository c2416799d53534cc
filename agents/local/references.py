"""Extracts what an utterance refers to: order, list positions, quantity. Pure."""

import re
from uuid import UUID

from agents.local.numbers import NUMBER, ORDINALS, WORDS, parse_number
from agents.local.prices import strip_prices

UUID_PATTERN = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
ORDER = r"\b(?:orders?|purchase)"
NUMBER_SIGN = (
    r"(?:(?:with\s+(?:the\s+)?)?(?:number|no\.?|nr\.?|id|ref(?:erence)?\.?)"
    r"\s*(?:(?:is|was)\b|[:#])?|[#№])"
)
BEGUN_ID = r"(?=[a-f]*\d+[a-f])[0-9a-f]{6,}(?:-[0-9a-f]*)*"
ORDER_CODE = r"[a-z]{1,6}-?\d[\w-]*"
# "I want to order 2" is a purchase, "where is order 2" is not, and neither is "order 2 lamps".
NOT_BUYING = r"(?<!\bto )(?<!\bi )(?<!\bwe )(?<!\bplease )"
CLAUSE_END = (
    r"(?=\s*(?:$|[?!,;:)]|\.(?!\d)|(?:please|now|again|and|or|is|was|has|had|yet|still|from|for"
    r"|that|which|to|it|my|shipped|arrived?|delivered|coming|status|because|as|at|in|on|go|get)\b))"
)
ORDER_PATTERN = re.compile(
    rf"(?i)\b(?:orders?\s+|purchase\s+)?(?P<id>{UUID_PATTERN})"
    rf"|{ORDER}\s*{NUMBER_SIGN}\s*(?P<marked>\d+(?![\w-])|{ORDER_CODE})"
    rf"|{ORDER}\s+(?P<partial>{BEGUN_ID})\b"
    rf"|{ORDER}[\s:(-]*(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d{{3,}}(?:\.\d+)?)\b"
    rf"|{NOT_BUYING}{ORDER}[\s:(-]*(?P<short>\d{{1,2}}\b{CLAUSE_END})"
    rf"|(?!^){NOT_BUYING}{ORDER}\s+(?P<code>{ORDER_CODE})"
    r"|#\s*(?P<hash>\d{3,})\b"
)
FURTHER_ORDERS_PATTERN = re.compile(
    r"(?i)(?:\s*(?:,|&|and|or|,\s*and)\s+(?:order\s+)?(?:number\s+|no\.?\s*|#)?(\d+)\b(?![.,]\d))"
)
LATEST_ORDER_PATTERN = re.compile(
    r"(?i)(?<!second )(?<!second-)\b(?:latest|newest|last|(?:most\s+)?recent)"
    r"\s+(?:order|purchase)\b"
)
BARE_ORDER_PATTERN = re.compile(r"\D{0,12}(\d{4,})\D{0,3}")
# Only where an order is meant in any case: "cancel order 1st".
UNCLEAR_ORDER_PATTERN = re.compile(
    rf"(?i){ORDER}\W{{0,3}}(?:\d[\w-]*|(?:{'|'.join(WORDS)})\b{CLAUSE_END})"
)
# The same: "cancel 12".
IMPLIED_ORDER_PATTERN = re.compile(
    r"(?i)(?:\b(?:cancel|track|refund|return|number|no\.?|nr\.?|where(?:'s|\s+is)|status\s+of)"
    rf"\s+(?:my\s+|the\s+)?#?|#)\s*(\d+)\b{CLAUSE_END}"
)
MONTH_NAME = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
DATE = (
    r"(?:yesterday|today|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?"
    rf"|(?:last|this|past|previous)\s+(?:week(?:end)?|month|year|summer|winter|{WEEKDAY})"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{MONTH_NAME})(?:\s+\d{{4}})?"
    rf"|(?:of|from|in|on|since)\s+(?:{WEEKDAY}|(?:19|20)\d\d"
    rf"|(?:{MONTH_NAME})\b\.?(?:\s+\d{{1,2}}\b)?(?:,?\s+\d{{4}})?)"
    r"|(?:\d+|a|two|three)\s+(?:day|week|month|year)s?\s+ago)"
)
DESCRIBED_ORDER_PATTERN = re.compile(
    rf"(?i)\b(?:{DATE}|{MONTH_NAME})(?:['\u2019]s)?\s+(?:orders?|purchase)\b"
    r"|\b(?:orders?|ordered|purchased?|bought)\b"
    rf"(?:\s+(?:i|we|that|which|was|placed|made|dated|of|from|on|the)\b)*\s+{DATE}\b"
    rf"|\b(?:{'|'.join(ORDINALS)}|\d+(?:st|nd|rd|th)|oldest|earliest|previous|other"
    r"|second[- ]last)\s+(?:orders?|purchase)\b"
)

# "last week" and "my first order" are not positions in the displayed list.
POSITION_PATTERN = re.compile(
    rf"(?i)\b(?P<ordinal>{'|'.join(ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)|last)\b"
    r"(?!\s+(?:week|month|quarter|year|order|purchase|time|name))"
    r"|(?:\b(?:number|item|option|no\.?)\s*|#)(?P<index>\d{1,2})\b"
    r"|^\s*(?P<bare>\d{1,2})\s*[.!]?\s*$"
)
MAX_NUMBER_DIGITS = 15
VERBS = "add|put|buy|take|want|need|get|order|have|it|them|to|quantity|only|just|me|a"
UNIT_PHRASES = r"of (?:them|those|these|it|the|that|this)|x\b|pieces|units|pcs"
QUANTITY_PATTERN = re.compile(
    rf"(?i)\b(?P<before>{NUMBER})\s*(?:{UNIT_PHRASES})|\b(?:{VERBS})\s+(?P<after>{NUMBER})\b(?!-)"
)
IMPOSSIBLE = (
    r"(?:[-\u2212]\s*\d+(?:[.,]\d+)?|0+(?:[.,]\d+)?|\d+\.\d+|\d+,\d{1,2})(?![\d.,]*\d)"
)
IMPOSSIBLE_QUANTITY_PATTERN = re.compile(
    rf"(?i)(?<![\w.,-])(?P<before>{IMPOSSIBLE})\s*(?:{UNIT_PHRASES})"
    rf"|\b(?:{VERBS})\s+(?P<after>{IMPOSSIBLE})(?![\w-])"
)
# The "one" of "that one" and "the red one" is a pronoun, not a number.
PRONOUN_ONE_PATTERN = re.compile(
    r"(?i)\b(?:that|this|the|which|another|first|\w+est)\s+(?:\w+\s+)?one\b"
)


OrderReference = int | UUID | str
"""An order's number, its id, or what a customer takes for one of them."""


def find_order_reference(text: str) -> OrderReference | None:
    """The order that an utterance names, whether or not there is such an order."""
    if match := ORDER_PATTERN.search(text):
        return (
            UUID(match["id"])
            if match["id"]
            else _parse_order_number(match[match.lastgroup or 0])
        )
    bare = BARE_ORDER_PATTERN.fullmatch(text.strip())
    return _parse_order_number(bare[1]) if bare else None


def find_further_orders(text: str) -> list[OrderReference]:
    """The orders that an utterance names after the first: "orders 1042 and 1043"."""
    match = ORDER_PATTERN.search(text)
    further: list[OrderReference] = []
    end = match.end() if match else len(text)
    while found := FURTHER_ORDERS_PATTERN.match(text, end):
        further.append(_parse_order_number(found[1]))
        end = found.end()
    return further


def means_latest_order(text: str) -> bool:
    return LATEST_ORDER_PATTERN.search(text) is not None


def find_implied_order(text: str) -> OrderReference | None:
    """The order of an utterance that can be about nothing else: "cancel 12"."""
    match = IMPLIED_ORDER_PATTERN.search(text)
    return _parse_order_number(match[1]) if match else None


def find_unclear_order(text: str) -> str | None:
    """What may be the number of an order, though not written as one: "order 1st", "order one"."""
    match = UNCLEAR_ORDER_PATTERN.search(text)
    return match[0] if match else None


def _parse_order_number(written: str) -> int | str:
    text = written.replace(",", "")
    return int(text) if text.isdecimal() and len(text) <= MAX_NUMBER_DIGITS else text


def find_order_description(text: str) -> str | None:
    """How an utterance tells one order from others without its number: "order from 3 March",
    "second order"."""
    match = DESCRIBED_ORDER_PATTERN.search(text)
    return match[0].strip() if match else None


def find_positions(text: str) -> tuple[int, ...]:
    """Positions in the displayed list, from 1; -1 is the last one."""
    plain = ORDER_PATTERN.sub(" ", text)
    return tuple(_parse_position(match) for match in POSITION_PATTERN.finditer(plain))


def _parse_position(match: re.Match[str]) -> int:
    ordinal = (match["ordinal"] or "").casefold()
    if ordinal == "last":
        return -1
    if ordinal:
        return ORDINALS.get(ordinal) or int(ordinal[:-2])
    return int(match["index"] or match["bare"])


def find_quantity(text: str) -> int | None:
    """The quantity of "add 3 of them", "make it two"; prices and order numbers do not count."""
    plain = PRONOUN_ONE_PATTERN.sub(" ", ORDER_PATTERN.sub(" ", strip_prices(text)))
    match = QUANTITY_PATTERN.search(plain)
    if not match:
        return None
    value = parse_number(match["before"] or match["after"])
    return int(value) if value == int(value) else None


def find_impossible_quantity(text: str) -> str | None:
    """A quantity that nobody can have in a cart: "0", "-2", "1.5"."""
    plain = ORDER_PATTERN.sub(" ", strip_prices(text))
    match = IMPOSSIBLE_QUANTITY_PATTERN.search(plain)
    return (match["before"] or match["after"]).replace(" ", "") if match else None


def _has_word(words: str, text: str) -> bool:
    return re.search(rf"(?i)\b(?:{words})\b", text) is not None


def wants_cheapest(text: str) -> bool:
    return _has_word("cheapest|lowest[- ]priced?|least expensive|most affordable", text)


def wants_price_order(text: str) -> bool:
    return _has_word("by price", text)


def wants_most_expensive(text: str) -> bool:
    return _has_word("most expensive|dearest|highest[- ]priced?|priciest", text)


def wants_cheaper(text: str) -> bool:
    return _has_word("cheaper(?! than)|less expensive", text)


def wants_more_expensive(text: str) -> bool:
    return _has_word("more expensive(?! than)|pricier|dearer", text)


def wants_stock(text: str) -> bool:
    return _has_word("in stock|available now", text)


def declines_choice(text: str) -> bool:
    """ "No thanks", as an answer to which one is meant."""
    return _has_word("no|nope|none|nothing|neither|never|not|don'?t|forget", text)


def mentions_cart(text: str) -> bool:
    return _has_word("cart|basket", text)


ADD_PATTERN = re.compile(
    r"(?i)^\W*(?:please\s+)?(?:add|put)\b|\b(?:add|put)\b.*\b(?:it|one|cheapest|cart|basket)\b"
)
REMOVE_PATTERN = re.compile(
    r"(?i)^\W*(?:please\s+)?(?:remove|delete|drop)\b"
    r"(?!.*\b(?:orders?|account|address|newsletter|e?-?mails?|data|profile)\b)"
    r"|\b(?:remove|delete|drop|take)\b.*\b(?:out|from|cart|basket)\b"
)


def wants_to_add(text: str) -> bool:
    """ "… and add it to my cart", whatever else the utterance asks for."""
    return ADD_PATTERN.search(text) is not None


def wants_to_remove(text: str) -> bool:
    return REMOVE_PATTERN.search(text) is not None


def requests_item(text: str) -> bool:
    """ "The second one, please": an item is requested instead of asked about."""
    return _has_word("please|take|want|buy|have|size|colou?r", text)


def asks_for_products(text: str) -> bool:
    """Whether the utterance has the form of a product request, whatever the product."""
    pattern = (
        r"(?i)^\W*(?:do you (?:have|sell|carry|stock)|have you got|show me|find|search for"
        r"|(?:i'?m |i am )?looking for|i need|i(?:'d like| want) to buy)\b"
    )
    return re.search(pattern, text) is not None


def asks_about_returns(text: str) -> bool:
    return _has_word(
        "return(?:ed|ing)?|refunds?|send back|sent back|warranty|exchange", text
    )


def has_pronoun(text: str) -> bool:
    """Whether the utterance refers to something mentioned before instead of naming it."""
    return _has_word("it|that|this|them|those|these|ones?", text)
