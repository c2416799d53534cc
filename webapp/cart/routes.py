from sqlalchemy.orm import Session

from webapp.cart import service
from webapp.cart.schemas import Destination, RemoveQuery, SetQuantity
from webapp.cart.taxes import TaxTable
from webapp.cart.views import CartView
from webapp.http.access import Access, current_customer_id
from webapp.http.api import Api
from webapp.http.context import reading_session, runtime, transaction

api = Api("Cart", prefix="/cart")


def _build_view(session: Session, destination: Destination) -> CartView:
    settings = runtime().settings
    cart = service.view_taxed_cart(
        session,
        owner_id=current_customer_id(),
        taxes=TaxTable.from_settings(settings),
        country=destination.country,
        state=destination.state,
    )
    return CartView.from_cart(cart, currency=settings.currency)


@api.get("", access=Access.CUSTOMER, query=Destination, returns=CartView)
def show_cart(query: Destination) -> CartView:
    """The cart at current prices and stock, with the tax of its destination."""
    # Prices that the customer has not seen yet are marked as seen, by one statement.
    with reading_session() as session:
        return _build_view(session, query)


@api.post(
    "",
    access=Access.CUSTOMER,
    query=Destination,
    body=SetQuantity,
    returns=CartView,
    errors=(404, 409),
)
def set_quantity(query: Destination, body: SetQuantity) -> CartView:
    """Put a product in the cart, or set its quantity."""
    with transaction() as session:
        service.set_quantity(
            session,
            owner_id=current_customer_id(),
            product_id=body.product_id,
            variant_id=body.variant_id,
            quantity=body.quantity,
        )
        return _build_view(session, query)


@api.delete(
    "", access=Access.CUSTOMER, query=RemoveQuery, returns=CartView, errors=(404,)
)
def remove_product(query: RemoveQuery) -> CartView:
    """Remove one variant, one product with all of its variants, or everything."""
    with transaction() as session:
        if query.product_id is None and query.variant_id is None:
            service.empty_cart(session, owner_id=current_customer_id())
        else:
            service.remove_product(
                session,
                owner_id=current_customer_id(),
                product_id=query.product_id,
                variant_id=query.variant_id,
            )
        return _build_view(session, query)
