"""When a hosted model is away, the local one stands in for it."""

from strands.models import Model

from agents.models.stand_in import WithStandIn
from agents.support.host import open_host
from tests.support.conversations import Chat, Shop
from tests.support.scripted_model import ScriptedModel, Turn


def chat_with(shop: Shop, shop_assistant: Model, *turns: Turn) -> Chat:
    model = WithStandIn(
        ScriptedModel(*turns), shop_assistant, failures=(ConnectionError,)
    )
    return Chat(open_host(shop.runtime, model=model), shop.db, shop.ada)


def test_a_model_that_cannot_be_reached_is_stood_in_for(
    shop: Shop, shop_assistant: Model
) -> None:
    chat = chat_with(shop, shop_assistant, ConnectionError("refused"), "Back again.")

    answer = chat.say("find a kettle under $25")

    assert [product["name"] for product in answer.data["products"]] == ["Travel Kettle"]
    assert chat.say("hello").message == "Back again."


def test_a_model_that_goes_away_in_the_middle_is_a_clear_failure(
    shop: Shop, shop_assistant: Model
) -> None:
    chat = chat_with(shop, shop_assistant, ("view_cart", {}), ConnectionError("reset"))

    assert chat.fail("what is in my cart?").code == "MODEL_UNAVAILABLE"
