from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from webapp.cart.schemas import AddressLine, State
from webapp.kit.json import (
    Amount,
    AmountIn,
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    example_config,
)
from webapp.kit.money import Currency
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


class AddressBody(RequestBody):
    street: AddressLine
    city: AddressLine
    state: State = ""
    zip_code: Annotated[str, Field(min_length=1, max_length=20)]
    country: AddressLine

    def as_stored(self) -> dict[str, Any]:
        return {
            "street": self.street,
            "city": self.city,
            "state": self.state,
            "zipCode": self.zip_code,
            "country": self.country,
        }


class PlaceOrder(RequestBody):
    model_config = example_config(
        {
            "paymentMethodId": "pm_card_visa",
            "shippingAddress": {
                "street": "1 Main Street",
                "city": "Springfield",
                "state": "IL",
                "zipCode": "62701",
                "country": "US",
            },
            "currency": "USD",
        }
    )

    payment_method_id: Annotated[str, Field(min_length=1, max_length=255)] | None = None
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
