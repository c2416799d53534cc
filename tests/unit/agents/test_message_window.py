"""How much of a conversation the model is given."""

import pytest
from strands import Agent
from strands.types.content import ContentBlock, Message, Role
from strands.types.exceptions import ContextWindowOverflowException

from agents.sessions import VisibleMessageWindow, find_window_start, is_step, join_text
from tests.support.scripted_model import ScriptedModel

CALL: ContentBlock = {"toolUse": {"toolUseId": "1", "name": "view_cart", "input": {}}}
RESULT: ContentBlock = {
    "toolResult": {"toolUseId": "1", "status": "success", "content": []}
}
STEPS: dict[str, tuple[Role, ContentBlock]] = {
    "call": ("assistant", CALL),
    "result": ("user", RESULT),
}


def write_messages(*names: str) -> list[Message]:
    """`call` and `result` are a step; `ask…` is the customer's, all else is an answer."""
    return [
        {"role": STEPS[name][0], "content": [STEPS[name][1]]}
        if name in STEPS
        else {
            "role": "user" if name.startswith("ask") else "assistant",
            "content": [{"text": name}],
        }
        for name in names
    ]


THREE_TURNS = write_messages(
    *("ask 1", "answer 1"),
    *("ask 2", "call", "result", "answer 2"),
    *("ask 3", "answer 3"),
)


@pytest.mark.parametrize(
    ("max_visible", "start"),
    [(6, 0), (5, 2), (4, 2), (3, 6), (2, 6), (1, 6), (0, 6)],
)
def test_the_window_begins_with_a_customers_message(
    max_visible: int, start: int
) -> None:
    """At most so many visible messages; steps between them do not count, and the last turn
    always stays."""
    assert find_window_start(THREE_TURNS, max_visible=max_visible) == start


@pytest.mark.parametrize("messages", [[], write_messages("answer", "call", "result")])
def test_without_a_customers_message_nothing_is_cut(messages: list[Message]) -> None:
    assert find_window_start(messages, max_visible=0) == 0


def build_agent(window: VisibleMessageWindow, *messages: str) -> Agent:
    return Agent(
        model=ScriptedModel(),
        messages=write_messages(*messages),
        conversation_manager=window,
        callback_handler=None,
    )


def read_texts(agent: Agent) -> list[str]:
    return [join_text(message) for message in agent.messages]


def test_what_is_cut_is_counted() -> None:
    """The session manager begins behind it when the conversation is continued."""
    window = VisibleMessageWindow(2)
    agent = build_agent(window, "ask 1", "answer 1", "ask 2", "answer 2")

    window.apply_management(agent)
    window.apply_management(agent)

    assert read_texts(agent) == ["ask 2", "answer 2"]
    assert window.removed_message_count == 2
    agent.messages += write_messages("ask 3", "answer 3", "ask 4", "answer 4")
    window.apply_management(agent)
    assert read_texts(agent) == ["ask 4", "answer 4"]
    assert window.removed_message_count == 6


OVERFLOW = ContextWindowOverflowException("too long")


@pytest.mark.parametrize("error", [OVERFLOW, None])
def test_an_overflow_halves_what_the_model_is_given(error: Exception | None) -> None:
    window = VisibleMessageWindow(20)
    agent = build_agent(
        window,
        *("ask 1", "answer 1", "ask 2", "call", "result", "answer 2"),
        *("ask 3", "call", "result", "answer 3", "ask 4", "answer 4"),
    )

    window.reduce_context(agent, error)

    assert read_texts(agent) == ["ask 3", "", "", "answer 3", "ask 4", "answer 4"]


def test_a_single_message_can_be_cut_before_the_last_turn() -> None:
    window = VisibleMessageWindow(20)
    agent = build_agent(window, "ask 1", "ask 2", "answer 2")

    window.reduce_context(agent, OVERFLOW)

    assert read_texts(agent) == ["ask 2", "answer 2"]


def test_a_turn_that_alone_is_too_long_is_a_failure() -> None:
    window = VisibleMessageWindow(20)
    agent = build_agent(window, "ask 1", "call", "result")

    with pytest.raises(ContextWindowOverflowException) as failure:
        window.reduce_context(agent, OVERFLOW)

    assert failure.value.__cause__ is OVERFLOW
    assert len(agent.messages) == 3


def test_nothing_fails_when_the_window_is_reduced_ahead_of_an_overflow() -> None:
    window = VisibleMessageWindow(20)
    agent = build_agent(window, "ask 1", "answer 1")

    window.reduce_context(agent)

    assert read_texts(agent) == ["ask 1", "answer 1"]


@pytest.mark.parametrize(
    ("content", "text", "step"),
    [
        ([{"text": " Hello "}, {"text": "there. "}], "Hello there.", False),
        ([{"text": "Let me look."}, CALL], "Let me look.", True),
        ([CALL], "", True),
        ([RESULT], "", True),
        ([], "", False),
    ],
)
def test_text_and_steps_of_a_message(
    content: list[ContentBlock], text: str, step: bool
) -> None:
    message: Message = {"role": "assistant", "content": content}

    assert join_text(message) == text
    assert is_step(message) is step
