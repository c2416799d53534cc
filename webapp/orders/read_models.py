"""What is read of orders besides their rows, and by what they are searched."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from webapp.orders.status import OrderStatus, PaymentStatus


@dataclass(frozen=True)
class OrderFilters:
    """An admin's filters of orders; an empty one does not filter."""

    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    start: datetime | None = None
    end: datetime | None = None
    """Exclusive."""
    needs_review: bool | None = None
    text: str | None = None


@dataclass(frozen=True)
class LatestOrder:
    """The customer's order that awaits payment or, without one, the newest."""

    id: UUID
    number: int
    status: OrderStatus
    placed_at: datetime


@dataclass(frozen=True)
class CustomerHistory:
    """What is known of a customer and their past orders when they place another one."""

    customer_since: datetime
    has_used_key: bool
    """Whether they have ordered with this idempotency key before."""
    latest_order: LatestOrder | None
    paid_orders: int
    orders_last_hour: int
    declined_last_day: int
    countries: frozenset[str]
    """Of paid orders."""
