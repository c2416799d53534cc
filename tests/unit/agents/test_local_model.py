import asyncio
from collections.abc import Sequence

import pytest
from strands.types.content import Message
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agents.local.dialogue_state import DialogueState
from agents.local.model import LocalModel
from agents.local.plan import ToolPlan, call_tool

QUESTION: Message = {"role": "user", "content": [{"text": "the second  one"}]}
VIEW_CART: ToolSpec = {
    "name": "view_cart",
    "description": "The cart",
    "inputSchema": {"json": {}},
}


class EchoSkill:
    """Repeats the utterance with the cart it got for it."""

    def plan(self, state: DialogueState) -> ToolPlan:
        result = yield from call_tool("view_cart", owner="Ada")
        return f"{state.utterance}:\n{result['cart']}"


def stream(
    *messages: Message, tools: Sequence[ToolSpec] | None = (VIEW_CART,)
) -> list[StreamEvent]:
    async def collect() -> list[StreamEvent]:
        specs = None if tools is None else list(tools)
        return [
            event async for event in LocalModel(EchoSkill()).stream(messages, specs)
        ]

    return asyncio.run(collect())


def build_text_events(*words: str) -> list[StreamEvent]:
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockStart": {"start": {}}},
        *[StreamEvent(contentBlockDelta={"delta": {"text": word}}) for word in words],
        {"contentBlockStop": {}},
        {"messageStop": {"stopReason": "end_turn"}},
    ]


def test_a_planned_call_is_streamed_as_a_tool_use() -> None:
    assert stream(QUESTION) == [
        {"messageStart": {"role": "assistant"}},
        {
            "contentBlockStart": {
                "start": {"toolUse": {"name": "view_cart", "toolUseId": "local-1"}}
            }
        },
        {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"owner": "Ada"}'}}}},
        {"contentBlockStop": {}},
        {"messageStop": {"stopReason": "tool_use"}},
    ]


def test_the_answer_is_streamed_word_by_word() -> None:
    use: Message = {
        "role": "assistant",
        "content": [
            {"toolUse": {"toolUseId": "local-1", "name": "view_cart", "input": {}}}
        ],
    }
    result: Message = {
        "role": "user",
        "content": [
            {
                "toolResult": {
                    "toolUseId": "local-1",
                    "status": "success",
                    "content": [{"json": {"cart": "a mug"}}],
                }
            }
        ],
    }

    assert stream(QUESTION, use, result) == build_text_events(
        "the ", "second  ", "one:\n", "a ", "mug"
    )


@pytest.mark.parametrize("tools", [None, [], [VIEW_CART | {"name": "list_orders"}]])
def test_a_tool_that_the_agent_does_not_have_is_not_called(
    tools: Sequence[ToolSpec] | None,
) -> None:
    text = "I am sorry, that is not something I can do here."

    assert stream(QUESTION, tools=tools) == build_text_events(
        *text.replace(" ", " |").split("|")
    )


def test_the_configuration_is_updated() -> None:
    model = LocalModel(EchoSkill())

    model.update_config(model_id="another")

    assert model.get_config()["model_id"] == "another"
