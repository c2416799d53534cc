"""`AGENT_MODEL`: any compatible server can be the model, with the same tools and prompts."""

import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from strands import Agent
from strands.models.ollama import OllamaModel
from strands.models.openai import OpenAIModel

from agents.local.dialogue_state import DialogueState
from agents.local.model import LocalModel
from agents.local.plan import ToolPlan, answer_with
from agents.models import ollama, openai
from agents.models.factory import build_model
from agents.models.fallback import FallbackModel
from agents.support.runner import build_runner
from tests.support.conversations import AgentConversation, SeededShop
from tests.support.openai_server import run_openai_server
from tests.support.ports import free_port
from webapp.config import Settings

AWS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test-only",
    "AWS_SECRET_ACCESS_KEY": "test-only",
}


def with_openai(shop: SeededShop, address: str) -> SeededShop:
    changes: dict[str, Any] = {
        "agent_model": "openai:scripted",
        "openai_base_url": address,
        "openai_api_key": SecretStr("sk-test-only"),
    }
    settings = shop.runtime.settings.model_copy(update=changes)
    return replace(shop, runtime=replace(shop.runtime, settings=settings))


@pytest.mark.slow
def test_a_compatible_server_can_be_the_model(shop: SeededShop) -> None:
    call = ("product_search", {"query": "kettle", "max_price": 25})
    with run_openai_server(call, "Here is one.") as (address, requests):
        shop = with_openai(shop, address)

        answer = AgentConversation(
            build_runner(shop.runtime), shop.db, shop.ada
        ).get_answer("a kettle under 25?")

    assert answer.message == "Here is one."
    assert [product["name"] for product in answer.data["products"]] == ["Travel Kettle"]
    first, second = requests
    assert first["model"] == "scripted"
    assert first["messages"][0]["role"] == "system"
    offered = {tool["function"]["name"] for tool in first["tools"]}
    assert {"product_search", "add_to_cart", "order_status"} <= offered
    assert "Travel Kettle" in json.dumps(second["messages"][-1])


@pytest.mark.slow  # its client waits between its attempts
def test_the_local_model_answers_while_the_server_is_unavailable(
    shop: SeededShop,
) -> None:
    shop = with_openai(shop, f"http://127.0.0.1:{free_port()}/v1")

    answer = AgentConversation(
        build_runner(shop.runtime), shop.db, shop.ada
    ).get_answer("find a kettle under $25")

    assert [product["name"] for product in answer.data["products"]] == ["Travel Kettle"]


class SilentSkill:
    """A skill with one answer, which needs no examples."""

    def plan(self, _: DialogueState) -> ToolPlan:
        return answer_with("I am the local model.")


def test_the_local_model_is_the_default() -> None:
    skill = SilentSkill()

    model = build_model(Settings(), skill)

    assert isinstance(model, LocalModel)
    assert model.skill is skill


@pytest.mark.parametrize("name", ["bedrock:amazon.nova-pro-v1:0", "ollama:llama3:8b"])
def test_the_setting_names_the_model(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in AWS.items():
        monkeypatch.setenv(variable, value)

    model = build_model(Settings(agent_model=name), SilentSkill())

    assert isinstance(model, FallbackModel)
    config = model.get_config()
    assert f"{name.partition(':')[0]}:{config['model_id']}" == name
    assert config["max_tokens"] == 1000


def test_ollama_is_called_at_its_own_address_and_replaced_while_it_is_unavailable() -> (
    None
):
    address = f"http://127.0.0.1:{free_port()}"
    settings = Settings(agent_model="ollama:llama3", ollama_host=address)
    model = build_model(settings, SilentSkill())

    agent = Agent(model=model, callback_handler=None)

    assert str(agent("hello")).strip() == "I am the local model."
    assert isinstance(hosted := ollama.build_model("llama3", settings), OllamaModel)
    assert hosted.host == address


@pytest.mark.parametrize("key", [None, "sk-test-only"])
def test_openai_is_called_at_its_own_address_with_its_key(key: str | None) -> None:
    address = "http://models.example/v1"
    settings = Settings(
        openai_base_url=address, openai_api_key=SecretStr(key) if key else None
    )

    hosted = openai.build_model("scripted", settings)

    assert isinstance(hosted, OpenAIModel)
    assert hosted.get_config() == {
        "model_id": "scripted",
        "params": {"max_tokens": 1000},
    }
    assert hosted.client_args == {"base_url": address, "api_key": key}
