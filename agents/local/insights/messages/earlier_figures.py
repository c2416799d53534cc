"""The figures before a message, in its conversation, and what was asked back. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from agents.local.dialogue_state import (
    CompletedToolCall,
    DialogueState,
    DialogueTurn,
    Json,
)
from agents.local.insights.edits.resets import is_reset, split_reset
from agents.local.insights.edits.undoing import is_undoing
from agents.local.insights.messages.small_talk import find_small_talk
from agents.local.insights.messages.tool_requests import (
    QUERY_TOOL,
    REFUSED,
    list_figure_tools,
)
from agents.local.insights.queries.follow_ups import Earlier
from webapp.insights.analyses.methods import METHODS
from webapp.insights.query.definitions import DIMENSIONS, METRICS
from webapp.insights.query.descriptions import join_words


def forget_before_reset(state: DialogueState) -> DialogueState:
    """Without the turns before the last one that starts anew; what is asked behind "new question:"
    is what its turn says."""
    turns: list[DialogueTurn] = []
    for turn in (*state.previous_turns, state.current_turn):
        asked = split_reset(turn.utterance)
        begins = asked is not None or is_reset(turn.utterance)
        if begins:
            turns.clear()
        turns.append(turn if asked is None else replace(turn, utterance=asked))
    *before, current = turns
    return DialogueState(current, tuple(before))


def name_unanswered(state: DialogueState) -> str | None:
    """A note that says of which question a follow-up is, where the one before it had no answer."""
    turn = state.previous_turns[-1] if state.previous_turns else None
    call = state.last_successful_call(*list_figure_tools())
    if turn is None or call is None or _list_figure_calls(turn) or _find_refused(turn):
        return None
    if not turn.reply or is_reset(turn.utterance) or find_small_talk(turn.utterance):
        return None
    asked = _name_asked(call.arguments)
    return f"I had no answer to your last message, and go on with your earlier question {asked}."


def _name_asked(query: Json) -> str:
    """Which figures of what it asks for; the title of the answer has the rest."""
    if "analysis" in query:
        return f"({METHODS[query['analysis']].label})"
    metrics = join_words([METRICS[name].label for name in query["metrics"]])
    groups = [DIMENSIONS[name].label for name in query.get("groupBy", ())]
    return f"on {metrics} by {join_words(groups)}" if groups else f"on {metrics}"


def find_earlier_query(state: DialogueState) -> Earlier | None:
    """The last query or analysis of the turns before that has a result; or that of the last turn,
    if it could not be answered as it was asked: "no order has the country Japan"."""
    refused = _find_refused(state.previous_turns[-1]) if state.previous_turns else None
    if refused is not None:
        return Earlier(refused.arguments, {})
    call = state.last_successful_call(*list_figure_tools())
    return None if call is None else keep_result(call.arguments, call.result)


def keep_result(query: Json, result: Json) -> Earlier:
    """Of an analysis there is no first row."""
    rows: Sequence[Json] = result.get("rows") or [{}]
    unusual = [
        row
        for table in result.get("tables", ())
        if table["name"] == "anomalies"
        for row in table["rows"]
    ]
    return Earlier(query, rows[0], result.get("rowCount", 0), unusual)


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


def _find_refused(turn: DialogueTurn) -> CompletedToolCall | None:
    """The last call for figures, where none had any, and it says what is possible instead."""
    calls = [call for call in turn.calls if call.tool in list_figure_tools()]
    is_refused = bool(calls) and all(call.error_code in REFUSED for call in calls)
    return calls[-1] if is_refused else None


def _list_figure_calls(turn: DialogueTurn) -> Sequence[CompletedToolCall]:
    """Those that were answered with figures."""
    return [
        call
        for call in turn.calls
        if call.tool in list_figure_tools() and not call.error_code
    ]
