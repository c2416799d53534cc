"""Chooses what the words of several senses mean in a question, by those around them. Pure."""

from collections.abc import Sequence

from agents.local.insights.comparison_senses import settle_comparisons
from agents.local.insights.customer_senses import settle_customers
from agents.local.insights.goods_senses import settle_goods
from agents.local.insights.mentions import Mention
from agents.local.insights.row_senses import settle_rows
from agents.local.insights.verb_senses import settle_verbs


def settle_senses(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Of the goods first, as others are of these."""
    settled = settle_customers(settle_goods(text, mentions))
    return settle_rows(settle_comparisons(settle_verbs(settled)))
