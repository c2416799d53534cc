"""What the support agent's local model can talk about: one table of intents."""

from collections.abc import Callable, Mapping
from pathlib import Path

from agents.models.local.conversation import Talk
from agents.models.local.errand import Errand, saying
from agents.models.local.prices import price_range
from agents.models.local.references import (
    mentions_cart,
    order_reference,
    positions,
    quantity,
    wants_adding,
)
from agents.models.local.support import cart, orders, shopping
from agents.models.local.support.cart import HOW_MANY, WHICH_ADD, WHICH_VARIANT
from agents.models.local.support.talk import ANSWERS, help_with
from agents.models.local.understanding import Understanding, load_examples
from agents.models.local.wish import search_words
from webapp.suppliers.embeddings import Embedder

EXAMPLES = Path(__file__).parent / "examples.toml"

ERRANDS: Mapping[str, Callable[[Talk], Errand]] = {
    "find_products": shopping.find,
    "narrow_search": shopping.narrow,
    "show_more": shopping.more,
    "product_details": shopping.details,
    "add_to_cart": cart.add,
    "change_quantity": cart.change_quantity,
    "remove_from_cart": cart.remove,
    "empty_cart": cart.empty,
    "view_cart": cart.view,
    "checkout": cart.checkout,
    "track_order": orders.track,
    "list_orders": orders.history,
    "change_order": orders.change,
    "help": help_with,
}
ABOUT_ORDERS = frozenset({"track_order", "change_order", "help"})
SHORT = 3
"""Words of a message that may be just the name of a product."""


class SupportSkill:
    def __init__(self, embedder: Embedder) -> None:
        self._understanding = Understanding(embedder, load_examples(EXAMPLES))

    def errand(self, talk: Talk) -> Errand:
        intent = self.intent(talk)
        return ERRANDS[intent](talk) if intent in ERRANDS else saying(ANSWERS[intent])

    def intent(self, talk: Talk) -> str:
        """Plain grammar first, where it leaves no doubt; meaning decides the rest."""
        return _by_form(talk) or self._by_meaning(talk.said)

    def _by_meaning(self, said: str) -> str:
        reading = self._understanding.read(said)
        if order_reference(said) is not None and reading.guess not in ABOUT_ORDERS:
            return "track_order"
        if reading.guess != "find_products":
            return reading.intent
        if wants_adding(said):
            return "add_to_cart"
        return (
            reading.guess
            if len(search_words(said).split()) <= SHORT
            else reading.intent
        )


def _by_form(talk: Talk) -> str | None:
    """What the form of a message says, given what was asked before."""
    said, asked = talk.said, talk.last_answer
    if asked.endswith((WHICH_ADD, WHICH_VARIANT)) and positions(said):
        return "add_to_cart"
    if asked.endswith(HOW_MANY) and quantity(f"to {said}"):
        return "change_quantity"
    if price_range(said) and not search_words(said) and not mentions_cart(said):
        return "narrow_search"
    return None
