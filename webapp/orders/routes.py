from uuid import UUID

from webapp.http.access import Access, current_customer_id
from webapp.http.api import Api
from webapp.http.context import reading_session
from webapp.http.schemas import ListQuery, ListView
from webapp.orders import service
from webapp.orders.views import OrderView

api = Api("Orders", prefix="/orders")


@api.get("", access=Access.CUSTOMER, query=ListQuery, returns=ListView[OrderView])
def list_orders(query: ListQuery) -> ListView[OrderView]:
    """The customer's orders, newest first."""
    with reading_session() as session:
        page = service.list_orders(
            session,
            owner_id=current_customer_id(),
            limit=query.limit,
            last_key=query.last_key,
        )
        return ListView[OrderView](
            items=[OrderView.from_order(order) for order in page.items],
            last_key=page.last_key,
        )


@api.get("/<uuid:order_id>", access=Access.CUSTOMER, returns=OrderView, errors=(404,))
def show_order(order_id: UUID) -> OrderView:
    """One of the customer's orders, with its events."""
    with reading_session() as session:
        return OrderView.from_order(
            service.require_order(
                session, owner_id=current_customer_id(), order_id=order_id
            )
        )
