"""Finds what a question asks for that cannot be answered. Pure."""

import re
from collections.abc import Sequence

from agents.local.insights.question.draft import Draft, Gap
from agents.local.insights.talk.references import list_strange
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from webapp.insights.query.definitions import METRICS, Additivity

DEAD_STOCK = re.compile(r"(?i)(?:dead|obsolete)")
MOVING_STOCK = frozenset({"sell_through", "stock_cover", "units", "stock_value"})
ABROAD = frozenset({"abroad", "overseas", "international", "foreign", "domestic"})
GIVEN_BACK = frozenset({"refunds", "returns"})


def read_gaps(draft: Draft) -> None:
    for index, mention in enumerate(draft.mentions):
        meaning = mention.find(Role.GAP)
        # "Why was May so different" does not count different things.
        is_change = mention.has(Role.CHANGE) and draft.has(Role.ANALYSIS)
        is_gap = not (mention.values or mention.has(Role.FILLER) or is_change)
        if meaning is not None and is_gap:
            if not mention.has(Role.ANALYSIS):
                draft.use(index)
            draft.gaps.append(Gap(mention.text, meaning.name))


def read_strange(draft: Draft, talk: Sequence[Sequence[Mention]]) -> Sequence[Mention]:
    """The words that are not known of what a question points at in the talk before it."""
    strange = list_strange(draft.mentions, talk)
    for each in strange:
        gap = each.find(Role.GAP)
        if gap is not None:
            draft.gaps.append(Gap(each.text, gap.name))
    return [each for each in strange if each.is_unknown]


def is_said_better(draft: Draft, gap: Gap) -> bool:
    """ "On average" says nothing of what is an average itself, and "dead stock" nothing of a figure
    that tells how stock moves."""
    metrics = draft.request.metrics
    if gap.text.casefold() in {"cost", "costs"} and set(metrics) <= GIVEN_BACK:
        return bool(metrics)  # "What did refunds cost us": how much they are.
    if gap.text.casefold() in ABROAD and any(
        each["dimension"] == "country" for each in draft.request.filters
    ):
        return True  # "Shipped abroad, so without the United Kingdom".
    if DEAD_STOCK.match(gap.text):
        return not MOVING_STOCK.isdisjoint(metrics)
    is_ratio = bool(metrics) and METRICS[metrics[0]].additivity is Additivity.RATIO
    return is_ratio and "average" in gap.text.casefold()
