"""Cart tools: each shows the customer's cart as it is afterwards."""

from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from agents.tools.tool import (
    NoParams,
    Tool,
    ToolParams,
    ToolServices,
    build_tool,
)
from webapp.adapters.agents.port import Principal
from webapp.cart import service
from webapp.cart.views import CartView
from webapp.kit.json import OmittedIfNone, ResponseBody


class AddToCartParams(ToolParams):
    product_id: UUID
    """Identifier from a product search result."""
    quantity: int = 1
    """How many to add."""
    variant_id: UUID | None = None
    """Which variant; needed only when the product has several."""


class SetCartQuantityParams(ToolParams):
    product_id: UUID
    """Identifier from the cart or a search result."""
    quantity: int
    """How many the customer wants in total."""
    variant_id: UUID | None = None
    """Which variant; needed only when the product has several."""


class RemoveFromCartParams(ToolParams):
    product_id: UUID
    """Identifier from the cart."""
    variant_id: UUID | None = None
    """Which variant; without it all variants of the product go."""


class CartChange(ResponseBody):
    """What a tool changed in the cart."""

    product_id: OmittedIfNone[UUID] = None
    added: OmittedIfNone[int] = None
    quantity: OmittedIfNone[int] = None
    removed: OmittedIfNone[bool] = None
    emptied: OmittedIfNone[bool] = None


class CartResult(ResponseBody):
    cart: CartView
    change: OmittedIfNone[CartChange] = None


def view_cart(
    session: Session, principal: Principal, _: NoParams, *, services: ToolServices
) -> CartResult:
    """Show what is in the customer's cart, with prices, tax and total."""
    return _load_cart(session, principal, services)


def add_to_cart(
    session: Session,
    principal: Principal,
    params: AddToCartParams,
    *,
    services: ToolServices,
) -> CartResult:
    """Put more of a product in the customer's cart, in addition to what is there already."""
    service.add_quantity(
        session,
        owner_id=principal.customer_id,
        product_id=params.product_id,
        variant_id=params.variant_id,
        quantity=params.quantity,
    )
    change = CartChange(product_id=params.product_id, added=params.quantity)
    return _load_cart(session, principal, services, change)


def set_cart_quantity(
    session: Session,
    principal: Principal,
    params: SetCartQuantityParams,
    *,
    services: ToolServices,
) -> CartResult:
    """Change how many of a product are in the customer's cart. It must be there already."""
    service.set_quantity(
        session,
        owner_id=principal.customer_id,
        product_id=params.product_id,
        variant_id=params.variant_id,
        quantity=params.quantity,
        only_existing=True,
    )
    change = CartChange(product_id=params.product_id, quantity=params.quantity)
    return _load_cart(session, principal, services, change)


def remove_from_cart(
    session: Session,
    principal: Principal,
    params: RemoveFromCartParams,
    *,
    services: ToolServices,
) -> CartResult:
    """Take a product out of the customer's cart."""
    service.remove_product(
        session,
        owner_id=principal.customer_id,
        product_id=params.product_id,
        variant_id=params.variant_id,
    )
    change = CartChange(product_id=params.product_id, removed=True)
    return _load_cart(session, principal, services, change)


def empty_cart(
    session: Session, principal: Principal, _: NoParams, *, services: ToolServices
) -> CartResult:
    """Take everything out of the customer's cart. Only when they asked for that."""
    service.empty_cart(session, owner_id=principal.customer_id)
    return _load_cart(session, principal, services, CartChange(emptied=True))


def _load_cart(
    session: Session,
    principal: Principal,
    services: ToolServices,
    change: CartChange | None = None,
) -> CartResult:
    cart = service.view_taxed_cart(
        session, owner_id=principal.customer_id, taxes=services.taxes
    )
    view = CartView.from_cart(cart, currency=services.currency)
    return CartResult(cart=view, change=change)


def build_tools(services: ToolServices) -> list[Tool]:
    return [
        build_tool(partial(view_cart, services=services), NoParams),
        build_tool(partial(add_to_cart, services=services), AddToCartParams),
        build_tool(
            partial(set_cart_quantity, services=services), SetCartQuantityParams
        ),
        build_tool(partial(remove_from_cart, services=services), RemoveFromCartParams),
        build_tool(partial(empty_cart, services=services), NoParams),
    ]
