"""What the support agent's local model can talk about: one table of intents."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from agents.local.dialogue_state import DialogueState
from agents.local.intent_classifier import (
    UNCLEAR,
    IntentClassifier,
    IntentMatch,
    load_examples,
)
from agents.local.plan import ToolPlan, answer_with
from agents.local.prices import parse_price_range
from agents.local.references import (
    asks_about_returns,
    asks_for_products,
    find_order_reference,
    find_positions,
    find_quantity,
    has_pronoun,
    mentions_cart,
    requests_item,
    wants_everything,
    wants_to_add,
    wants_to_remove,
)
from agents.local.search_terms import extract_search_terms
from agents.local.support import cart, orders, shopping
from agents.local.support.cart import ASK_QUANTITY, ASK_WHICH_ITEM, ASK_WHICH_VARIANT
from agents.local.support.small_talk import CANNED_ANSWERS, answer_from_help_pages
from webapp.adapters.embeddings.port import Embedder

EXAMPLES = Path(__file__).parent / "examples.toml"

ERRANDS: Mapping[str, Callable[[DialogueState], ToolPlan]] = {
    "find_products": shopping.find_products,
    "narrow_search": shopping.narrow_search,
    "show_more": shopping.show_more,
    "product_details": shopping.show_product_details,
    "add_to_cart": cart.add_to_cart,
    "change_quantity": cart.change_quantity,
    "remove_from_cart": cart.remove_from_cart,
    "empty_cart": cart.empty_cart,
    "view_cart": cart.view_cart,
    "checkout": cart.explain_checkout,
    "track_order": orders.track_order,
    "list_orders": orders.list_orders,
    "change_order": orders.explain_order_change,
    "help": answer_from_help_pages,
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
        self._understanding = IntentClassifier(embedder, load_examples(EXAMPLES))

    def plan(self, talk: DialogueState) -> ToolPlan:
        intent = self.classify_intent(talk)
        return (
            ERRANDS[intent](talk)
            if intent in ERRANDS
            else answer_with(CANNED_ANSWERS[intent])
        )

    def classify_intent(self, talk: DialogueState) -> str:
        """Plain grammar first, where it leaves no doubt; meaning decides the rest, and
        grammar has the last word where a mistake would cost something."""
        formal = _by_form(talk)
        return formal or _corrected(talk, self._understanding.classify(talk.utterance))


def _by_form(talk: DialogueState) -> str | None:
    """What the form of a message says, given what was shown and asked before."""
    said, asked = talk.utterance, talk.last_reply
    names_thing = bool(extract_search_terms(said))
    points = (
        find_positions(said)
        and talk.latest_result("products")
        and not VERB.search(said)
    )
    return _first(
        (
            asked.endswith(ASK_WHICH_VARIANT) and len(said.split()) <= SHORT,
            "add_to_cart",
        ),
        (asked.endswith(ASK_WHICH_ITEM) and find_positions(said), "add_to_cart"),
        (
            asked.endswith(ASK_QUANTITY) and find_quantity(f"to {said}"),
            "change_quantity",
        ),
        (_takes_out(said), "remove_from_cart"),
        (points, "add_to_cart" if requests_item(said) else "product_details"),
        (
            parse_price_range(said) and not names_thing and not mentions_cart(said),
            "narrow_search",
        ),
    )


def _takes_out(said: str) -> bool:
    """One thing, not everything: emptying a cart must be asked for in so many words."""
    return wants_to_remove(said) and not wants_everything(said)


def _corrected(talk: DialogueState, reading: IntentMatch) -> str:
    said, intent = talk.utterance, reading.intent
    is_order = (
        find_order_reference(said) is not None
        and reading.nearest_intent not in ABOUT_ORDERS
    )
    has_focus = bool(talk.latest_result("product") or talk.latest_result("products"))
    found = _first(
        (is_order, "track_order"),
        (intent == "empty_cart" and not wants_everything(said), "remove_from_cart"),
        (intent == "checkout" and has_pronoun(said) and has_focus, "add_to_cart"),
    )
    may_be_wish = reading.nearest_intent == "find_products" or intent == UNCLEAR
    return found or (_wish(said, reading) if may_be_wish else None) or intent


def _wish(said: str, reading: IntentMatch) -> str | None:
    """A message that may be a wish for a product."""
    is_short = 0 < len(extract_search_terms(said).split()) <= SHORT
    is_name = reading.nearest_intent == "find_products" and is_short
    return _first(
        (asks_about_returns(said), "help"),
        (wants_to_add(said), "add_to_cart"),
        (asks_for_products(said) or is_name, "find_products"),
    )


def _first(*cases: tuple[object, str]) -> str | None:
    """The intent of the first case that holds."""
    return next((intent for holds, intent in cases if holds), None)
