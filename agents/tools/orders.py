"""Order tools. The customer is bound at construction; the model cannot choose one."""

from uuid import UUID

from sqlalchemy.orm import Session
from strands import tool
from strands.types.tools import AgentTool, ToolResult

from agents.tools.context import Json, ToolContext
from agents.tools.views import order_detail_view, order_summary_view
from webapp.kit.errors import Invalid
from webapp.orders import service
from webapp.orders.models import Order

MAX_ORDERS = 20


class BadOrderReference(Invalid):
    code = "BAD_ORDER_REFERENCE"


class OrderTools:
    def __init__(self, context: ToolContext, *, customer_id: UUID) -> None:
        self._context = context
        self._customer_id = customer_id

    def list_tools(self) -> list[AgentTool]:
        return [self.list_orders, self.order_status]

    @tool
    async def list_orders(self, limit: int = 5) -> ToolResult:
        """The customer's latest orders, the newest first.

        Args:
            limit: How many, 20 at most.
        """

        def list_page(session: Session) -> Json:
            page = service.list_orders(
                session,
                owner_id=self._customer_id,
                limit=max(1, min(limit, MAX_ORDERS)),
            )
            return {
                "orders": [order_summary_view(order) for order in page.items],
                "more": page.last_key is not None,
            }

        return await self._context.run_in_unit_of_work(list_page)

    @tool
    async def order_status(self, order: str) -> ToolResult:
        """Where one of the customer's orders is: status, items, events, tracking.

        Args:
            order: Its number (1042) or its identifier, as the customer wrote it.
        """

        def load_order(session: Session) -> Json:
            return {"order": order_detail_view(self._find(session, order.strip(" #")))}

        return await self._context.run_in_unit_of_work(load_order)

    def _find(self, session: Session, reference: str) -> Order:
        if reference.isdecimal() and len(reference) <= 15:
            return service.require_order_by_number(
                session, owner_id=self._customer_id, number=int(reference)
            )
        try:
            order_id = UUID(reference)
        except ValueError as error:
            raise BadOrderReference("An order has a number, like 1042") from error
        return service.require_order(
            session, owner_id=self._customer_id, order_id=order_id
        )
