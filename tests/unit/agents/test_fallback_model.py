"""Which of the two models answers, and what it is given."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from strands.models import Model
from strands.types.content import Message
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agents.local.model import CALL_ID_PREFIX
from agents.models.fallback import FallbackModel, ModelUnavailable

START: StreamEvent = {"messageStart": {"role": "assistant"}}
BLOCK_START: StreamEvent = {"contentBlockStart": {"start": {}}}
QUESTION: Message = {"role": "user", "content": [{"text": "my cart?"}]}
TOOLS: list[ToolSpec] = [
    {"name": "view_cart", "description": "", "inputSchema": {"json": {}}}
]


@dataclass
class FakeModel(Model):
    """Answers with its name; with a failure, it fails after the events `before` it."""

    name: str
    failure: Exception | None = None
    before: Sequence[StreamEvent] = ()
    requests: list[Any] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)

    async def stream(
        self, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append((args, kwargs))
        if self.failure:
            for event in self.before:
                yield event
            raise self.failure
        for event in complete_answer(self.name):
            yield event

    def update_config(self, **config: Any) -> None:
        self.config |= config

    def get_config(self) -> Any:
        return self.config

    async def structured_output(
        self, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[Any, None]:
        yield self.name, args, kwargs


def complete_answer(text: str) -> list[StreamEvent]:
    return [
        START,
        BLOCK_START,
        {"contentBlockDelta": {"delta": {"text": text}}},
        {"contentBlockStop": {}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]


def with_calls(*call_ids: str) -> list[Message]:
    """The question, and the tool calls that were made for it so far."""
    messages = [QUESTION]
    for call_id in call_ids:
        use: Any = {"toolUseId": call_id, "name": "view_cart", "input": {}}
        result: Any = {"toolUseId": call_id, "status": "success", "content": []}
        messages += [
            {"role": "assistant", "content": [{"toolUse": use}]},
            {"role": "user", "content": [{"toolResult": result}]},
        ]
    return messages


def stream_all(
    model: FakeModel, fallback: FakeModel, messages: list[Message]
) -> list[StreamEvent]:
    async def collect() -> list[StreamEvent]:
        both = FallbackModel(model, fallback, failures=(ConnectionError, TimeoutError))
        events = both.stream(messages, TOOLS, "Be brief.", tool_choice={"auto": {}})
        return [event async for event in events]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    "call_ids",
    [(), ("hosted-1",), ("hosted-1", "hosted-2"), (f"{CALL_ID_PREFIX}1", "hosted-2")],
)
def test_the_model_answers_and_is_given_everything(call_ids: tuple[str, ...]) -> None:
    model, fallback = FakeModel("hosted"), FakeModel("local")
    messages = with_calls(*call_ids)

    assert stream_all(model, fallback, messages) == complete_answer("hosted")

    assert model.requests == [
        ((messages, TOOLS, "Be brief."), {"tool_choice": {"auto": {}}})
    ]
    assert fallback.requests == []


@pytest.mark.parametrize("failure", [ConnectionError("refused"), TimeoutError()])
@pytest.mark.parametrize("before", [(), (START,), (START, BLOCK_START)])
def test_the_fallback_answers_for_a_model_that_has_said_nothing(
    failure: Exception, before: Sequence[StreamEvent]
) -> None:
    model, fallback = FakeModel("hosted", failure, before), FakeModel("local")

    events = stream_all(model, fallback, [QUESTION])

    assert events == complete_answer("local")
    assert fallback.requests == [(([QUESTION], TOOLS), {})]


def test_what_the_fallback_has_begun_it_also_finishes() -> None:
    model, fallback = FakeModel("hosted"), FakeModel("local")
    messages = with_calls(f"{CALL_ID_PREFIX}1", f"{CALL_ID_PREFIX}3")

    assert stream_all(model, fallback, messages) == complete_answer("local")

    assert model.requests == []
    assert fallback.requests == [((messages, TOOLS), {})]


@pytest.mark.parametrize(
    ("messages", "before"),
    [
        ([QUESTION], complete_answer("As I was")[:3]),
        (with_calls("hosted-1"), []),
    ],
)
def test_a_model_that_fails_after_it_has_begun_is_unavailable(
    messages: list[Message], before: list[StreamEvent]
) -> None:
    refused = ConnectionError("refused")
    model = FakeModel("hosted", refused, before)
    fallback = FakeModel("local")

    with pytest.raises(ModelUnavailable) as failure:
        stream_all(model, fallback, messages)

    assert failure.value.__cause__ is refused
    assert (failure.value.code, failure.value.message) == (
        "MODEL_UNAVAILABLE",
        "The assistant is not available just now; please try again in a moment",
    )
    assert fallback.requests == []


def test_a_bug_is_no_reason_to_fall_back() -> None:
    model, fallback = FakeModel("hosted", ValueError("a bug")), FakeModel("local")

    with pytest.raises(ValueError, match="a bug"):
        stream_all(model, fallback, [QUESTION])

    assert fallback.requests == []


def test_the_configuration_is_that_of_the_model() -> None:
    model, fallback = FakeModel("hosted"), FakeModel("local")
    both = FallbackModel(model, fallback, failures=())

    both.update_config(temperature=0)

    assert both.get_config() == {"temperature": 0}
    assert fallback.config == {}


def test_structured_output_is_that_of_the_model() -> None:
    both = FallbackModel(FakeModel("hosted"), FakeModel("local"), failures=())

    async def collect() -> list[Any]:
        return [
            event async for event in both.structured_output(dict, [QUESTION], limit=1)
        ]

    assert asyncio.run(collect()) == [("hosted", (dict, [QUESTION]), {"limit": 1})]
