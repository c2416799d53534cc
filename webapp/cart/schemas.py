from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from webapp.cart.service import MAX_QUANTITY
from webapp.kit.address_fields import Country, OptionalLine
from webapp.kit.address_formats import parse_state
from webapp.kit.json import WHOLE_NUMBER, RequestBody, example_config


class SetQuantity(RequestBody):
    model_config = example_config(
        {"productId": "0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f", "quantity": 2}
    )

    product_id: UUID
    variant_id: UUID | None = None
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY), WHOLE_NUMBER] = 1


class Destination(RequestBody):
    """Where the goods are shipped, written as in the order's shipping address."""

    country: Country | None = None
    """Any name or ISO code; selects the tax rate. Without it, the shop's default rate applies."""
    state: OptionalLine = ""

    @field_validator("state")
    @classmethod
    def _is_state(cls, state: str, info: ValidationInfo) -> str:
        country = info.data.get("country", "")
        if state and country is None:
            msg = f"which country is {state} in? Send `country` too"
            raise ValueError(msg)
        if country:
            parse_state(state, country=country)
        return state


class RemoveQuery(Destination):
    """Without a product and a variant the whole cart is emptied."""

    product_id: UUID | None = None
    variant_id: UUID | None = None
