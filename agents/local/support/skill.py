"""The support agent's skill for the local model: a table of intents."""

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
    declines_choice,
    find_order_reference,
    find_positions,
    find_quantity,
    has_pronoun,
    mentions_cart,
    requests_item,
    wants_to_add,
    wants_to_remove,
)
from agents.local.search_terms import extract_search_terms
from agents.local.support import cart, orders, shopping
from agents.local.support.cart import (
    ASK_QUANTITY,
    ASK_WHICH_ITEM,
    ASK_WHICH_TO_REMOVE,
    ASK_WHICH_VARIANT,
)
from agents.local.support.small_talk import CANNED_ANSWERS, answer_from_help_pages
from webapp.adapters.embeddings.port import Embedder

EXAMPLES = Path(__file__).parent / "examples.toml"

PLANS: Mapping[str, Callable[[DialogueState], ToolPlan]] = {
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
ORDER_INTENTS = frozenset({"track_order", "change_order", "help"})
VERB_PATTERN = re.compile(
    r"(?i)\b(?:add|put|remove|delete|drop|take|change|set|make|tell|show|describe|is|are|what"
    r"|how|which|compare|more)\b"
)
EVERYTHING_PATTERN = re.compile(
    r"(?i)^(?!.*\b(?:but|except|apart from|besides)\b).*?"
    r"\b(?:everything|start over|(?:all|empty|clear|whole)\b"
    r"(?:\s+(?:all|of|out|the|this|my|these|those|whole|shopping(?=\s+(?:cart|basket))))*"
    r"(?:\s+(?P<object>[\w'-]+))?)"
)
MAX_NAME_WORDS = 3
"""Words of an utterance that may be just the name of a product."""


class SupportSkill:
    def __init__(self, embedder: Embedder) -> None:
        self._classifier = IntentClassifier(embedder, load_examples(EXAMPLES))

    def plan(self, state: DialogueState) -> ToolPlan:
        intent = self.classify_intent(state)
        return (
            PLANS[intent](state)
            if intent in PLANS
            else answer_with(CANNED_ANSWERS[intent])
        )

    def classify_intent(self, state: DialogueState) -> str:
        """Classify by grammar where it is unambiguous, by examples otherwise; grammar overrides
        the examples where a mistake would cost something."""
        by_grammar = _match_grammar(state)
        return by_grammar or _override_intent(
            state, self._classifier.classify(state.utterance)
        )


def _match_grammar(state: DialogueState) -> str | None:
    """The intent by the form of an utterance, given what was shown and asked before."""
    utterance, last_reply = state.utterance, state.last_reply
    has_terms = bool(extract_search_terms(utterance))
    is_short = len(utterance.split()) <= MAX_NAME_WORDS
    is_choice = is_short and not declines_choice(utterance)
    is_position = (
        find_positions(utterance)
        and state.latest_result("products")
        and not VERB_PATTERN.search(utterance)
    )
    return _first_match(
        (last_reply.endswith(ASK_WHICH_VARIANT) and is_choice, "add_to_cart"),
        (
            last_reply.endswith(ASK_WHICH_ITEM) and find_positions(utterance),
            "add_to_cart",
        ),
        (
            last_reply.endswith(ASK_WHICH_TO_REMOVE)
            and (is_choice or find_positions(utterance)),
            "remove_from_cart",
        ),
        (
            last_reply.endswith(ASK_QUANTITY) and find_quantity(f"to {utterance}"),
            "change_quantity",
        ),
        (_removes_one_item(utterance), "remove_from_cart"),
        (is_position, "add_to_cart" if requests_item(utterance) else "product_details"),
        (
            parse_price_range(utterance)
            and not has_terms
            and not mentions_cart(utterance),
            "narrow_search",
        ),
    )


def _removes_one_item(utterance: str) -> bool:
    """Whether to remove one item, not everything: emptying a cart needs explicit words."""
    return wants_to_remove(utterance) and not _wants_everything(utterance)


def _wants_everything(utterance: str) -> bool:
    """Whether the whole cart is meant: not "all the mugs", nor "everything but the lamp"."""
    found = EVERYTHING_PATTERN.search(utterance)
    return found is not None and not extract_search_terms(found["object"] or "")


def _override_intent(state: DialogueState, match: IntentMatch) -> str:
    utterance, intent = state.utterance, match.intent
    is_order = (
        find_order_reference(utterance) is not None
        and match.nearest_intent not in ORDER_INTENTS
    )
    has_focus = bool(state.latest_result("product") or state.latest_result("products"))
    override = _first_match(
        (is_order, "track_order"),
        (
            intent == "empty_cart" and not _wants_everything(utterance),
            "remove_from_cart",
        ),
        (intent == "checkout" and has_pronoun(utterance) and has_focus, "add_to_cart"),
        (
            intent == "change_quantity"
            and not mentions_cart(utterance)
            and find_quantity(utterance) is None
            and asks_for_products(utterance),
            "find_products",
        ),
    )
    may_be_request = match.nearest_intent == "find_products" or intent == UNCLEAR
    return (
        override
        or (_match_product_request(utterance, match) if may_be_request else None)
        or intent
    )


def _match_product_request(utterance: str, match: IntentMatch) -> str | None:
    """The intent of an utterance that may be a request for a product."""
    is_short = 0 < len(extract_search_terms(utterance).split()) <= MAX_NAME_WORDS
    is_name = match.nearest_intent == "find_products" and is_short
    return _first_match(
        (asks_about_returns(utterance), "help"),
        (wants_to_add(utterance), "add_to_cart"),
        (asks_for_products(utterance) or is_name, "find_products"),
    )


def _first_match(*cases: tuple[object, str]) -> str | None:
    """The intent of the first case that holds."""
    return next((intent for holds, intent in cases if holds), None)
