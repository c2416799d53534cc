from typing import Any

from strands.types.content import ContentBlock, Message

from agents.local.dialogue_state import (
    CompletedToolCall,
    DialogueState,
    DialogueTurn,
    parse_dialogue,
)


def build_user_message(*blocks: ContentBlock) -> Message:
    return {"role": "user", "content": list(blocks)}


def build_reply(*blocks: ContentBlock) -> Message:
    return {"role": "assistant", "content": list(blocks)}


def build_use(call_id: str, tool: str, **arguments: object) -> ContentBlock:
    return {"toolUse": {"toolUseId": call_id, "name": tool, "input": arguments}}


def build_result(call_id: str, *content: Any) -> ContentBlock:
    return {
        "toolResult": {
            "toolUseId": call_id,
            "status": "success",
            "content": list(content),
        }
    }


def test_a_history_is_parsed_into_turns() -> None:
    state = parse_dialogue(
        [
            build_user_message({"text": "find a kettle"}),
            build_reply(
                build_use("c1", "search", query="kettle"),
                build_use("c2", "view_cart"),
            ),
            build_user_message(
                build_result("c2", {"json": {"cart": {}}}),
                build_result("c1", {"text": "Here:"}, {"json": {"products": [1]}}),
            ),
            build_reply({"text": "There is "}, {"text": "one."}),
            build_user_message({"text": "thanks"}),
        ]
    )

    assert state == DialogueState(
        DialogueTurn("thanks"),
        (
            DialogueTurn(
                "find a kettle",
                (
                    CompletedToolCall("view_cart", {}, {"cart": {}}, "c2"),
                    CompletedToolCall(
                        "search", {"query": "kettle"}, {"products": [1]}, "c1"
                    ),
                ),
                "There is one.",
            ),
        ),
    )
    assert state.utterance == "thanks"
    assert state.calls == ()
    assert state.last_reply == "There is one."


def test_calls_of_the_current_turn_are_its_own() -> None:
    state = parse_dialogue(
        [
            build_user_message({"text": "show my cart"}),
            build_reply(build_use("c1", "view_cart")),
            build_user_message(build_result("c1", {"json": {"cart": {}}})),
        ]
    )

    assert state.calls == (CompletedToolCall("view_cart", {}, {"cart": {}}, "c1"),)
    assert state.previous_turns == ()
    assert state.last_reply == ""


def test_a_result_without_data_is_a_failed_call() -> None:
    state = parse_dialogue(
        [
            build_user_message({"text": "show my cart"}),
            build_reply(build_use("c1", "view_cart")),
            build_user_message(
                build_result(
                    "c1", {"text": "Error:"}, {"image": {}}, {"text": "no cart"}
                )
            ),
        ]
    )

    [call] = state.calls
    assert call.error_code == "TOOL_FAILED"
    assert call.result == {"refused": "TOOL_FAILED", "message": "Error:  no cart"}


def test_what_is_left_of_a_truncated_history_is_parsed() -> None:
    state = parse_dialogue(
        [
            build_user_message(build_result("c0", {"json": {"cart": {}}})),
            build_reply({"text": "It is empty."}, build_use("c1", "view_cart")),
            build_user_message({"text": "show my cart"}),
            build_reply(build_use("c2", "view_cart")),
            build_user_message(build_result("c1", {"json": {"cart": {}}})),
        ]
    )

    assert state == DialogueState(DialogueTurn("show my cart"))


def test_an_empty_history_has_an_empty_utterance() -> None:
    assert parse_dialogue([]) == DialogueState(DialogueTurn(""))


FAILED_SEARCH = CompletedToolCall("search", {}, {"refused": "UNAVAILABLE"})


def build_search(*products: int) -> CompletedToolCall:
    return CompletedToolCall("search", {}, {"products": list(products)})


def test_the_latest_result_is_that_of_the_latest_previous_call_that_has_one() -> None:
    state = DialogueState(
        DialogueTurn("now", (build_search(9),)),
        (
            DialogueTurn("first", (build_search(1),)),
            DialogueTurn("second", (build_search(2), build_search(3), FAILED_SEARCH)),
            DialogueTurn("third"),
        ),
    )

    assert state.latest_result("products") == [3]
    assert state.latest_result("cart") is None


def test_the_last_successful_call_of_a_tool_is_found() -> None:
    view = CompletedToolCall("view_cart", {}, {"cart": {}})
    state = DialogueState(
        DialogueTurn("now", (build_search(9),)),
        (
            DialogueTurn("first", (view, build_search(1), FAILED_SEARCH)),
            DialogueTurn("second", (view, FAILED_SEARCH)),
        ),
    )

    assert state.last_successful_call("search") == build_search(1)
    assert state.last_successful_call("view_cart") is view
    assert state.last_successful_call("list_orders") is None
