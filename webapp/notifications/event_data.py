"""The data of an event, for its mail template and its webhook payload, loaded by the ids in the
arguments of its job."""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow, VariantRow
from webapp.db import outbox
from webapp.db.outbox import OutboxMessage
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.payments import service as payments


@dataclass(frozen=True)
class RefundEventData:
    """A refund as it was when it was made: it may have failed since."""

    id: UUID
    amount_minor: int


@dataclass(frozen=True)
class OrderEventData:
    order: Order
    refunded_minor: int
    """Of a refund's event: all refunds up to that one."""
    refund: RefundEventData | None = None
    """`None` for other events, and for those that an earlier version enqueued."""


@dataclass(frozen=True)
class StockEventData:
    product: ProductRow
    variant: VariantRow


@dataclass(frozen=True)
class JobEventData:
    job: OutboxMessage


class PauseCause(StrEnum):
    """Why a report was paused by itself, which says how it is mended."""

    NO_ACCESS = "no_access"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ReportEventData:
    report_id: UUID
    report_name: str
    reason: str
    cause: PauseCause


EventData = OrderEventData | StockEventData | ReportEventData | JobEventData
"""The names of the fields are those that the mail templates use."""


def load_event_data(
    session: Session, subject: dict[str, str], *, with_history: bool
) -> EventData:
    """Raises `NotFound` for what no longer exists.

    `with_history` loads an order's events: webhooks report them, mails do not.
    """
    if "order_id" in subject:
        order_id = UUID(subject["order_id"])
        data = _load_order(session, order_id, with_history=with_history)
        return _add_refund(data, subject) if "refund_id" in subject else data
    if "variant_id" in subject:
        product = catalog.require_product(
            session, product_id=UUID(subject["product_id"]), active_only=False
        )
        variant = catalog.choose_variant(
            product, variant_id=UUID(subject["variant_id"])
        )
        return StockEventData(product, variant)
    if "report_id" in subject:
        return _load_report(subject)
    return JobEventData(outbox.require_message(session, UUID(subject["message_id"])))


def _load_report(subject: dict[str, str]) -> ReportEventData:
    return ReportEventData(
        report_id=UUID(subject["report_id"]),
        report_name=subject["report_name"],
        reason=subject["reason"],
        # An earlier version, which knew one cause, has enqueued none.
        cause=PauseCause(subject.get("cause", PauseCause.NO_ACCESS)),
    )


def _add_refund(data: OrderEventData, subject: dict[str, str]) -> OrderEventData:
    refund = RefundEventData(UUID(subject["refund_id"]), int(subject["refund_minor"]))
    return replace(data, refunded_minor=int(subject["refunded_minor"]), refund=refund)


def _load_order(
    session: Session, order_id: UUID, *, with_history: bool
) -> OrderEventData:
    return OrderEventData(
        order=orders.require_order_unscoped(
            session, order_id=order_id, with_events=with_history
        ),
        refunded_minor=payments.find_refunded(session, order_id=order_id),
    )
