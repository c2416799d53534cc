"""The structured data of the support agent's answers."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from agents.support.answer_data import RENDERERS, build_answer_data
from agents.tools.cart import CartResult
from agents.tools.knowledge import KnowledgeResult
from agents.tools.orders import OrderListResult, OrderResult
from agents.tools.products import ProductResult, ProductSearchResult
from agents.turn_trace import TurnTrace
from webapp.cart.views import CartLineView, CartView
from webapp.catalog.views import ProductDetailView, ProductSummaryView
from webapp.kit.json import ResponseBody
from webapp.knowledge.views import PassageView
from webapp.orders.status import OrderStatus, PaymentStatus
from webapp.orders.views import OrderDetailView, OrderSummaryView

PRODUCT_ID = UUID("0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f")
ORDER_ID = UUID("0190c5b7-1a2b-7c3d-8e4f-5a6b7c8d9e0f")
PRODUCT: dict[str, Any] = {
    "product_id": PRODUCT_ID,
    "name": "Linen apron",
    "brand": None,
    "category": "Kitchen",
    "price": 39_50,
    "currency": "USD",
    "stock": 12,
    "image_url": None,
    "has_variants": False,
}
ORDER: dict[str, Any] = {
    "order_id": ORDER_ID,
    "number": 1042,
    "status": OrderStatus.SHIPPED,
    "payment_status": PaymentStatus.PAID,
    "total_amount": 85_32,
    "currency": "USD",
    "timestamp": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    "placed_on": date(2026, 3, 1),
    "tracking_number": "TRACK-7",
    "items": [],
}
SUMMARY = ProductSummaryView(**PRODUCT)
DETAIL = ProductDetailView(
    **PRODUCT, description="Two pockets.", tags=[], attributes={}, variants=[]
)
FULL_CART = CartView.example(items=[CartLineView.example()], issues=[])
EMPTY_CART = CartView.example(items=[], issues=[], subtotal=0, tax=0, total_amount=0)
ORDER_SUMMARY = OrderSummaryView(**ORDER)
ORDER_DETAIL = OrderDetailView(**ORDER, subtotal=79_00, tax=6_32, events=[])
PASSAGE = PassageView(slug="returns", title="Returns", heading="How", text="30 days.")

START_SUGGESTIONS = [
    "Find a gift under $50",
    "What is in my cart?",
    "Where is my order?",
]


def search_result(*products: ProductSummaryView, total: int) -> ProductSearchResult:
    return ProductSearchResult(
        products=[*products], total=total, query="apron", corrected_query=None
    )


def in_json(*views: ResponseBody) -> list[dict[str, Any]]:
    return [view.model_dump(mode="json") for view in views]


CASES: dict[str, tuple[ResponseBody, dict[str, Any]]] = {
    "products": (
        search_result(SUMMARY, total=40),
        {
            "response_type": "product_list",
            "products": in_json(SUMMARY),
            "total": 40,
            "suggestions": ["Tell me more about the first one", "Show me cheaper ones"],
            "action_buttons": [
                {"text": "View Details", "action": "view_product"},
                {"text": "Add to Cart", "action": "add_to_cart"},
            ],
        },
    ),
    "no products": (
        search_result(total=0),
        {
            "response_type": "product_list",
            "products": [],
            "total": 0,
            "suggestions": ["Show me everything under $50"],
            "action_buttons": [],
        },
    ),
    "one product": (
        ProductResult(product=DETAIL),
        {
            "response_type": "product_list",
            "products": in_json(DETAIL),
            "total": 1,
            "suggestions": ["Add it to my cart", "Show me cheaper ones"],
            "action_buttons": [
                {
                    "text": "View Details",
                    "action": "view_product",
                    "productId": str(PRODUCT_ID),
                },
                {
                    "text": "Add to Cart",
                    "action": "add_to_cart",
                    "productId": str(PRODUCT_ID),
                },
            ],
        },
    ),
    "cart": (
        CartResult(cart=FULL_CART),
        {
            "response_type": "cart",
            "cart": in_json(FULL_CART)[0],
            "suggestions": ["Proceed to checkout", "Show me something else"],
            "action_buttons": [
                {"text": "View Cart", "action": "view_cart"},
                {"text": "Checkout", "action": "checkout"},
            ],
        },
    ),
    "empty cart": (
        CartResult(cart=EMPTY_CART),
        {
            "response_type": "cart",
            "cart": in_json(EMPTY_CART)[0],
            "suggestions": START_SUGGESTIONS,
            "action_buttons": [],
        },
    ),
    "order": (
        OrderResult(order=ORDER_DETAIL),
        {
            "response_type": "order",
            "order": in_json(ORDER_DETAIL)[0],
            "suggestions": ["Show my orders"],
            "action_buttons": [
                {
                    "text": "View Order",
                    "action": "view_order",
                    "orderId": str(ORDER_ID),
                }
            ],
        },
    ),
    "orders": (
        OrderListResult(orders=[ORDER_SUMMARY], more=False),
        {
            "response_type": "order_list",
            "orders": in_json(ORDER_SUMMARY),
            "suggestions": ["Where is my latest order?"],
            "action_buttons": [{"text": "View Orders", "action": "view_orders"}],
        },
    ),
    "no orders": (
        OrderListResult(orders=[], more=False),
        {
            "response_type": "order_list",
            "orders": [],
            "suggestions": START_SUGGESTIONS,
            "action_buttons": [{"text": "View Orders", "action": "view_orders"}],
        },
    ),
    "knowledge": (
        KnowledgeResult(passages=[PASSAGE]),
        {
            "response_type": "knowledge",
            "sources": in_json(PASSAGE),
            "suggestions": [
                "What is your return policy?",
                "How long does delivery take?",
            ],
            "action_buttons": [],
        },
    ),
}
"""A tool's result, and the answer without the tools that were used."""


@pytest.mark.parametrize(("result", "answer"), CASES.values(), ids=CASES.keys())
def test_the_last_tool_result_is_what_clients_render(
    result: ResponseBody, answer: dict[str, Any]
) -> None:
    trace = TurnTrace()
    trace.add_call("order_status")
    trace.add_call("the_last_tool")
    trace.add_call("order_status")
    trace.add_result("order_status", OrderResult(order=ORDER_DETAIL), {})
    trace.add_result("the_last_tool", result, {})

    assert build_answer_data(trace).model_dump(mode="json") == {
        **answer,
        "tools_used": ["order_status", "the_last_tool"],
    }


def test_without_a_result_there_is_only_text() -> None:
    trace = TurnTrace()
    trace.add_call("view_cart")

    assert build_answer_data(trace).model_dump(mode="json") == {
        "response_type": "text",
        "suggestions": START_SUGGESTIONS,
        "action_buttons": [],
        "tools_used": ["view_cart"],
    }


def test_every_kind_of_result_is_examined_here() -> None:
    assert {type(result) for result, _ in CASES.values()} == RENDERERS.keys()
