"""Reads how much of a figure how few make: "which products are 80% of revenue". Pure."""

import re

from agents.local.insights.question.draft import Draft
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention

CLASSES = frozenset({80, 95})
"""Percents at which the classes of a concentration end."""
FEW = frozenset({"few", "a few", "handful", "a handful of", "just a few", "only a few"})
MAJORITY = re.compile(r"(?i)\b(?:most|majority|bulk|chunk|much|half)\b")
COUNTING = re.compile(r"(?i)\b(?:number|count|how (?:few|many))\b")
SIZES = frozenset({"big", "large", "small", "major", "main", "key"})
CUSTOMERS = frozenset({"customer", "customers", "buyers", "clients"})


def asks_for_class(draft: Draft) -> bool:
    """ "How many products make up 80% of revenue?", "do a few products make most of it?"."""
    if counts_class(draft):
        return True
    is_few = bool(draft.list_places(FEW))
    is_much = draft.has(Role.SHARE) or any(
        MAJORITY.search(each.text) for each in draft.mentions
    )
    return is_few and is_much and draft.has(Role.METRIC, Role.METRIC_VERB)


def counts_class(draft: Draft) -> bool:
    """ "The number of products behind 80% of revenue"."""
    counts = draft.has(Role.HOW_MANY) or any(
        COUNTING.search(each.text) for each in draft.mentions
    )
    # "What share of products makes up 80% of revenue".
    bounds = (Role.OVER, Role.UNDER, Role.AT_LEAST, Role.AT_MOST)
    counts |= (
        draft.has(Role.SHARE) and draft.has(Role.DIMENSIONS) and not draft.has(*bounds)
    )
    return counts and any(map(is_class, draft.mentions))


def is_class(mention: Mention) -> bool:
    number = mention.number
    return number is not None and number.is_percent and number.value in CLASSES


def use_percents(draft: Draft) -> None:
    """ "80% of the revenue" is no bound of a figure."""
    draft.use(*(n for n, number in draft.numbers if number.is_percent))


def use_classes(draft: Draft) -> None:
    """ "How many products make 80% of the revenue": class A. "Do we depend on few": that is it."""
    request = draft.request
    draft.use(*draft.list_unused(Role.LOW, Role.SHARE, Role.SUPERLATIVE, Role.PERSONAL))
    draft.mentions = [each.drop(Role.PERSONAL) for each in draft.mentions]
    request.descending = None
    words = draft.single_words
    if not CUSTOMERS.isdisjoint(words) or any(map(_names_customers, draft.mentions)):
        request.metrics = [*request.metrics, "customers"]
    draft.use(*draft.list_places(SIZES | FEW))


def _names_customers(mention: Mention) -> bool:
    meaning = mention.find(Role.METRIC)
    return meaning is not None and meaning.name == "customers"
