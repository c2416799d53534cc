"""What a turn of the support agent consists of, in a shop without products."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from threading import Event
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from strands.types.exceptions import (
    ContextWindowOverflowException,
    MaxTokensReachedException,
)

from agents.support.runner import PROMPT, build_runner
from tests.support.conversations import AgentConversation
from tests.support.factories import RowFactory
from tests.support.scripted_model import ScriptedModel, ScriptedTurn
from webapp.adapters.agents.port import Delta, Failure, Message, Principal, Turn, Typing
from webapp.adapters.embeddings.port import DIMENSIONS, Vectors
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.kit.clock import utc_now

START_SUGGESTIONS = [
    "Find a gift under $50",
    "What is in my cart?",
    "Where is my order?",
]


@pytest.fixture
def customer(runtime: Runtime) -> UUID:
    with runtime.db.unit_of_work() as session:
        return RowFactory(session).customer().id


def start_chat(
    runtime: Runtime, customer: UUID, *turns: ScriptedTurn
) -> tuple[AgentConversation, ScriptedModel]:
    model = ScriptedModel(*turns)
    runner = build_runner(runtime, model=model)
    return AgentConversation(runner, runtime.db, customer), model


def test_a_turn_says_what_it_does_and_ends_with_the_whole_message(
    runtime: Runtime, customer: UUID
) -> None:
    chat, _ = start_chat(runtime, customer, ("list_orders", {}), "You have none.")

    events = chat.send("my orders?")

    data: dict[str, Any] = {
        "response_type": "order_list",
        "orders": [],
        "suggestions": START_SUGGESTIONS,
        "action_buttons": [{"text": "View Orders", "action": "view_orders"}],
        "tools_used": ["list_orders"],
    }
    assert events == [
        Typing(),
        Typing(tool="list_orders"),
        Delta(text="You have none."),
        Message(message="You have none.", data=data),
    ]


def test_the_model_is_given_the_prompt_the_day_and_the_tools_of_its_agent(
    runtime: Runtime, customer: UUID
) -> None:
    chat, model = start_chat(runtime, customer, "Hello.")
    days = [utc_now()]

    chat.send("hello")

    days.append(utc_now())
    prompt = PROMPT.read_text(encoding="utf-8")
    assert model.system_prompt in {
        f"{prompt}\n\nToday is {day:%A, %d %B %Y} (UTC)." for day in days
    }
    assert sorted(model.tool_names) == [
        "add_to_cart",
        "empty_cart",
        "knowledge_search",
        "list_orders",
        "order_status",
        "product_details",
        "product_search",
        "remove_from_cart",
        "set_cart_quantity",
        "view_cart",
    ]


@pytest.mark.parametrize(
    "failure",
    [ContextWindowOverflowException("too long"), MaxTokensReachedException("cut")],
)
def test_a_model_that_cannot_answer_is_a_clear_failure(
    runtime: Runtime, customer: UUID, failure: Exception
) -> None:
    chat, _ = start_chat(runtime, customer, failure)

    assert chat.send("hello") == [
        Typing(),
        Failure(
            code="MODEL_UNAVAILABLE",
            message="The assistant is not available just now; "
            "please try again in a moment",
        ),
    ]


def test_a_model_that_overflows_is_asked_again_with_less(
    runtime: Runtime, customer: UUID
) -> None:
    overflow = ContextWindowOverflowException("too long")
    chat, model = start_chat(runtime, customer, "One.", "Two.", overflow, "Three.")
    for message in ("1", "2"):
        chat.send(message)

    assert chat.get_answer("3").message == "Three."

    texts = [[each["content"][0]["text"] for each in sent] for sent in model.requests]
    assert texts[2:] == [["1", "One.", "2", "Two.", "3"], ["3"]]


def test_a_turn_that_the_client_leaves_is_ended(
    runtime: Runtime, customer: UUID
) -> None:
    chat, model = start_chat(runtime, customer, "Here I am.")
    turn = Turn(Principal(customer), chat.session_id, "hello")
    events = chat.agent_client.stream_turn(turn)
    assert isinstance(events, Generator)
    assert next(events) == Typing()

    events.close()

    assert model.requests == []
    assert chat.get_answer("hello").message == "Here I am."


class BlankEmbedder:
    """To it no text is near any other, so that a message is searched for."""

    model = "blank"

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts.update(texts)
        return np.zeros((len(texts), DIMENSIONS), np.float32)


def test_without_another_model_the_local_one_answers(
    runtime: Runtime, customer: UUID
) -> None:
    embedder = BlankEmbedder()
    runner = build_runner(replace(runtime, embedder=embedder))
    chat = AgentConversation(runner, runtime.db, customer)

    answer = chat.get_answer("what is the weather today")

    assert "what is the weather today" in embedder.texts
    assert answer.data["tools_used"] == ["product_search"]


class ImpatientSettings(Settings):
    """Tools get no time at all."""

    @property
    def tool_timeout_s(self) -> int:
        return 0


class WaitingEmbedder:
    """Answers nobody before it may."""

    model = "waiting"

    def __init__(self) -> None:
        self.may_answer = Event()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.may_answer.wait(2)
        return np.zeros((len(texts), DIMENSIONS), np.float32)


def test_a_tool_gets_as_much_time_as_the_settings_say(
    runtime: Runtime, customer: UUID
) -> None:
    embedder = WaitingEmbedder()
    settings = ImpatientSettings.model_construct(**dict(runtime.settings))
    chat, model = start_chat(
        replace(runtime, settings=settings, embedder=embedder),
        customer,
        ("knowledge_search", {"question": "may I return it?"}),
        "Sorry.",
    )

    chat.get_answer("may I return it?")
    embedder.may_answer.set()

    [result] = model.get_last_tool_results()
    assert result["refused"] == "TOOL_TIMEOUT"
