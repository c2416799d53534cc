"""Carts as JSON, for every entry point."""

from typing import Self
from uuid import UUID

from webapp.cart.issues import Issue, IssueCode
from webapp.cart.read_models import CartRow
from webapp.cart.service import Cart
from webapp.catalog.views import ProductView, VariantView
from webapp.kit.json import Amount, ResponseBody, Timestamp


class CartLineView(ResponseBody):
    example_values = {
        **ProductView.example_values,
        **VariantView.example_values,
        "quantity": 2,
        "line_total": 79_00,
        "added_at": "2026-03-01T09:21:30Z",
    }

    product_id: UUID
    variant_id: UUID
    name: str
    options: dict[str, str]
    image_url: str | None
    quantity: int
    price: Amount
    line_total: Amount
    currency: str
    stock: int
    added_at: Timestamp

    @classmethod
    def from_row(cls, line: CartRow) -> Self:
        return cls(
            product_id=line.product_id,
            variant_id=line.variant_id,
            name=line.name,
            options=line.options,
            image_url=line.image_url,
            quantity=line.quantity,
            price=line.price_minor,
            line_total=line.price_minor * line.quantity,
            currency=line.currency,
            stock=line.stock,
            added_at=line.added_at,
        )


class IssueView(ResponseBody):
    example_values = {
        "code": IssueCode.PRICE_CHANGED,
        "message": "Linen apron cost $45.00 when added and costs $39.50 now",
        "product_id": ProductView.example_values["product_id"],
        "variant_id": VariantView.example_values["variant_id"],
        "blocks_checkout": False,
    }

    code: IssueCode
    message: str
    product_id: UUID
    variant_id: UUID
    blocks_checkout: bool

    @classmethod
    def from_issue(cls, issue: Issue) -> Self:
        return cls(
            code=issue.code,
            message=issue.message,
            product_id=issue.product_id,
            variant_id=issue.variant_id,
            blocks_checkout=issue.blocks_checkout,
        )


class CartView(ResponseBody):
    example_values = {
        "subtotal": 79_00,
        "tax": 6_32,
        "total_amount": 85_32,
        "currency": "USD",
    }

    items: list[CartLineView]
    subtotal: Amount
    tax: Amount
    total_amount: Amount
    currency: str
    issues: list[IssueView]

    @classmethod
    def from_cart(cls, cart: Cart, *, currency: str) -> Self:
        """`currency` is shown for an empty cart."""
        return cls(
            items=[CartLineView.from_row(line) for line in cart.lines],
            subtotal=cart.totals.subtotal_minor,
            tax=cart.totals.tax_minor,
            total_amount=cart.totals.total_minor,
            currency=cart.currency or currency,
            issues=[IssueView.from_issue(issue) for issue in cart.issues],
        )
