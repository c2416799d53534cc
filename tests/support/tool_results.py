"""Results of tools, as a model reads them; built of the tools' own views, without a shop.

Amounts are in minor units, as everywhere inside.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from agents.tools.cart import CartChange, CartResult
from agents.tools.knowledge import KnowledgeResult
from agents.tools.orders import OrderListResult, OrderResult
from agents.tools.products import ProductResult, ProductSearchResult
from webapp.cart.issues import IssueCode
from webapp.cart.views import CartLineView, CartView, IssueView
from webapp.catalog.views import (
    ProductDetailView,
    ProductSummaryView,
    ProductView,
    VariantView,
)
from webapp.kit.json import ResponseBody
from webapp.knowledge.views import PassageView
from webapp.orders.views import OrderDetailView, OrderItemView, OrderSummaryView

Json = dict[str, Any]
NAMESPACE = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
PLAIN = {"brand": None, "price": 49_00, "stock": 12, "has_variants": False}


def build_id(*names: str) -> UUID:
    """The id of a product with this name; with "variant" and options, of its variant."""
    return uuid5(NAMESPACE, "/".join(names))


def build_product(name: str, **values: Any) -> ProductSummaryView:
    common = ProductView.example_values | PLAIN
    return ProductSummaryView.example(
        **common | {"product_id": build_id(name), "name": name} | values
    )


def build_search_result(
    *products: ProductSummaryView,
    total: int | None = None,
    corrected_query: str | None = None,
) -> Json:
    return _to_json(
        ProductSearchResult(
            products=list(products),
            total=len(products) if total is None else total,
            query="",
            corrected_query=corrected_query,
        )
    )


def build_variant(product: str, *options: str, **values: Any) -> VariantView:
    """A variant with options as `Color=Blue`."""
    return VariantView.example(
        variant_id=build_id(product, "variant", *options),
        options=dict(option.split("=") for option in options),
        **values,
    )


def build_details(
    name: str, *, variants: Sequence[VariantView] = (), **values: Any
) -> Json:
    """Details of a product; of a plain one, if it has no variants."""
    common = ProductView.example_values | PLAIN | {"attributes": {}}
    variants = variants or [build_variant(name)]
    view = ProductDetailView.example(
        **common
        | {
            "product_id": build_id(name),
            "name": name,
            "variants": variants,
            "has_variants": len(variants) > 1,
        }
        | values
    )
    return _to_json(ProductResult(product=view))


def build_line(
    name: str, *options: str, quantity: int = 1, price: int = 49_00
) -> CartLineView:
    return CartLineView.example(
        product_id=build_id(name),
        variant_id=build_id(name, "variant", *options),
        name=name,
        options=dict(option.split("=") for option in options),
        quantity=quantity,
        price=price,
        line_total=price * quantity,
    )


def build_cart(
    *lines: CartLineView,
    issues: Sequence[str] = (),
    change: CartChange | None = None,
) -> Json:
    """A cart that is taxed at 10 %."""
    subtotal = sum(line.line_total for line in lines)
    cart = CartView(
        items=list(lines),
        subtotal=subtotal,
        tax=subtotal // 10,
        total_amount=subtotal + subtotal // 10,
        currency="USD",
        issues=[
            IssueView.example(code=IssueCode.PRICE_CHANGED, message=message)
            for message in issues
        ],
    )
    return _to_json(CartResult(cart=cart, change=change))


def build_added(*lines: CartLineView, quantity: int = 1) -> Json:
    """The cart after so many of the last line were added."""
    change = CartChange(product_id=lines[-1].product_id, added=quantity)
    return build_cart(*lines, change=change)


def build_order_item(name: str, quantity: int = 1) -> OrderItemView:
    return OrderItemView.example(name=name, quantity=quantity)


def build_order(**values: Any) -> Json:
    return _to_json(OrderResult(order=OrderDetailView.example(**_order_values(values))))


def build_order_list(*orders: Json) -> Json:
    """A list of orders, each with these values."""
    summaries = [OrderSummaryView.example(**_order_values(order)) for order in orders]
    return _to_json(OrderListResult(orders=summaries, more=False))


def _order_values(values: Json) -> Json:
    return {
        "order_id": build_id(f"order {values.get('number', 1042)}"),
        "number": 1042,
        "status": "PAID",
        "payment_status": "PAID",
        "subtotal": 98_00,
        "tax": 9_80,
        "total_amount": 107_80,
        "currency": "USD",
        "timestamp": "2026-03-01T09:30:00Z",
        "placed_on": "2026-03-01",
        "tracking_number": None,
        "items": [build_order_item("Copper Kettle", 2)],
        "events": [],
    } | values


def build_passages(*texts: tuple[str, str]) -> Json:
    """Passages of the help pages, as pairs of a title and a text."""
    passages = [
        PassageView(slug=title.casefold(), title=title, heading=title, text=text)
        for title, text in texts
    ]
    return _to_json(KnowledgeResult(passages=passages))


def build_error(code: str, message: str = "Something broke") -> Json:
    return {"refused": code, "message": message}


def _to_json(view: ResponseBody) -> Json:
    return view.model_dump(mode="json")
