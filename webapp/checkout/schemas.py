from typing import Annotated
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from webapp.checkout.address_checks import ADDRESS_CHECKS
from webapp.kit.address_fields import Country, Line, OptionalLine, Phone, PostalCode
from webapp.kit.address_formats import load_address_format
from webapp.kit.json import (
    Amount,
    AmountIn,
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    example_config,
)
from webapp.kit.money import Currency
from webapp.kit.text import ONE_LINE
from webapp.orders.status import Actor, OrderStatus, PaymentStatus
from webapp.orders.views import OrderEventView, OrderView

REQUIRES_ACTION_EXAMPLE = {
    "status": OrderStatus.REQUIRES_ACTION,
    "payment_status": PaymentStatus.UNPAID,
    "events": [
        OrderEventView.example(),
        OrderEventView.example(type="order.requires_action", actor=Actor.SYSTEM),
    ],
    "client_secret": f"{OrderView.example_values['payment_id']}_secret_9kQwErTyUiOpAsDf",
    "action_url": "https://hooks.stripe.com/3d_secure_2/hosted",
}
"""Example of an order that waits for the customer's authentication."""
CANCELED_EXAMPLE = {
    "status": OrderStatus.CANCELLED,
    "payment_status": PaymentStatus.REFUNDED,
    "events": [
        *OrderView.example_values["events"],
        OrderEventView.example(
            type="order.cancelled", timestamp="2026-03-01T10:12:00Z"
        ),
        OrderEventView.example(
            type="payment.refunded", timestamp="2026-03-01T10:12:00Z"
        ),
    ],
}
ALWAYS_STORED = ("street", "city", "state", "zipCode", "country")


class AddressBody(RequestBody):
    """What an address needs beside a street depends on its country: most need a city, many a postal
    code, some a state, province or prefecture."""

    # Declared first, as the checks of the others need it.
    country: Country
    """Any name or ISO code; answers have the code of two letters."""
    name: OptionalLine = ""
    company: OptionalLine = ""
    street: Line
    street2: OptionalLine = ""
    city: Annotated[OptionalLine, Field(validate_default=True)] = ""
    state: Annotated[OptionalLine, Field(validate_default=True)] = ""
    zip_code: Annotated[PostalCode, Field(validate_default=True)] = ""
    phone: Phone = ""

    @field_validator("city", "state", "zip_code")
    @classmethod
    def _fits_country(cls, value: str, info: ValidationInfo) -> str:
        country = info.data.get("country")
        if country is None or info.field_name is None:
            return value
        check = ADDRESS_CHECKS[info.field_name]
        return check(value, load_address_format(country), info.data)

    def as_stored(self) -> dict[str, str]:
        """With names of JSON; what is optional everywhere only if it is given."""
        return {
            name: value
            for name, value in self.model_dump(by_alias=True).items()
            if value or name in ALWAYS_STORED
        }


class PlaceOrder(RequestBody):
    model_config = example_config(
        {
            "paymentMethodId": "pm_card_visa",
            "shippingAddress": {
                "name": "Ada Park",
                "street": "1 Main Street",
                "city": "Springfield",
                "state": "IL",
                "zipCode": "62701",
                "country": "US",
            },
            "currency": "USD",
        }
    )

    payment_method_id: (
        Annotated[str, Field(min_length=1, max_length=255), ONE_LINE] | None
    ) = None
    """Of Stripe; required unless the total is zero."""
    shipping_address: AddressBody
    currency: Currency | None = None
    """Currency to pay in; the currency of the prices when absent."""
    expected_total: AmountIn | None = None
    """The total that the customer was shown, in that currency; another total is rejected. Without
    it, a price that has changed since the cart was last read is."""


class StatusQuery(RequestBody):
    model_config = example_config({"orderId": "0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f"})

    order_id: UUID


class PaymentStatusView(ResponseBody):
    example_values = {
        "order_id": OrderView.example_values["order_id"],
        "payment_id": OrderView.example_values["payment_id"],
        "intent_status": "requires_action",
        "amount": OrderView.example_values["total_amount"],
        "refunded": 0,
        "currency": "USD",
        **REQUIRES_ACTION_EXAMPLE,
    }

    order_id: UUID
    status: OrderStatus
    payment_status: PaymentStatus
    payment_id: OmittedIfNone[str] = None
    intent_status: OmittedIfNone[str] = None
    """Stripe's status of the PaymentIntent."""
    amount: Amount
    refunded: Amount
    currency: str
    decline_code: OmittedIfNone[str] = None
    client_secret: OmittedIfNone[str] = None
    action_url: OmittedIfNone[str] = None


class WebhookView(ResponseBody):
    received: bool = True
