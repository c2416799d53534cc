"""The agent runner, with a scripted model in the real loop."""

from uuid import uuid4

import pytest
from strands.types.exceptions import ModelThrottledException

from agents.runner import UNFINISHED
from agents.support.runner import build_runner
from tests.support.conversations import AgentConversation, SeededShop
from tests.support.factories import RowFactory
from tests.support.scripted_model import ScriptedModel, ScriptedTurn
from webapp.chat import service
from webapp.chat.service import AgentName
from webapp.kit.ids import new_id


def test_a_tool_writes_to_the_bound_customers_cart(shop: SeededShop) -> None:
    lamp = str(shop.products["Desk Lamp"])
    model = ScriptedModel(("add_to_cart", {"product_id": lamp, "quantity": 2}), "Done.")

    answer = AgentConversation(
        build_runner(shop.runtime, model=model), shop.db, shop.ada
    ).get_answer("go")

    [item] = answer.data["cart"]["items"]
    assert (item["productId"], item["quantity"]) == (lamp, 2)
    assert answer.message == "Done."


def test_one_of_two_variants_is_taken_out(shop: SeededShop) -> None:
    with shop.db.unit_of_work() as session:
        shirt = RowFactory(session).product(name="Shirt", variants=2)
        small, medium = (str(variant.id) for variant in shirt.variants)
    model = ScriptedModel(
        *(
            (tool, {"product_id": str(shirt.id), "variant_id": variant})
            for tool, variant in (
                ("add_to_cart", small),
                ("add_to_cart", medium),
                ("remove_from_cart", small),
            )
        ),
        "Done.",
    )

    answer = AgentConversation(
        build_runner(shop.runtime, model=model), shop.db, shop.ada
    ).get_answer("go")

    assert [i["variantId"] for i in answer.data["cart"]["items"]] == [medium]


def test_no_tool_takes_a_customer(shop: SeededShop) -> None:
    lamp = str(shop.products["Desk Lamp"])
    spoofed = {
        "product_id": lamp,
        "customer_id": str(shop.bob),
        "owner_id": str(shop.bob),
    }
    model = ScriptedModel(
        ("add_to_cart", spoofed), "Done.", ("view_cart", {}), "Empty."
    )
    runner = build_runner(shop.runtime, model=model)

    AgentConversation(runner, shop.db, shop.ada).get_answer("go")

    assert (
        AgentConversation(runner, shop.db, shop.bob)
        .get_answer("go")
        .data["cart"]["items"]
        == []
    )


def test_a_domain_error_reaches_the_model_and_changes_nothing(
    shop: SeededShop,
) -> None:
    lamp = str(shop.products["Desk Lamp"])
    model = ScriptedModel(
        ("add_to_cart", {"product_id": lamp, "quantity": 99}), "Sorry."
    )

    answer = AgentConversation(
        build_runner(shop.runtime, model=model), shop.db, shop.ada
    ).get_answer("go")

    [result] = model.get_last_tool_results()
    assert result["refused"] == "NOT_ENOUGH_STOCK"
    assert "cart" not in answer.data
    assert answer.data["tools_used"] == ["add_to_cart"]


@pytest.mark.parametrize("arguments", [{"product_id": "no identifier"}, {}])
def test_wrong_arguments_are_reported_to_the_model(
    shop: SeededShop, arguments: dict[str, str]
) -> None:
    model = ScriptedModel(("product_details", arguments), "Sorry.")

    AgentConversation(
        build_runner(shop.runtime, model=model), shop.db, shop.ada
    ).get_answer("go")

    assert "product_id" in str(model.get_last_tool_results())


def test_only_passages_that_are_near_the_question_reach_the_model(
    shop: SeededShop,
) -> None:
    model = ScriptedModel(
        ("knowledge_search", {"question": "can I send something back?"}),
        "Within 30 days.",
        ("knowledge_search", {"question": "who wrote the opera Tosca?"}),
        "I do not know.",
    )
    chat = AgentConversation(build_runner(shop.runtime, model=model), shop.db, shop.ada)

    chat.get_answer("may I return it?")
    [near] = model.get_last_tool_results()
    chat.get_answer("and Tosca?")
    [far] = model.get_last_tool_results()

    assert [passage["slug"] for passage in near["passages"]] == ["returns"]
    assert far["passages"] == []


