"""The structured data of answers is as the OpenAPI document describes it."""

import json
from collections.abc import Mapping

import pytest

from agents.insights.runner import build_runner as build_insights_runner
from agents.support.runner import build_runner as build_support_runner
from agents.tools.registry import build_registry
from agents.tools.tool import Tool, ToolServices
from tests.support.conversations import AgentConversation, SeededShop
from tests.support.scripted_model import ScriptedModel, ScriptedTurn
from tests.support.socket_schema import SocketSchema
from tests.support.tool_arguments import ARGUMENTS
from tests.support.web_apps import AppFactory
from webapp.adapters.agents.port import Message
from webapp.chat.protocol import MessageEvent
from webapp.chat.service import AgentName
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id

RESPONSE_TYPES = {
    "product_search": "product_list",
    "product_details": "product_list",
    "view_cart": "cart",
    "add_to_cart": "cart",
    "set_cart_quantity": "cart",
    "remove_from_cart": "cart",
    "empty_cart": "cart",
    "list_orders": "order_list",
    "order_status": "order",
    "knowledge_search": "knowledge",
    "query_analytics": "analytics",
    "find_values": "text",
    "explain_change": "analytics",
    "find_anomalies": "analytics",
    "forecast_metric": "analytics",
    "measure_retention": "analytics",
    "segment_customers": "analytics",
    "measure_lifetime_value": "analytics",
    "find_basket_pairs": "analytics",
    "measure_price_effect": "analytics",
    "measure_concentration": "analytics",
    "examine_searches": "analytics",
    "estimate_stock_outlook": "analytics",
}


@pytest.fixture
def registry(shop: SeededShop) -> Mapping[str, Tool]:
    return build_registry(ToolServices.from_runtime(shop.runtime))


def start_conversation(
    shop: SeededShop, agent: AgentName, *turns: ScriptedTurn
) -> AgentConversation:
    build_runner = {
        AgentName.SUPPORT: build_support_runner,
        AgentName.INSIGHTS: build_insights_runner,
    }[agent]
    return AgentConversation(
        build_runner(shop.runtime, model=ScriptedModel(*turns)),
        shop.db,
        shop.ada,
        agent=agent,
        groups=("admin",),
    )


@pytest.fixture
def schema(shop: SeededShop, create_app: AppFactory) -> SocketSchema:
    return SocketSchema.from_app(create_app(shop.runtime), "/ws/chat")


def find_problems(schema: SocketSchema, answer: Message) -> list[str]:
    """What the document does not say of the event that a client is sent."""
    event = MessageEvent(
        session_id=new_id(),
        message=answer.message,
        data=answer.data,
        timestamp=utc_now(),
    )
    return schema.find_problems(json.loads(event.model_dump_json()))


def test_every_tool_has_a_response_type(registry: Mapping[str, Tool]) -> None:
    assert registry.keys() == RESPONSE_TYPES.keys() == ARGUMENTS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", RESPONSE_TYPES)
def test_the_answer_after_a_tool_is_as_the_document_describes_it(
    shop: SeededShop, schema: SocketSchema, registry: Mapping[str, Tool], name: str
) -> None:
    """With something in the cart, as the customer has put the product there before."""
    agent = AgentName.INSIGHTS if registry[name].admins_only else AgentName.SUPPORT
    put = {"product_id": str(shop.products["Glass Kettle"])}
    first = [] if registry[name].admins_only else [("add_to_cart", put)]
    chat = start_conversation(
        shop, agent, *first, (name, dict(ARGUMENTS[name](shop))), "Done."
    )

    answer = chat.get_answer("go")

    assert answer.data["response_type"] == RESPONSE_TYPES[name]
    assert answer.data["tools_used"][-1] == name
    assert find_problems(schema, answer) == []


@pytest.mark.parametrize("agent", AgentName)
def test_an_answer_without_a_tool_is_as_the_document_describes_it(
    shop: SeededShop, schema: SocketSchema, agent: AgentName
) -> None:
    answer = start_conversation(shop, agent, "Hello.").get_answer("hello")

    assert answer.data["response_type"] == "text"
    assert find_problems(schema, answer) == []
