"""Structured data of the support agent's answers, which clients render. Pure."""

from agents.tools.context import Json
from agents.turn_trace import TurnTrace

SUGGESTIONS = {
    "product_list": ["Tell me more about the first one", "Show me cheaper ones"],
    "no_products": ["Show me everything under $50"],
    "cart": ["Proceed to checkout", "Show me something else"],
    "order": ["Show my orders"],
    "order_list": ["Where is my latest order?"],
    "knowledge": ["What is your return policy?", "How long does delivery take?"],
    "text": ["Find a gift under $50", "What is in my cart?", "Where is my order?"],
}


def build_answer_data(trace: TurnTrace) -> Json:
    """From the last tool result that has something to render; in the seed's format."""
    for record in reversed(trace.results):
        for key, render in RENDERERS.items():
            if key in record.result:
                return render(record.result)
    return {
        "response_type": "text",
        "suggestions": SUGGESTIONS["text"],
        "action_buttons": [],
    }


def _products(result: Json) -> Json:
    products = result["products"]
    buttons = [
        button("View Details", "view_product"),
        button("Add to Cart", "add_to_cart"),
    ]
    return {
        "response_type": "product_list",
        "products": products,
        "total": result["total"],
        "suggestions": SUGGESTIONS["product_list" if products else "no_products"],
        "action_buttons": buttons if products else [],
    }


def _product(result: Json) -> Json:
    product = result["product"]
    product_id = product["productId"]
    return {
        "response_type": "product_list",
        "products": [product],
        "total": 1,
        "suggestions": ["Add it to my cart", "Show me cheaper ones"],
        "action_buttons": [
            button("View Details", "view_product", productId=product_id),
            button("Add to Cart", "add_to_cart", productId=product_id),
        ],
    }


def _cart(result: Json) -> Json:
    has_items = bool(result["cart"]["items"])
    buttons = [button("View Cart", "view_cart"), button("Checkout", "checkout")]
    return {
        "response_type": "cart",
        "cart": result["cart"],
        "suggestions": SUGGESTIONS["cart" if has_items else "text"],
        "action_buttons": buttons if has_items else [],
    }


def _order(result: Json) -> Json:
    order = result["order"]
    return {
        "response_type": "order",
        "order": order,
        "suggestions": SUGGESTIONS["order"],
        "action_buttons": [
            button("View Order", "view_order", orderId=order["orderId"])
        ],
    }


def _orders(result: Json) -> Json:
    return {
        "response_type": "order_list",
        "orders": result["orders"],
        "suggestions": SUGGESTIONS["order_list" if result["orders"] else "text"],
        "action_buttons": [button("View Orders", "view_orders")],
    }


def _passages(result: Json) -> Json:
    return {
        "response_type": "knowledge",
        "sources": result["passages"],
        "suggestions": SUGGESTIONS["knowledge"],
        "action_buttons": [],
    }


RENDERERS = {
    "products": _products,
    "product": _product,
    "cart": _cart,
    "order": _order,
    "orders": _orders,
    "passages": _passages,
}


def button(text: str, action: str, **target: str) -> Json:
    return {"text": text, "action": action, **target}