def test_any_runner_can_continue_any_conversation(shop: SeededShop) -> None:
    first = ScriptedModel(("view_cart", {}), "It is empty.")
    second = ScriptedModel("As I said.")
    chat = AgentConversation(build_runner(shop.runtime, model=first), shop.db, shop.ada)
    chat.get_answer("what is in my cart?")

    chat.agent_client = build_runner(shop.runtime, model=second)
    chat.get_answer("and now?")

    roles = [message["role"] for message in second.requests[0]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    assert second.requests[0][0]["content"] == [{"text": "what is in my cart?"}]
    assert "toolResult" in second.requests[0][2]["content"][0]


def test_the_model_is_given_no_more_than_the_history_limit(shop: SeededShop) -> None:
    limit = shop.runtime.settings.chat_history_limit
    turns: list[ScriptedTurn] = [("view_cart", {}), "Empty."] * limit
    model = ScriptedModel(*turns)
    chat = AgentConversation(build_runner(shop.runtime, model=model), shop.db, shop.ada)

    for number in range(limit):
        chat.get_answer(f"message {number}")

    request = model.requests[-1]
    visible = [m for m in request if "text" in m["content"][0]]
    assert len(visible) <= limit + 1  # with the message that is being answered
    assert request[0]["role"] == "user"
    assert "text" in request[0]["content"][0]
    used = [
        b["toolUse"]["toolUseId"]
        for m in request
        for b in m["content"]
        if "toolUse" in b
    ]
    answered = [
        b["toolResult"]["toolUseId"]
        for m in request
        for b in m["content"]
        if "toolResult" in b
    ]
    assert used == answered


def test_history_has_the_messages_with_their_data_and_no_steps(
    shop: SeededShop,
) -> None:
    model = ScriptedModel(("view_cart", {}), "It is empty.")
    chat = AgentConversation(build_runner(shop.runtime, model=model), shop.db, shop.ada)
    chat.get_answer("my cart?")

    with shop.db.unit_of_work() as session:
        history = service.list_history(
            session,
            owner_id=shop.ada,
            agent=AgentName.SUPPORT,
            session_id=chat.session_id,
        )
        entries = [(message.role, message.text) for message in history]
        data = history[-1].data

    assert entries == [("user", "my cart?"), ("assistant", "It is empty.")]
    assert data["tools_used"] == ["view_cart"]


def test_a_session_of_another_customer_or_a_missing_one_is_rejected(
    shop: SeededShop,
) -> None:
    model = ScriptedModel()
    chat = AgentConversation(build_runner(shop.runtime, model=model), shop.db, shop.ada)
    chat.customer_id = shop.bob
    assert chat.get_failure("hello").code == "CHAT_SESSION_NOT_FOUND"
    chat.session_id = new_id()
    assert chat.get_failure("hello").code == "CHAT_SESSION_NOT_FOUND"
    assert model.requests == []


@pytest.mark.slow  # the SDK waits between its attempts
def test_a_model_that_stays_throttled_is_a_clear_failure(
    shop: SeededShop,
) -> None:
    slow = ModelThrottledException("slow down")
    model = ScriptedModel(slow, slow, slow)
    chat = AgentConversation(build_runner(shop.runtime, model=model), shop.db, shop.ada)

    assert chat.get_failure("hello").code == "MODEL_UNAVAILABLE"


def test_a_model_that_only_calls_tools_is_stopped(shop: SeededShop) -> None:
    model = ScriptedModel(*[("view_cart", {})] * 50)
    chat = AgentConversation(build_runner(shop.runtime, model=model), shop.db, shop.ada)

    assert chat.get_answer("hello").message == UNFINISHED
    assert len(model.requests) == 8


def test_an_unknown_product_is_rejected(shop: SeededShop) -> None:
    model = ScriptedModel(("product_details", {"product_id": str(uuid4())}), "No.")

    AgentConversation(
        build_runner(shop.runtime, model=model), shop.db, shop.ada
    ).get_answer("go")

    [result] = model.get_last_tool_results()
    assert result["refused"] == "PRODUCT_NOT_FOUND"
