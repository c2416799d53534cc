"""Structured data of the support agent's answers, which clients render. Pure."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from agents.tools.cart import CartResult
from agents.tools.knowledge import KnowledgeResult
from agents.tools.orders import OrderListResult, OrderResult
from agents.tools.products import ProductResult, ProductSearchResult
from agents.turn_trace import TurnTrace
from webapp.chat.answers import (
    ActionButton,
    AnswerBody,
    CartAnswer,
    KnowledgeAnswer,
    OrderAnswer,
    OrderListAnswer,
    ProductListAnswer,
    TextAnswer,
)
from webapp.kit.json import ResponseBody

SUGGESTIONS = {
    "product_list": ["Tell me more about the first one", "Show me cheaper ones"],
    "product": ["Add it to my cart", "Show me cheaper ones"],
    "no_products": ["Show me everything under $50"],
    "cart": ["Proceed to checkout", "Show me something else"],
    "order": ["Show my orders"],
    "order_list": ["Where is my latest order?"],
    "knowledge": ["What is your return policy?", "How long does delivery take?"],
    "text": ["Find a gift under $50", "What is in my cart?", "Where is my order?"],
}


def build_answer_data(trace: TurnTrace) -> AnswerBody:
    """From the last tool result; in the seed's format."""
    if not trace.results:
        return TextAnswer(suggestions=SUGGESTIONS["text"], tools_used=trace.tools_used)
    view = trace.results[-1].view
    return RENDERERS[type(view)](view, tools_used=trace.tools_used)


def _render_products(result: ProductSearchResult, **common: Any) -> ProductListAnswer:
    has_products = bool(result.products)
    buttons = [
        ActionButton(text="View Details", action="view_product"),
        ActionButton(text="Add to Cart", action="add_to_cart"),
    ]
    return ProductListAnswer(
        products=result.products,
        total=result.total,
        suggestions=SUGGESTIONS["product_list" if has_products else "no_products"],
        action_buttons=buttons if has_products else [],
        **common,
    )


def _render_product(result: ProductResult, **common: Any) -> ProductListAnswer:
    button = partial(ActionButton, product_id=result.product.product_id)
    return ProductListAnswer(
        products=[result.product],
        total=1,
        suggestions=SUGGESTIONS["product"],
        action_buttons=[
            button(text="View Details", action="view_product"),
            button(text="Add to Cart", action="add_to_cart"),
        ],
        **common,
    )


def _render_cart(result: CartResult, **common: Any) -> CartAnswer:
    has_items = bool(result.cart.items)
    buttons = [
        ActionButton(text="View Cart", action="view_cart"),
        ActionButton(text="Checkout", action="checkout"),
    ]
    return CartAnswer(
        cart=result.cart,
        suggestions=SUGGESTIONS["cart" if has_items else "text"],
        action_buttons=buttons if has_items else [],
        **common,
    )


def _render_order(result: OrderResult, **common: Any) -> OrderAnswer:
    button = ActionButton(
        text="View Order", action="view_order", order_id=result.order.order_id
    )
    return OrderAnswer(
        order=result.order,
        suggestions=SUGGESTIONS["order"],
        action_buttons=[button],
        **common,
    )


def _render_orders(result: OrderListResult, **common: Any) -> OrderListAnswer:
    return OrderListAnswer(
        orders=result.orders,
        suggestions=SUGGESTIONS["order_list" if result.orders else "text"],
        action_buttons=[ActionButton(text="View Orders", action="view_orders")],
        **common,
    )


def _render_passages(result: KnowledgeResult, **common: Any) -> KnowledgeAnswer:
    return KnowledgeAnswer(
        sources=result.passages, suggestions=SUGGESTIONS["knowledge"], **common
    )


RENDERERS: Mapping[type[ResponseBody], Callable[..., AnswerBody]] = {
    ProductSearchResult: _render_products,
    ProductResult: _render_product,
    CartResult: _render_cart,
    OrderResult: _render_order,
    OrderListResult: _render_orders,
    KnowledgeResult: _render_passages,
}
"""How each tool's result is rendered. A tool of this agent that is not here is a bug."""
