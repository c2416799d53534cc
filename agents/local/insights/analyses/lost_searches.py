"""Reads questions for what it costs that searches find nothing. Pure."""

import re
from collections.abc import Sequence

from agents.local.insights.question.draft import Draft, Gap
from agents.local.insights.question.searches import speaks_of_searches
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention

MONEY = frozenset({"net_revenue", "gross_sales"})
"""What is lost."""
LOSING = re.compile(
    r"(?i)\b(?:los[et]|losing|loss(?:es)?|cost(?:s|ing)?|miss(?:ed|ing)?|forgone|forgo)\b"
)
COST = re.compile(r"(?i)\b(?:costs?|loss(?:es)?)\b")


def asks_for_lost_searches(draft: Draft) -> bool:
    """ "Which searches find nothing, and what do they cost us?"."""
    return speaks_of_lost_searches(draft.mentions) or (
        speaks_of_searches(draft.mentions) and any(map(_is_cost, draft.gaps))
    )


def asks_for_terms(draft: Draft) -> bool:
    """ "Give me the search terms", of which no figure is named, and no time and no order."""
    named = [each for each in draft.mentions if not each.has(Role.FILLER)]
    rows = {each.name for mention in named for each in mention.meanings}
    is_alone = len(named) == 1 and not draft.follows and draft.has(Role.DIMENSIONS)
    return is_alone and rows == {"search_query"}


def speaks_of_lost_searches(mentions: Sequence[Mention]) -> bool:
    """ "The revenue that searches without results cost us", "sales lost to failed searches"."""
    is_vain = any(
        each.role is Role.METRIC and each.name == "zero_result_searches"
        for mention in mentions
        for each in mention.meanings
    )
    return is_vain and any(LOSING.search(each.text) for each in mentions)


def _is_cost(gap: Gap) -> bool:
    return COST.search(gap.text) is not None


def use_costs(draft: Draft) -> None:
    """What it costs that searches find nothing is a part of the analysis."""
    draft.gaps = [each for each in draft.gaps if not _is_cost(each)]
    if speaks_of_lost_searches(draft.mentions):
        metrics = draft.request.metrics
        draft.request.metrics = [each for each in metrics if each not in MONEY]
        draft.use(*draft.list_unused(Role.FALL))
