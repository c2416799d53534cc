"""Every tool of the registry, as the agent loop calls it."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from agents.errors import AdminsOnly
from agents.tools.registry import build_registry
from agents.tools.strands_tools import ToolContext, bind_tools
from agents.tools.tool import Tool, ToolServices
from agents.turn_trace import TurnTrace
from tests.support.api_client import ApiClient
from tests.support.bound_tools import call_bound_tool
from tests.support.conversations import SeededShop
from tests.support.tool_arguments import ARGUMENTS
from webapp.adapters.agents.port import Principal
from webapp.app import create_app
from webapp.cart import service as carts
from webapp.orders.models import Order

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(shop: SeededShop) -> Iterator[Call]:
    """Calls a tool as the agent loop does; returns what the model is given."""
    with ThreadPoolExecutor(1) as executor:

        def call(tool: Tool, customer_id: UUID, **arguments: Any) -> dict[str, Any]:
            [bound] = bind_tools(
                [tool],
                ToolContext(shop.db, executor, timeout_s=15),
                principal=Principal(customer_id),
                trace=TurnTrace(),
            )
            [content] = call_bound_tool(bound, arguments)["content"]
            result: dict[str, Any] = content["json"]
            return result

        yield call


@pytest.fixture
def registry(shop: SeededShop) -> Mapping[str, Tool]:
    return build_registry(ToolServices.from_runtime(shop.runtime))


@pytest.fixture
def adas_cart(shop: SeededShop) -> list[tuple[UUID, int]]:
    with shop.db.unit_of_work() as session:
        carts.add_quantity(
            session,
            owner_id=shop.ada,
            product_id=shop.products["Glass Kettle"],
            quantity=2,
        )
    return list_quantities(shop, shop.ada)


def list_quantities(shop: SeededShop, owner_id: UUID) -> list[tuple[UUID, int]]:
    taxes = ToolServices.from_runtime(shop.runtime).taxes
    with shop.db.unit_of_work() as session:
        cart = carts.view_taxed_cart(session, owner_id=owner_id, taxes=taxes)
        return [(line.product_id, line.quantity) for line in cart.lines]


def find_private_data(shop: SeededShop, result: object) -> set[str]:
    """What is Ada's in a result: her order, its tracking number, her id."""
    private = {"TRACK-7", str(shop.order_id), str(shop.ada)}
    return {value for value in private if value in json.dumps(result)}


def test_every_tool_of_the_registry_is_examined_here(
    registry: Mapping[str, Tool],
) -> None:
    assert registry.keys() == ARGUMENTS.keys()
    assert len(registry) == 23


def test_reports_are_for_admins_only(registry: Mapping[str, Tool]) -> None:
    assert {name for name, tool in registry.items() if tool.admins_only} == {
        "find_values",
        "query_analytics",
        "explain_change",
        "find_anomalies",
        "forecast_metric",
        "measure_retention",
        "segment_customers",
        "measure_lifetime_value",
        "find_basket_pairs",
        "measure_price_effect",
        "measure_concentration",
        "examine_searches",
        "estimate_stock_outlook",
    }


@pytest.mark.parametrize("name", ["list_orders", "order_status"])
def test_the_model_is_not_given_where_an_order_goes(
    call: Call, shop: SeededShop, registry: Mapping[str, Tool], name: str
) -> None:
    address = {"name": "Ada Park", "street2": "Floor 2", "phone": "+1 217 555 0100"}
    with shop.db.unit_of_work() as session:
        session.get_one(Order, shop.order_id).shipping_address = address

    result = json.dumps(call(registry[name], shop.ada, **ARGUMENTS[name](shop)))

    assert "TRACK-7" in result
    assert [value for value in address.values() if value in result] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_tool_run_as_another_customer_shows_and_changes_nothing_of_the_first(
    call: Call,
    shop: SeededShop,
    registry: Mapping[str, Tool],
    adas_cart: list[tuple[UUID, int]],
    name: str,
) -> None:
    tool, arguments = registry[name], ARGUMENTS[name](shop)
    if tool.admins_only:
        with pytest.raises(AdminsOnly):
            call(tool, shop.bob)
        return

    result = call(tool, shop.bob, **arguments)

    assert find_private_data(shop, result) == set()
    assert "cart" not in result or all(
        item["quantity"] != 2 for item in result["cart"]["items"]
    )
    assert list_quantities(shop, shop.ada) == adas_cart


@pytest.mark.parametrize("name", ["list_orders", "order_status"])
def test_the_customer_is_shown_their_own_orders(
    call: Call, shop: SeededShop, registry: Mapping[str, Tool], name: str
) -> None:
    result = call(registry[name], shop.ada, **ARGUMENTS[name](shop))

    assert find_private_data(shop, result) == {"TRACK-7", str(shop.order_id)}


def test_the_cart_of_a_tool_is_the_cart_of_the_api(
    call: Call, shop: SeededShop, adas_cart: list[tuple[UUID, int]]
) -> None:
    taxed = {"tax_percent": Decimal("9.5"), "tax_table": {"DE": Decimal(19)}}
    settings = shop.runtime.settings.model_copy(update=taxed)
    runtime = replace(shop.runtime, settings=settings)
    view_cart = build_registry(ToolServices.from_runtime(runtime))["view_cart"]

    result = call(view_cart, shop.ada)

    assert result["cart"]["tax"] == 5.51
    assert result["cart"] == ApiClient(create_app(runtime), shop.ada).expect_ok(
        "GET", "/cart"
    )
    assert adas_cart
