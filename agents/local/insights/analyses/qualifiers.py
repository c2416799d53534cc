"""Finds words that say more of an analysis, and nothing where none is asked for. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.local.insights.analyses.concentration_classes import is_class
from agents.local.insights.analyses.lost_searches import speaks_of_lost_searches
from agents.local.insights.question.draft import Draft
from agents.local.insights.words.lexicon import Meaning, Role, read_analyses
from agents.local.insights.words.mentions import Mention
from webapp.insights.query.values import MatchKind

MAX_QUALIFIER = 7
"""Words."""


def settle_qualifiers(
    mentions: Sequence[Mention], before: str | None = None
) -> list[Mention]:
    """The mentions with the meaning of what says more of the analysis that is asked for here, or
    was asked for before, and would not be known, or be no figure of the shop, elsewhere."""
    named = {
        each.name
        for mention in mentions
        for each in mention.meanings
        if each.role is Role.ANALYSIS
    } | ({before} if before else set())
    if any(map(is_class, mentions)):
        named.add("concentration")
    if speaks_of_lost_searches(mentions):
        named.add("search_insights")
    settled = list(mentions)
    for name in sorted(named):
        for place, is_phrase in _find_qualified(mentions, name):
            mention = settled[place]
            if _may_qualify(mention, is_phrase=is_phrase):
                kept = [each for each in mention.meanings if each.role is not Role.GAP]
                meanings = (*kept, Meaning(Role.QUALIFIER, name))
                settled[place] = replace(mention, meanings=meanings, values=())
    return settled


def _find_qualified(
    mentions: Sequence[Mention], name: str
) -> Iterator[tuple[int, bool]]:
    """The places of the words of the longest phrases, and whether these have several."""
    phrases = frozenset(read_analyses()[name]["qualifiers"])
    words = [each.text.casefold().replace("\u2019", "'") for each in mentions]
    at = 0
    while at < len(words):
        ends = range(min(len(words), at + MAX_QUALIFIER), at, -1)
        end = next((n for n in ends if " ".join(words[at:n]) in phrases), None)
        phrase = " ".join(words[at:end]) if end else ""
        yield from ((n, " " in phrase) for n in range(at, end or at))
        at = end or at + 1


def _may_qualify(mention: Mention, *, is_phrase: bool) -> bool:
    """Whether a word says nothing else; of a phrase, whether it is no figure and no name."""
    is_open = mention.is_unknown or mention.has(Role.GAP, Role.QUALIFIER)
    is_name = any(
        each.kind is MatchKind.WHOLE and each.dimension != "variant"
        for each in mention.values
    )
    is_figure = mention.has(Role.METRIC, Role.DIMENSION, Role.DIMENSIONS, Role.ANALYSIS)
    is_part = is_phrase and not (is_name or is_figure or mention.time)
    return (is_open and not mention.values) or is_part


def use_qualifiers(draft: Draft, name: str) -> None:
    for index in list(draft.list_unused(Role.QUALIFIER)):
        meanings = draft.mentions[index].meanings
        if Meaning(Role.QUALIFIER, name) in meanings:
            draft.use(index)
