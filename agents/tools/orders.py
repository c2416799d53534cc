"""Order tools."""

from uuid import UUID

from sqlalchemy.orm import Session

from agents.tools.tool import Tool, ToolParams, ToolServices, build_tool
from webapp.adapters.agents.port import Principal
from webapp.kit.errors import Invalid
from webapp.kit.json import ResponseBody
from webapp.orders import service
from webapp.orders.models import Order
from webapp.orders.views import OrderDetailView, OrderSummaryView

MAX_ORDERS = 20


class BadOrderReference(Invalid):
    code = "BAD_ORDER_REFERENCE"


class ListOrdersParams(ToolParams):
    limit: int = 5
    """How many, 20 at most."""


class OrderStatusParams(ToolParams):
    order: str
    """Its number (1042) or its identifier, as the customer wrote it."""


class OrderListResult(ResponseBody):
    orders: list[OrderSummaryView]
    more: bool
    """Whether there are older ones."""


class OrderResult(ResponseBody):
    order: OrderDetailView


def list_orders(
    session: Session, principal: Principal, params: ListOrdersParams
) -> OrderListResult:
    """The customer's latest orders, the newest first."""
    page = service.list_orders(
        session,
        owner_id=principal.customer_id,
        limit=max(1, min(params.limit, MAX_ORDERS)),
    )
    return OrderListResult(
        orders=[OrderSummaryView.from_order(order) for order in page.items],
        more=page.last_key is not None,
    )


def order_status(
    session: Session, principal: Principal, params: OrderStatusParams
) -> OrderResult:
    """Where one of the customer's orders is: status, items, events, tracking. An order that is
    not found is not theirs: name it, and show no other instead."""
    order = _find_order(session, principal, params.order.strip(" #"))
    return OrderResult(order=OrderDetailView.from_order(order))


def _find_order(session: Session, principal: Principal, reference: str) -> Order:
    owner_id = principal.customer_id
    if reference.isdecimal() and len(reference) <= 15:
        return service.require_order_by_number(
            session, owner_id=owner_id, number=int(reference)
        )
    try:
        order_id = UUID(reference)
    except ValueError as error:
        raise BadOrderReference(
            f"The customer has no order {reference}; an order has a number, like 1042",
            order=reference,
        ) from error
    return service.require_order(session, owner_id=owner_id, order_id=order_id)


def build_tools(_: ToolServices) -> list[Tool]:
    return [
        build_tool(list_orders, ListOrdersParams),
        build_tool(order_status, OrderStatusParams),
    ]
