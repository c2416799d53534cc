from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from webapp.cart.issues import Issue, IssueCode
from webapp.cart.read_models import CartRow
from webapp.cart.service import Cart
from webapp.catalog.schemas import ProductView, VariantView
from webapp.http.schemas import (
    FORBID_EXTRA,
    Amount,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)

MAX_QUANTITY = 999

AddressLine = Annotated[str, Field(min_length=1, max_length=200)]
State = Annotated[str, Field(max_length=200)]


class SetQuantity(RequestBody):
    model_config = example_config(
        {"productId": "0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f", "quantity": 2}
    )

    product_id: UUID
    variant_id: UUID | None = None
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] = 1


class Destination(RequestBody):
    """Where the goods are shipped, written as in the order's shipping address."""

    country: AddressLine | None = None
    """Selects the tax rate; without it, the shop's default rate applies."""
    state: State = ""


class RemoveQuery(Destination):
    """Without a product and a variant the whole cart is emptied."""

    model_config = FORBID_EXTRA

    product_id: UUID | None = None
    variant_id: UUID | None = None


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
