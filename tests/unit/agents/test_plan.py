import pytest

from agents.local.dialogue_state import CompletedToolCall, Json
from agents.local.plan import (
    Answer,
    ToolCall,
    ToolCallFailed,
    ToolPlan,
    advance_plan,
    answer_with,
    call_tool,
    explain_failure,
)

TRY_AGAIN = "I could not look that up just now. Please try again in a moment."


def build_call(**result: object) -> CompletedToolCall:
    return CompletedToolCall("a_tool", {}, result)


def add_up() -> ToolPlan:
    """Calls two tools, the second with what the first returned."""
    first = yield from call_tool("first", number=1)
    second = yield from call_tool("second", number=first["number"] + 1)
    return f"{first['number']} and {second['number']}"


def test_a_plan_stops_at_its_first_call() -> None:
    assert advance_plan(add_up(), []) == ToolCall("first", {"number": 1})


def test_a_plan_goes_on_with_the_results_so_far() -> None:
    step = advance_plan(add_up(), [build_call(number=5)])

    assert step == ToolCall("second", {"number": 6})


def test_a_plan_with_all_results_answers() -> None:
    step = advance_plan(add_up(), [build_call(number=5), build_call(number=7)])

    assert step == Answer("5 and 7")


def test_a_plan_without_calls_answers_at_once() -> None:
    assert advance_plan(answer_with("Hello!"), []) == Answer("Hello!")


def test_a_failed_call_ends_the_plan_with_its_reason() -> None:
    failed = build_call(refused="BAD_WINDOW", message="The window ends too early.")

    assert advance_plan(add_up(), [failed]) == Answer(
        "That did not work: The window ends too early."
    )


def test_a_plan_may_handle_a_failure() -> None:
    def try_another() -> ToolPlan:
        try:
            yield from call_tool("first")
        except ToolCallFailed as error:
            return f"{error}: {error.call.result['message']}"
        return "It worked."

    failed = build_call(refused="CART_FULL", message="No more fits")

    assert advance_plan(try_another(), [failed]) == Answer("CART_FULL: No more fits")


@pytest.mark.parametrize(
    ("result", "explanation"),
    [
        ({"refused": "TOOL_FAILED", "message": "a traceback"}, TRY_AGAIN),
        ({"refused": "TOOL_TIMEOUT"}, TRY_AGAIN),
        ({"refused": "UNAVAILABLE"}, TRY_AGAIN),
        ({"refused": "SEARCH_NOT_READY"}, TRY_AGAIN),
        (
            {"refused": "NOT_ENOUGH_STOCK", "message": "Only 2 left"},
            "That did not work: Only 2 left.",
        ),
        ({"refused": "OTHER"}, "That did not work: something went wrong."),
    ],
)
def test_a_failure_is_explained(result: Json, explanation: str) -> None:
    assert explain_failure(build_call(**result)) == explanation
