"""Orders as JSON, for every entry point."""

from datetime import date
from typing import Any, Self
from uuid import UUID

from webapp.accounts.schemas import RegisteredView
from webapp.catalog.views import ProductView, VariantView
from webapp.kit.json import Amount, OmittedIfNone, ResponseBody, Timestamp
from webapp.orders.addresses import normalize_country
from webapp.orders.models import Order, OrderEvent, OrderItem
from webapp.orders.status import Actor, OrderStatus, PaymentStatus


class OrderItemView(ResponseBody):
    example_values = {
        **ProductView.example_values,
        **VariantView.example_values,
        "item_id": "0190c5b7-1a2b-7c3d-8e4f-5a6b7c8d9e10",
        "quantity": 2,
        "line_total": 79_00,
    }

    item_id: UUID
    product_id: UUID | None
    variant_id: UUID | None
    name: str
    sku: str
    image_url: str | None
    quantity: int
    price: Amount
    line_total: Amount

    @classmethod
    def from_item(cls, item: OrderItem) -> Self:
        return cls(
            item_id=item.id,
            product_id=item.product_id,
            variant_id=item.variant_id,
            name=item.name,
            sku=item.sku,
            image_url=item.image_url,
            quantity=item.quantity,
            price=item.unit_price_minor,
            line_total=item.line_total_minor,
        )


class OrderEventView(ResponseBody):
    example_values = {
        "type": "order.placed",
        "actor": Actor.CUSTOMER,
        "timestamp": "2026-03-01T09:30:00Z",
    }

    type: str
    actor: Actor
    timestamp: Timestamp

    @classmethod
    def from_event(cls, event: OrderEvent, **extra: Any) -> Self:
        return cls(
            type=event.type,
            actor=Actor(event.actor),
            timestamp=event.created_at,
            **extra,
        )


class OrderView(ResponseBody):
    example_values = {
        "order_id": "0190c5b7-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
        "number": 1042,
        **RegisteredView.example_values,
        "subtotal": 79_00,
        "tax": 6_32,
        "total_amount": 85_32,
        "currency": "USD",
        "status": OrderStatus.PAID,
        "payment_status": PaymentStatus.PAID,
        "payment_id": "pi_3QxYzAbCdEfGhIjK0LmNoPqR",
        "shipping_address": {
            "name": "Ada Park",
            "street": "1 Main Street",
            "city": "Springfield",
            "state": "IL",
            "zipCode": "62701",
            "country": "US",
        },
        "timestamp": OrderEventView.example_values["timestamp"],
        "events": [
            OrderEventView.example(),
            OrderEventView.example(type="order.paid", actor=Actor.SYSTEM),
        ],
    }

    order_id: UUID
    number: int
    user_id: UUID | None
    items: list[OrderItemView]
    subtotal: Amount
    tax: Amount
    total_amount: Amount
    currency: str
    status: OrderStatus
    payment_status: PaymentStatus
    payment_id: OmittedIfNone[str] = None
    """Stripe's PaymentIntent, once there is one."""
    shipping_address: dict[str, str]
    """As in the request, the country as its ISO code; `name`, `company`, `street2` and `phone` only
    if they were given."""
    tracking_number: OmittedIfNone[str] = None
    client_secret: OmittedIfNone[str] = None
    """For 3-D Secure in the browser; only in the response to `POST /orders`."""
    action_url: OmittedIfNone[str] = None
    """A page on which the customer can authenticate."""
    timestamp: Timestamp
    events: list[OrderEventView]

    @classmethod
    def from_order(cls, order: Order, **extra: Any) -> Self:
        return cls(
            order_id=order.id,
            number=order.number,
            user_id=order.customer_id,
            items=[OrderItemView.from_item(item) for item in order.items],
            subtotal=order.subtotal_minor,
            tax=order.tax_minor,
            total_amount=order.total_minor,
            currency=order.currency,
            status=OrderStatus(order.status),
            payment_status=PaymentStatus(order.payment_status),
            payment_id=order.payment_id,
            shipping_address=normalize_country(order.shipping_address),
            tracking_number=order.tracking_number,
            timestamp=order.placed_at,
            events=[OrderEventView.from_event(event) for event in order.events],
            **extra,
        )


class DatedOrderEventView(OrderEventView):
    on: date
    """The day of its timestamp, in UTC."""

    @classmethod
    def from_event(cls, event: OrderEvent, **extra: Any) -> Self:
        return super().from_event(event, on=event.created_at.date(), **extra)


class OrderSummaryView(ResponseBody):
    """An order as it appears in a conversation: without addresses and payments."""

    order_id: UUID
    number: int
    status: OrderStatus
    payment_status: PaymentStatus
    total_amount: Amount
    currency: str
    timestamp: Timestamp
    placed_on: date
    """The day of its timestamp, in UTC."""
    tracking_number: str | None
    items: list[OrderItemView]

    @classmethod
    def from_order(cls, order: Order, **extra: Any) -> Self:
        return cls(
            order_id=order.id,
            number=order.number,
            status=OrderStatus(order.status),
            payment_status=PaymentStatus(order.payment_status),
            total_amount=order.total_minor,
            currency=order.currency,
            timestamp=order.placed_at,
            placed_on=order.placed_at.date(),
            tracking_number=order.tracking_number,
            items=[OrderItemView.from_item(item) for item in order.items],
            **extra,
        )


class OrderDetailView(OrderSummaryView):
    subtotal: Amount
    tax: Amount
    events: list[DatedOrderEventView]

    @classmethod
    def from_order(cls, order: Order, **extra: Any) -> Self:
        return super().from_order(
            order,
            subtotal=order.subtotal_minor,
            tax=order.tax_minor,
            events=[DatedOrderEventView.from_event(event) for event in order.events],
            **extra,
        )
