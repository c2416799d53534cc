from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator

from webapp.catalog.limits import MAX_STOCK
from webapp.http.schemas import ListQuery
from webapp.kit.json import (
    WHOLE_NUMBER,
    Amount,
    AmountIn,
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)
from webapp.kit.text import ONE_LINE
from webapp.orders.models import Order
from webapp.orders.read_models import OrderFilters
from webapp.orders.status import WEB_CHANNEL, Actor, OrderStatus, PaymentStatus
from webapp.orders.views import OrderEventView, OrderItemView, OrderView
from webapp.payments.models import RefundItem, StripeEvent
from webapp.payments.refund_items import RequestedItem


class OrdersQuery(ListQuery):
    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    from_: Annotated[AwareDatetime | None, Field(alias="from")] = None
    """Placed at or after (ISO 8601 with a zone, or unix seconds)."""
    to: AwareDatetime | None = None
    """Placed before."""
    needs_review: bool | None = None
    q: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE] | None = None
    """Number, id, tracking number, reference or the customer's e-mail address."""

    def to_filters(self) -> OrderFilters:
        start: datetime | None = self.from_
        return OrderFilters(
            status=self.status,
            payment_status=self.payment_status,
            start=start,
            end=self.to,
            needs_review=self.needs_review,
            text=self.q,
        )


class PaymentEventView(ResponseBody):
    example_values = {
        "event_id": "evt_1Q2w3E4r5T6y7U8i",
        "type": "payment_intent.succeeded",
        "problem": "PAYMENT_REQUEST_REFUSED: No such payment_intent: 'pi_1Q2w3E'",
        "received_at": "2026-02-27T14:05:00Z",
    }

    event_id: str
    """Stripe's; `sha256:` and the hash of the body for bytes that have none."""
    type: str
    """Empty for bytes that are no event."""
    problem: str
    received_at: Timestamp

    @classmethod
    def from_event(cls, event: StripeEvent) -> Self:
        return cls(
            event_id=event.event_id,
            type=event.type,
            problem=event.problem or "",
            received_at=event.received_at,
        )


class OrderChange(RequestBody):
    model_config = example_config(
        {"status": "SHIPPED", "trackingNumber": "1Z999AA10123456784"}
    )

    status: OrderStatus
    tracking_number: (
        Annotated[str, Field(min_length=1, max_length=100), ONE_LINE] | None
    ) = None


class AdminOrderView(OrderView):
    """An order with the fields that only admins see."""

    example_values = {
        "status": OrderStatus.SHIPPED,
        "tracking_number": "1Z999AA10123456784",
        "events": [
            *OrderView.example_values["events"],
            OrderEventView.example(type="order.processing", actor=Actor.SYSTEM),
            OrderEventView.example(
                type="order.shipped",
                actor=Actor.ADMIN,
                timestamp="2026-03-02T13:05:00Z",
            ),
        ],
        "email": "ada@example.com",
        "channel": WEB_CHANNEL,
        "base_currency": "USD",
        "tax_percent": Decimal("8.0000"),
        "risk_score": 10,
        "risk_reasons": ["first order"],
        "needs_review": False,
    }

    email: str | None
    channel: OmittedIfNone[str] = None
    """How it was placed: `web` through this shop, else what the imported file says."""
    customer_ref: OmittedIfNone[str] = None
    external_ref: OmittedIfNone[str] = None
    base_currency: OmittedIfNone[str] = None
    exchange_rate: OmittedIfNone[Decimal] = None
    rounding: OmittedIfNone[str] = None
    tax_percent: OmittedIfNone[Decimal] = None
    risk_score: int
    risk_reasons: list[str]
    needs_review: bool

    @classmethod
    def from_order_with_emails(
        cls, order: Order, *, emails: Mapping[UUID, str]
    ) -> Self:
        """`emails` are keyed by customer id."""
        return cls.from_order(
            order,
            email=emails.get(order.customer_id) if order.customer_id else None,
            channel=order.channel,
            customer_ref=order.customer_ref,
            external_ref=order.external_ref,
            base_currency=order.base_currency,
            exchange_rate=order.exchange_rate,
            rounding=order.rounding,
            tax_percent=order.tax_percent,
            risk_score=order.risk_score,
            risk_reasons=order.risk_reasons,
            needs_review=order.needs_review,
        )


class RefundItemBody(RequestBody):
    item_id: UUID
    """`itemId` of the order's line."""
    quantity: Annotated[int, Field(ge=1, le=MAX_STOCK), WHOLE_NUMBER]
    """Units that are paid back."""
    amount: Annotated[AmountIn, Field(gt=0)] | None = None
    """With tax."""

    def to_request(self) -> RequestedItem:
        return RequestedItem(self.item_id, self.quantity, self.amount)


class RefundBody(RequestBody):
    model_config = example_config(
        {
            "orderId": "0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f",
            "amount": 12.5,
            "reason": "One cup was broken",
        }
    )

    order_id: UUID
    amount: Annotated[AmountIn, Field(gt=0)] | None = None
    """That of the items when absent; without them, all that is left."""
    items: (
        Annotated[list[RefundItemBody], Field(min_length=1, max_length=200)] | None
    ) = None
    """The lines that it is for."""
    reason: Annotated[str, Field(min_length=1, max_length=500), ONE_LINE]

    @field_validator("items")
    @classmethod
    def _check_items_differ(
        cls, items: list[RefundItemBody] | None
    ) -> list[RefundItemBody] | None:
        ids = [item.item_id for item in items or ()]
        if len(set(ids)) < len(ids):
            msg = "a line is there twice"
            raise ValueError(msg)
        return items


class RefundItemView(ResponseBody):
    example_values = {
        "item_id": OrderItemView.example_values["item_id"],
        "quantity": 1,
        "amount": 12_50,
    }

    item_id: UUID
    quantity: int
    amount: Amount

    @classmethod
    def from_item(cls, item: RefundItem) -> Self:
        return cls(
            item_id=item.order_item_id,
            quantity=item.quantity,
            amount=item.amount_minor,
        )


class RefundView(ResponseBody):
    example_values = {
        "refund_id": "0190c70a-6f70-7182-8d3e-4f5061728394",
        "order_id": OrderView.example_values["order_id"],
        "amount": 12_50,
        "reason": "One cup was broken",
        "payment_status": PaymentStatus.PARTIALLY_REFUNDED,
    }

    refund_id: UUID
    order_id: UUID
    amount: Amount
    items: list[RefundItemView]
    """Empty when it is not known what it was for."""
    reason: str
    payment_status: PaymentStatus
