"""Chooses what the words of several senses mean in a question, by those around them. Pure."""

from collections.abc import Sequence

from agents.local.insights.senses.comparisons import settle_comparisons
from agents.local.insights.senses.customers import settle_customers
from agents.local.insights.senses.goods import settle_goods
from agents.local.insights.senses.rankings import settle_rows
from agents.local.insights.senses.row_orders import settle_row_orders
from agents.local.insights.senses.stockouts import settle_stockouts
from agents.local.insights.senses.verbs import settle_verbs
from agents.local.insights.words.mentions import Mention


def settle_senses(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Of the goods first, as others are of these."""
    settled = settle_customers(settle_stockouts(settle_goods(text, mentions)))
    return settle_rows(settle_row_orders(settle_comparisons(settle_verbs(settled))))
