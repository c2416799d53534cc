"""Reads which searches found nothing, where the most frequent of them are asked for: "what do
people search for most without finding anything", "top zero-result search queries". Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.local.insights.senses.rules import is_within
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

FRUITLESS = re.compile(
    r"(?i)\b(?:(?:zero|no|null)[- ](?:result|hit|match)(?:e?s)?"
    r"|without (?:finding|getting|seeing|any|a|being shown)[^,.;?!]{0,20}?"
    r"(?:anything|something|results?|hits?|match(?:es)?|products?)"
    r"|with(?:out| no| zero) (?:results?|hits?|match(?:es)?)"
    r"|(?:found|find|finding|finds|returned|returns?|gave|gives?|got|gets?|showed|brought(?: up)?"
    r"|came up with|turned up|yielded|had|have) (?:absolutely )?"
    r"(?:nothing|no(?:t a single)? (?:results?|hits?|match(?:es)?|products?))"
    r"|(?:come|came|comes|coming) (?:up|back|out) (?:empty|blank)(?:-handed)?"
    r"|dr[ae]w(?:s|ing)? a blank|in vain|to no avail|unsuccessfully|fruitlessly"
    r"|without (?:success|luck))\b"
)
LOSS = re.compile(
    r"(?i)\b(?:lost|lose|cost|costing|rate|share|percent\w*|proportion)\b|%"
)
FINDING = frozenset(
    {"can't find", "cannot find", "don't find", "not find", "did not find"}
)
SPEAKERS = frozenset({"", "i", "we", "but", "and", "so", ",", "just", "simply"})
OBJECTS = frozenset({"it", "that", "them", "this", "the", "my", "our", "a", "any"})
QUERY = "search_query"
SEARCHES = frozenset({"searches", "zero_result_searches"})
INSIGHTS = Meaning(Role.ANALYSIS, "search_insights")


def settle_fruitless(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    mentions = _settle_finding(mentions)
    found = FRUITLESS.search(text)
    ranks = any(each.has(Role.SUPERLATIVE, Role.SORT) for each in mentions)
    queries = [n for n, each in enumerate(mentions) if _names_queries(each)]
    within = [n for n, e in enumerate(mentions) if found and is_within(e, found)]
    others = [n for n in queries if n not in within]
    if not (ranks and within and others) or LOSS.search(text):
        return list(mentions)
    settled = [
        each.read_as() if n in {*queries, *within} and not _is_dimension(each) else each
        for n, each in enumerate(mentions)
    ]
    fruitless = Meaning(Role.METRIC, "zero_result_searches")
    at = within[-1]
    settled[at] = replace(mentions[at].read_as(fruitless), values=(), number=None)
    if not any(map(_is_dimension, settled)):
        settled[others[0]] = mentions[others[0]].read_as(
            Meaning(Role.DIMENSIONS, QUERY)
        )
    return settled


def _settle_finding(mentions: Sequence[Mention]) -> list[Mention]:
    """ "I can't find it anywhere: how much did we refund": nothing of searches in the shop."""
    settled = list(mentions)
    for index, mention in enumerate(mentions):
        before = mentions[index - 1].word if index else ""
        after = mentions[index + 1].word if index + 1 < len(mentions) else ""
        is_finding = mention.word in FINDING and INSIGHTS in mention.meanings
        if is_finding and before in SPEAKERS and after in OBJECTS:
            settled[index] = mention.read_as()
    return settled


def _names_queries(mention: Mention) -> bool:
    is_insights = any(each == INSIGHTS for each in mention.meanings)
    roles = (Role.METRIC, Role.METRIC_VERB)
    counts = any(e.role in roles and e.name in SEARCHES for e in mention.meanings)
    return is_insights or counts or _is_dimension(mention)


def _is_dimension(mention: Mention) -> bool:
    roles = (Role.DIMENSION, Role.DIMENSIONS)
    return any(each.role in roles and each.name == QUERY for each in mention.meanings)
