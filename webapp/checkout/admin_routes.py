"""Orders for admins: search, status changes and refunds."""

from uuid import UUID

from sqlalchemy.orm import Session

from webapp.checkout import steps
from webapp.checkout.admin_schemas import (
    AdminOrderView,
    OrderChange,
    OrdersQuery,
    PaymentEventView,
    RefundBody,
    RefundItemView,
    RefundView,
)
from webapp.http.api import Api
from webapp.http.context import transaction
from webapp.http.schemas import ListQuery, ListView
from webapp.kit.scopes import Scope
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import PaymentStatus
from webapp.payments import service as payments

api = Api("Orders (admin)")


@api.get(
    "/admin/orders",
    access=Scope.ORDERS_READ,
    query=OrdersQuery,
    returns=ListView[AdminOrderView],
)
def list_orders(query: OrdersQuery) -> ListView[AdminOrderView]:
    """All customers' orders, newest first."""
    with transaction() as session:
        page = orders.search_orders(
            session,
            filters=query.to_filters(),
            limit=query.limit,
            last_key=query.last_key,
        )
        emails = orders.find_customer_emails(session, orders=page.items)
        return ListView[AdminOrderView](
            items=[
                AdminOrderView.from_order_with_emails(order, emails=emails)
                for order in page.items
            ],
            last_key=page.last_key,
        )


@api.get(
    "/admin/orders/<uuid:order_id>",
    access=Scope.ORDERS_READ,
    returns=AdminOrderView,
    errors=(404,),
)
def show_order(order_id: UUID) -> AdminOrderView:
    """An order of any customer."""
    with transaction() as session:
        return _build_view(
            session, orders.require_order_unscoped(session, order_id=order_id)
        )


@api.put(
    "/admin/orders/<uuid:order_id>",
    access=Scope.ORDERS_WRITE,
    body=OrderChange,
    returns=AdminOrderView,
    errors=(404, 409),
)
def change_order(order_id: UUID, body: OrderChange) -> AdminOrderView:
    """Change an order's status: process (which also ends a review), ship, deliver or cancel."""
    with transaction() as session:
        order = steps.advance_order(
            session,
            order_id=order_id,
            to=body.status,
            tracking_number=body.tracking_number,
        )
        return _build_view(session, order)


@api.get(
    "/admin/payment-events",
    access=Scope.PAYMENTS_READ,
    query=ListQuery,
    returns=ListView[PaymentEventView],
)
def list_problem_events(query: ListQuery) -> ListView[PaymentEventView]:
    """Events that Stripe has signed and the shop has not understood, newest first.

    Nothing was done about them; Stripe's dashboard shows them by their id.
    """
    with transaction() as session:
        page = payments.list_problem_events(
            session, limit=query.limit, last_key=query.last_key
        )
        return ListView[PaymentEventView](
            items=[PaymentEventView.from_event(event) for event in page.items],
            last_key=page.last_key,
        )


@api.post(
    "/payment/refund",
    access=Scope.PAYMENTS_WRITE,
    body=RefundBody,
    returns=RefundView,
    errors=(404, 409),
)
def refund(body: RefundBody) -> RefundView:
    """Refund a part of an order or all that is left; the refund is sent in the background.

    With `items` it is known what it was for: analytics count it for the products of these lines,
    and one without them for none. An item without an amount gets its share of `amount`, or without
    that what was paid for its units, tax included; with the amounts of all items, `amount` is their
    sum. 400 `BAD_REFUND_ITEM` and 409 `REFUND_ITEM_TOO_LARGE` name the `field` that is wrong.
    """
    with transaction() as session:
        order, row = steps.refund(
            session,
            order_id=body.order_id,
            amount_minor=body.amount,
            items=[item.to_request() for item in body.items or ()],
            reason=body.reason,
        )
        items = payments.list_refund_items(session, refund_id=row.id)
        return RefundView(
            refund_id=row.id,
            order_id=order.id,
            amount=row.amount_minor,
            items=[RefundItemView.from_item(item) for item in items],
            reason=row.reason,
            payment_status=PaymentStatus(order.payment_status),
        )


def _build_view(session: Session, order: Order) -> AdminOrderView:
    emails = orders.find_customer_emails(session, orders=[order])
    return AdminOrderView.from_order_with_emails(order, emails=emails)
