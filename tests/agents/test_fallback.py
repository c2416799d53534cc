"""While a hosted model is unavailable, the local one answers."""

import pytest
from strands.models import Model

from agents.models.fallback import FallbackModel
from agents.support.runner import build_runner
from tests.support.conversations import AgentConversation, SeededShop
from tests.support.scripted_model import ScriptedModel, ScriptedTurn


def chat_with(
    shop: SeededShop, support_model: Model, *turns: ScriptedTurn
) -> AgentConversation:
    model = FallbackModel(
        ScriptedModel(*turns), support_model, failures=(ConnectionError,)
    )
    return AgentConversation(build_runner(shop.runtime, model=model), shop.db, shop.ada)


@pytest.mark.slow
def test_the_local_model_answers_for_one_that_cannot_be_reached(
    shop: SeededShop, support_model: Model
) -> None:
    chat = chat_with(shop, support_model, ConnectionError("refused"), "Back again.")

    answer = chat.get_answer("find a kettle under $25")

    assert [product["name"] for product in answer.data["products"]] == ["Travel Kettle"]
    assert chat.get_answer("hello").message == "Back again."


def test_a_model_that_fails_in_the_middle_is_a_clear_failure(
    shop: SeededShop, support_model: Model
) -> None:
    chat = chat_with(shop, support_model, ("view_cart", {}), ConnectionError("reset"))

    assert chat.get_failure("what is in my cart?").code == "MODEL_UNAVAILABLE"
