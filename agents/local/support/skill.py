"""What the support agent's local model can talk about: one table of intents."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from agents.local.conversation import Talk
from agents.local.errand import Errand, saying
from agents.local.prices import price_range
from agents.local.references import (
    asks_about_returns,
    asks_for_products,
    is_pointing,
    mentions_cart,
    order_reference,
    positions,
    quantity,
    wants_adding,
    wants_everything,
    wants_having,
    wants_removing,
)
from agents.local.support import cart, orders, shopping
from agents.local.support.cart import HOW_MANY, WHICH_ADD, WHICH_VARIANT
from agents.local.support.talk import ANSWERS, help_with
from agents.local.understanding import (
    UNCLEAR,
    Reading,
    Understanding,
    load_examples,
)
from agents.local.wish import search_words
from webapp.adapters.embeddings.port import Embedder

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
VERB = re.compile(
    r"(?i)\b(?:add|put|remove|delete|drop|take|change|set|make|tell|show|describe|is|are|what"
    r"|how|which|compare|more)\b"
)
SHORT = 3
"""Words of a message that may be just the name of a product."""


class SupportSkill:
    def __init__(self, embedder: Embedder) -> None:
        self._understanding = Understanding(embedder, load_examples(EXAMPLES))

    def errand(self, talk: Talk) -> Errand:
        intent = self.intent(talk)
        return ERRANDS[intent](talk) if intent in ERRANDS else saying(ANSWERS[intent])

    def intent(self, talk: Talk) -> str:
        """Plain grammar first, where it leaves no doubt; meaning decides the rest, and
        grammar has the last word where a mistake would cost something."""
        formal = _by_form(talk)
        return formal or _corrected(talk, self._understanding.read(talk.said))


def _by_form(talk: Talk) -> str | None:
    """What the form of a message says, given what was shown and asked before."""
    said, asked = talk.said, talk.last_answer
    names_thing = bool(search_words(said))
    points = positions(said) and talk.latest("products") and not VERB.search(said)
    return _first(
        (asked.endswith(WHICH_VARIANT) and len(said.split()) <= SHORT, "add_to_cart"),
        (asked.endswith(WHICH_ADD) and positions(said), "add_to_cart"),
        (asked.endswith(HOW_MANY) and quantity(f"to {said}"), "change_quantity"),
        (_takes_out(said), "remove_from_cart"),
        (points, "add_to_cart" if wants_having(said) else "product_details"),
        (
            price_range(said) and not names_thing and not mentions_cart(said),
            "narrow_search",
        ),
    )


def _takes_out(said: str) -> bool:
    """One thing, not everything: emptying a cart must be asked for in so many words."""
    return wants_removing(said) and not wants_everything(said)


def _corrected(talk: Talk, reading: Reading) -> str:
    said, intent = talk.said, reading.intent
    is_order = order_reference(said) is not None and reading.guess not in ABOUT_ORDERS
    has_focus = bool(talk.latest("product") or talk.latest("products"))
    found = _first(
        (is_order, "track_order"),
        (intent == "empty_cart" and not wants_everything(said), "remove_from_cart"),
        (intent == "checkout" and is_pointing(said) and has_focus, "add_to_cart"),
    )
    may_be_wish = reading.guess == "find_products" or intent == UNCLEAR
    return found or (_wish(said, reading) if may_be_wish else None) or intent


def _wish(said: str, reading: Reading) -> str | None:
    """A message that may be a wish for a product."""
    is_short = 0 < len(search_words(said).split()) <= SHORT
    is_name = reading.guess == "find_products" and is_short
    return _first(
        (asks_about_returns(said), "help"),
        (wants_adding(said), "add_to_cart"),
        (asks_for_products(said) or is_name, "find_products"),
    )


def _first(*cases: tuple[object, str]) -> str | None:
    """The intent of the first case that holds."""
    return next((intent for holds, intent in cases if holds), None)
