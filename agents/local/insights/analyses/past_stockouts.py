"""Finds questions for what was out of stock: only what is, and will be, is known. Pure."""

import re

from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Draft, Gap
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.today import Today

PAST = frozenset({"was", "were", "had", "been", "did", "ran"})
STOCKOUT = re.compile(
    r"(?i)out of stock|s[eo]l(?:ls?|d|ling) out|stock-?outs?$|unavailable|gone|r[ua]ns? out"
)
""" "What was sold out in May" is not known; what is, and what will be, is."""
LOSS = re.compile(r"(?i)\b(?:los[et]|cost|because|due)\b")
WAS_OUT = (
    "which products were out of stock at a time is not known, only which ones are now"
)


def is_past_stockout(draft: Draft, index: int) -> bool:
    is_metric = any(
        "stock" in each.text and each.has(Role.METRIC) for each in draft.mentions
    )
    is_past = is_metric or not PAST.isdisjoint(draft.single_words)
    return is_past and _is_stockout(draft.mentions[index])


def _is_stockout(mention: Mention) -> bool:
    meaning = mention.find(Role.ANALYSIS)
    is_of_stock = meaning is not None and meaning.name == "stock_outlook"
    is_loss = LOSS.search(mention.text) is not None
    return is_of_stock and not is_loss and STOCKOUT.search(mention.text) is not None


def add_stockout_gap(draft: Draft, index: int) -> None:
    text = draft.mentions[index].text
    if all(each.text != text for each in draft.gaps):
        draft.gaps.append(Gap(text, WAS_OUT))


def refuse_past_stockouts(draft: Draft, today: Today) -> None:
    """ "Products out of stock in May": what runs out now is no answer."""
    _, last = list_days(draft.request.window or {}, today=today)
    if last is None or last > today.date:
        return
    for index, mention in enumerate(draft.mentions):
        if _is_stockout(mention):
            add_stockout_gap(draft, index)
