"""The figures before a message, in its conversation, and what was asked back. Pure."""

from collections.abc import Sequence

from agents.local.dialogue_state import (
    CompletedToolCall,
    DialogueState,
    DialogueTurn,
    Json,
)
from agents.local.insights.edits.undoing import is_undoing
from agents.local.insights.messages.tool_requests import QUERY_TOOL, list_figure_tools
from agents.local.insights.queries.follow_ups import Earlier


def find_earlier_query(state: DialogueState) -> Earlier | None:
    """The last query or analysis of the turns before that has a result."""
    call = state.last_successful_call(*list_figure_tools())
    return None if call is None else keep_result(call.arguments, call.result)


def keep_result(query: Json, result: Json) -> Earlier:
    """Of an analysis there is no first row."""
    rows: Sequence[Json] = result.get("rows") or [{}]
    return Earlier(query, rows[0], result.get("rowCount", 0))


def is_settled(state: DialogueState) -> bool:
    """Whether the message before was answered with figures, if there was one: else it is not known
    what a fragment is about."""
    turns = state.previous_turns
    return not turns or bool(_list_figure_calls(turns[-1]))


def find_open_question(state: DialogueState) -> str | None:
    """The message before, if it was answered with a question and with no figures."""
    if not state.previous_turns:
        return None
    turn = state.previous_turns[-1]
    is_open = turn.reply.rstrip().endswith("?") and not _list_figure_calls(turn)
    return turn.utterance.rstrip(" ?.!") if is_open else None


def list_kept_calls(state: DialogueState) -> Sequence[CompletedToolCall]:
    """Those with figures, the oldest first; what was taken back, and what showed the ones before
    again, is none of them."""
    kept: list[CompletedToolCall] = []
    for turn in state.previous_turns:
        found = _list_figure_calls(turn)
        if is_undoing(turn.utterance):
            del kept[len(kept) - len(found) :]
        else:
            kept += found
    return kept


def list_kept_queries(state: DialogueState) -> Sequence[Json]:
    """Those that are no analyses."""
    calls = list_kept_calls(state)
    return [call.arguments for call in calls if call.tool == QUERY_TOOL]


def _list_figure_calls(turn: DialogueTurn) -> Sequence[CompletedToolCall]:
    """Those that were answered with figures."""
    return [
        call
        for call in turn.calls
        if call.tool in list_figure_tools() and not call.error_code
    ]
