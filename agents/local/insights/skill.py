"""The insights agent's skill for the local model: a table of intents."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from agents.local.dialogue_state import DialogueState, Json
from agents.local.insights import rendering, slots
from agents.local.intent_classifier import UNCLEAR, IntentClassifier, load_examples
from agents.local.plan import ToolPlan, answer_with, call_tool
from webapp.adapters.embeddings.port import Embedder

EXAMPLES = Path(__file__).parent / "examples.toml"
ABILITIES = (
    "I can tell you orders and revenue by day, week or month, totals, best-selling products "
    "and categories, and what rises, falls or comes back, for any stretch of time."
)
CANNED_ANSWERS = {
    "greet": f"Hello! {ABILITIES} What would you like to know?",
    "thank": "You are welcome. What else would you like to know?",
    "goodbye": "Goodbye.",
    "introduce": f"I answer from the shop's own figures and from nothing else. {ABILITIES}",
    "personal_data": "I tell figures of the shop, never who a customer is or how to reach them.",
    "search_words": "I have no figures about what customers search for.",
    "off_topic": f"I have no figures for that, and I do not guess. {ABILITIES}",
    UNCLEAR: f"I am not sure what you ask for. {ABILITIES}",
}
VAGUE_INTENTS = frozenset({"totals", "off_topic", UNCLEAR})
"""Intents overridden by `order_trends` when the utterance names a period ("… per week")."""

ArgumentBuilder = Callable[[str, date], Json]
Renderer = Callable[[Json], str]


def _trend_arguments(utterance: str, today: date) -> Json:
    return slots.build_trend_arguments(utterance, today=today)


def _sales_arguments(utterance: str, today: date) -> Json:
    return slots.build_sales_arguments(utterance, today=today)


def _performance_arguments(utterance: str, today: date) -> Json:
    return slots.build_performance_arguments(utterance, today=today)


REPORTS: Mapping[str, tuple[str, ArgumentBuilder, Renderer]] = {
    "order_trends": ("order_trends", _trend_arguments, rendering.render_trends),
    "totals": ("sales_insights", _sales_arguments, rendering.render_totals),
    "top_products": ("sales_insights", _sales_arguments, rendering.render_top_products),
    "top_categories": (
        "sales_insights",
        _sales_arguments,
        rendering.render_top_categories,
    ),
    "movers": ("product_performance", _performance_arguments, rendering.render_movers),
}
INTENTS_BY_TOOL = {
    "order_trends": ("order_trends",),
    "sales_insights": ("totals", "top_products", "top_categories"),
    "product_performance": ("movers",),
}


class InsightsSkill:
    def __init__(self, embedder: Embedder, *, today: Callable[[], date]) -> None:
        self._classifier = IntentClassifier(embedder, load_examples(EXAMPLES))
        self._today = today

    def plan(self, state: DialogueState) -> ToolPlan:
        intent = self._classify_intent(state.utterance)
        if intent == "narrow":
            return self._run_follow_up(state)
        return (
            self._run_report(intent, state.utterance)
            if intent in REPORTS
            else _canned_answer(intent)
        )

    def _classify_intent(self, utterance: str) -> str:
        intent = self._classifier.classify(utterance).intent
        return (
            "order_trends"
            if intent in VAGUE_INTENTS and slots.find_granularity(utterance)
            else intent
        )

    def _run_report(self, intent: str, utterance: str) -> ToolPlan:
        tool, build_arguments, render = REPORTS[intent]
        result = yield from call_tool(tool, **build_arguments(utterance, self._today()))
        return f"{render(result)}\n{rendering.render_sources(result)}"

    def _run_follow_up(self, state: DialogueState) -> ToolPlan:
        """A follow-up: the last report again, with the arguments that changed."""
        last_question = self._last_question(state)
        if last_question is None:
            return CANNED_ANSWERS[UNCLEAR]
        intent, arguments = last_question
        if slots.find_granularity(state.utterance):
            intent, arguments = "order_trends", _shared_arguments(arguments)
        tool, _, render = REPORTS[intent]
        new = slots.build_follow_up_arguments(
            state.utterance, tool, today=self._today()
        )
        result = yield from call_tool(tool, **_merge_arguments(arguments, new))
        return f"{render(result)}\n{rendering.render_sources(result)}"

    def _last_question(self, state: DialogueState) -> tuple[str, Json] | None:
        """Intent of the last question, with its arguments after all follow-ups.

        A follow-up may have changed the report ("by week instead"), so the intent is the
        latest one that the tool called last serves, or the first of those.
        """
        turns = state.previous_turns[::-1]
        calls = (call for turn in turns for call in reversed(turn.calls))
        last_call = next((call for call in calls if call.tool in INTENTS_BY_TOOL), None)
        if last_call is None:
            return None
        intents = INTENTS_BY_TOOL[last_call.tool]
        asked = (self._classify_intent(turn.utterance) for turn in turns)
        intent = next((intent for intent in asked if intent in intents), intents[0])
        return intent, last_call.arguments


def _shared_arguments(arguments: Json) -> Json:
    """The arguments that all reports share: window and category."""
    shared = {"first_day", "last_day", "category"}
    return {name: value for name, value in arguments.items() if name in shared}


def _merge_arguments(previous: Json, new: Json) -> Json:
    """Merge arguments; a new window replaces the old one as a whole, not one end of it."""
    window = {"first_day", "last_day"}
    kept = {
        k: v for k, v in previous.items() if not (window & new.keys() and k in window)
    }
    return kept | new


def _canned_answer(intent: str) -> ToolPlan:
    return answer_with(CANNED_ANSWERS[intent])
