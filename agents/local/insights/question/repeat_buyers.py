"""Reads how often customers bought: "how many customers ordered twice or more". Pure."""

import re

from agents.local.insights.question.draft import Draft, Gap
from agents.local.insights.words.lexicon import Role

BOUGHT = r"(?:bought|ordered|purchased|shopped|placed|made|came|have|had|has|with)"
TWICE = {
    "once": 1,
    "one": 1,
    "twice": 2,
    "two": 2,
    "thrice": 3,
    "three": 3,
    "four": 4,
    "five": 5,
}
COUNT = rf"(?:{'|'.join(TWICE)}|[0-9]{{1,4}})"
REPEATED = re.compile(
    rf"(?:(?:who|that|which|have|has|had|ever|already) )*{BOUGHT}(?: (?:from us|with us|an order"
    rf"|orders|something|here))*(?: (?P<sign>at least|a minimum of|more than|over|exactly"
    r"|only|just|at most|no more than|not more than))?"
    rf" (?P<count>{COUNT})(?P<noun> times?| orders?| purchases?)?"
    r"(?P<more> or more(?: often)?| and more| or more often)?"
    r"(?P<behind> times?| orders?| purchases?)?(?! as\b)"
)
MAX_ORDERS = 2
"""So many orders make a returning customer; more are not counted."""
AT_MOST = frozenset(
    {"exactly", "only", "just", "at most", "no more than", "not more than"}
)
ADVERBS = frozenset({"once", "twice", "thrice"})
ASKING = (Role.HOW_MANY, Role.WHICH)
NOTE = (
    "I counted the returning customers: those with an order that is not their first, so that they "
    "have two or more"
)
IN_A_TIME = ", of which only the later one need be in this time"
NO_COUNTS = (
    "how many orders each customer placed is no figure; I count customers, and the returning ones "
    "among them, who have two orders or more"
)


def read_repeat_buyers(draft: Draft) -> None:
    names = [each.get_name(Role.METRIC) for each in draft.mentions]
    if "customers" not in names:
        return
    people = names.index("customers")
    for index in range(people + 1, len(draft.mentions)):
        if _read_at(draft, people, index):
            return


def _read_at(draft: Draft, people: int, index: int) -> bool:
    """Whether it is said from this place on how often they bought."""
    rest = " ".join(each.word for each in draft.mentions[index:])
    found = REPEATED.match(rest)
    if found is None or not _counts_orders(found):
        return False
    text = found[0]
    last = index + _count_mentions(draft, index, len(text)) - 1
    draft.use(people, *range(index, last + 1))
    least = _find_least(found)
    if least is None or least > MAX_ORDERS:
        draft.gaps.append(Gap(text, NO_COUNTS))
        return True
    draft.request.metrics.append("customers" if least == 1 else "returning_customers")
    if least > 1:
        has_time = any(each.time is not None for each in draft.mentions)
        draft.notes.append(f"{NOTE}{IN_A_TIME if has_time else ''}.")
    return True


def _counts_orders(found: re.Match[str]) -> bool:
    return found["count"] in ADVERBS or bool(found["noun"] or found["behind"])


def _find_least(found: re.Match[str]) -> int | None:
    """None where it is exactly as often."""
    word = found["count"]
    count = TWICE[word] if word in TWICE else int(word)
    if found["sign"] in {"more than", "over"}:
        return count + 1
    is_open = found["sign"] or found["more"] or word in ADVERBS
    return count if is_open and found["sign"] not in AT_MOST else None


def _count_mentions(draft: Draft, index: int, length: int) -> int:
    """How many mentions the first letters of their words are."""
    count = total = 0
    while total < length:
        total += len(draft.mentions[index + count].word) + (count > 0)
        count += 1
    return count
