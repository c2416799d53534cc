"""The cart tools: what is in the cart afterwards, and what the model is told of it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from agents.tools.cart import build_tools
from agents.tools.tool import ToolServices
from tests.support.factories import RowFactory
from webapp.adapters.agents.port import Principal
from webapp.cart import service as carts
from webapp.cart.errors import BadQuantity, NotInCart
from webapp.catalog.models import Product


class CartTools:
    """Calls the tools as one customer, whose cart holds two each of the variants of a shirt."""

    def __init__(
        self, session: Session, services: ToolServices, make: RowFactory
    ) -> None:
        self._session = session
        self._principal = Principal(make.customer().id)
        self._tools = {tool.name: tool for tool in build_tools(services)}
        self.shirt = make.product(name="Shirt", price_minor=1000, variants=2)
        self.lamp = make.product(name="Lamp", price_minor=2250)
        for variant in self.shirt.variants:
            carts.add_quantity(
                session,
                owner_id=self._principal.customer_id,
                product_id=self.shirt.id,
                variant_id=variant.id,
                quantity=2,
            )

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        tool = self._tools[name]
        params = tool.params(**arguments)
        view = tool.function(self._session, self._principal, params)
        return view.model_dump(mode="json")


@pytest.fixture
def tools(session: Session, services: ToolServices, make: RowFactory) -> CartTools:
    return CartTools(session, services, make)


def count_units(result: dict[str, Any]) -> dict[str, int]:
    return {item["variantId"]: item["quantity"] for item in result["cart"]["items"]}


def ids(product: Product) -> tuple[str, ...]:
    """Of a product and its variants."""
    return str(product.id), *(str(variant.id) for variant in product.variants)


def test_viewing_the_cart_changes_nothing(tools: CartTools) -> None:
    _, small, medium = ids(tools.shirt)

    result = tools.call("view_cart")

    assert result.keys() == {"cart"}
    assert count_units(result) == {small: 2, medium: 2}
    cart = result["cart"]
    assert (cart["subtotal"], cart["tax"], cart["totalAmount"]) == (40, 3.2, 43.2)


def test_what_is_added_comes_on_top(tools: CartTools) -> None:
    shirt, small, medium = ids(tools.shirt)

    result = tools.call("add_to_cart", product_id=shirt, variant_id=medium, quantity=3)

    assert result["change"] == {"productId": shirt, "added": 3}
    assert count_units(result) == {small: 2, medium: 5}


def test_one_is_added_unless_a_quantity_is_named(tools: CartTools) -> None:
    lamp, lamp_variant = ids(tools.lamp)

    result = tools.call("add_to_cart", product_id=lamp)

    assert result["change"] == {"productId": lamp, "added": 1}
    assert count_units(result)[lamp_variant] == 1


def test_a_quantity_is_set_whatever_it_was(tools: CartTools) -> None:
    shirt, small, medium = ids(tools.shirt)

    result = tools.call(
        "set_cart_quantity", product_id=shirt, variant_id=medium, quantity=1
    )

    assert result["change"] == {"productId": shirt, "quantity": 1}
    assert count_units(result) == {small: 2, medium: 1}


@pytest.mark.parametrize("quantity", [-1, 0, 1000])
@pytest.mark.parametrize("name", ["add_to_cart", "set_cart_quantity"])
def test_a_quantity_out_of_range_is_refused(
    tools: CartTools, name: str, quantity: int
) -> None:
    with pytest.raises(BadQuantity) as error:
        tools.call(name, product_id=tools.lamp.id, quantity=quantity)

    assert error.value.message == "A quantity is a number from 1 to 999"
    assert str(tools.lamp.id) not in str(tools.call("view_cart"))


def test_a_variant_is_taken_out(tools: CartTools) -> None:
    shirt, small, medium = ids(tools.shirt)

    result = tools.call("remove_from_cart", product_id=shirt, variant_id=small)

    assert result["change"] == {"productId": shirt, "removed": True}
    assert count_units(result) == {medium: 2}


def test_without_a_variant_only_the_product_is_taken_out(tools: CartTools) -> None:
    shirt, *_ = ids(tools.shirt)
    lamp, lamp_variant = ids(tools.lamp)
    tools.call("add_to_cart", product_id=lamp)

    result = tools.call("remove_from_cart", product_id=shirt)

    assert count_units(result) == {lamp_variant: 1}


def test_what_is_not_in_the_cart_cannot_be_taken_out(tools: CartTools) -> None:
    with pytest.raises(NotInCart):
        tools.call("remove_from_cart", product_id=tools.lamp.id)


def test_the_cart_is_emptied(tools: CartTools) -> None:
    result = tools.call("empty_cart")

    assert result == {
        "cart": {
            "items": [],
            "subtotal": 0,
            "tax": 0,
            "totalAmount": 0,
            "currency": "USD",
            "issues": [],
        },
        "change": {"emptied": True},
    }
    assert tools.call("view_cart")["cart"] == result["cart"]


def test_an_empty_cart_has_the_currency_of_the_shop(
    session: Session, services: ToolServices, customer_id: UUID
) -> None:
    [view_cart, *_] = build_tools(replace(services, currency="EUR"))

    result = view_cart.function(session, Principal(customer_id), view_cart.params())

    assert result.model_dump(mode="json")["cart"]["currency"] == "EUR"


def test_the_quantity_of_what_is_not_in_the_cart_is_refused(tools: CartTools) -> None:
    with pytest.raises(NotInCart):
        tools.call("set_cart_quantity", product_id=tools.lamp.id, quantity=2)
    assert str(tools.lamp.id) not in str(tools.call("view_cart"))
