from typing import Annotated
from uuid import UUID

from pydantic import Field

from webapp.cart.service import MAX_QUANTITY
from webapp.kit.json import FORBID_EXTRA, RequestBody, example_config

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
