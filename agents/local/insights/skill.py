"""What the insights agent's local model can talk about: one table of intents."""

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
ANSWERS = {
    "greet": f"Hello! {ABILITIES} What would you like to know?",
    "thank": "You are welcome. What else would you like to know?",
    "goodbye": "Goodbye.",
    "introduce": f"I answer from the shop's own figures and from nothing else. {ABILITIES}",
    "personal_data": "I tell figures of the shop, never who a customer is or how to reach them.",
    "search_words": "I have no figures about what customers search for.",
    "off_topic": f"I have no figures for that, and I do not guess. {ABILITIES}",
    UNCLEAR: f"I am not sure what you ask for. {ABILITIES}",
}
VAGUE = frozenset({"totals", "off_topic", UNCLEAR})
"""What a sentence that names a period ("… per week") is more likely than to be."""

Ask = Callable[[str, date], Json]
Tell = Callable[[Json], str]


def _trends(said: str, today: date) -> Json:
    return slots.trend_arguments(said, today=today)


def _sales(said: str, today: date) -> Json:
    return slots.sales_arguments(said, today=today)


def _performance(said: str, today: date) -> Json:
    return slots.performance_arguments(said, today=today)


QUESTIONS: Mapping[str, tuple[str, Ask, Tell]] = {
    "order_trends": ("order_trends", _trends, rendering.render_trends),
    "totals": ("sales_insights", _sales, rendering.render_totals),
    "top_products": ("sales_insights", _sales, rendering.render_top_products),
    "top_categories": ("sales_insights", _sales, rendering.render_top_categories),
    "movers": ("product_performance", _performance, rendering.render_movers),
}


class InsightsSkill:
    def __init__(self, embedder: Embedder, *, today: Callable[[], date]) -> None:
        self._understanding = IntentClassifier(embedder, load_examples(EXAMPLES))
        self._today = today

    def plan(self, talk: DialogueState) -> ToolPlan:
        intent = self._intent(talk.utterance)
        if intent == "narrow":
            return self._again(talk)
        return (
            self._report(intent, talk.utterance)
            if intent in QUESTIONS
            else _say(intent)
        )

    def _intent(self, said: str) -> str:
        intent = self._understanding.classify(said).intent
        return (
            "order_trends"
            if intent in VAGUE and slots.find_granularity(said)
            else intent
        )

    def _report(self, intent: str, said: str) -> ToolPlan:
        tool, arguments, tell = QUESTIONS[intent]
        result = yield from call_tool(tool, **arguments(said, self._today()))
        return f"{tell(result)}\n{rendering.render_sources(result)}"

    def _again(self, talk: DialogueState) -> ToolPlan:
        """A follow-up: the last question with what is new."""
        before = self._last_question(talk)
        if before is None:
            return ANSWERS[UNCLEAR]
        intent, arguments = before
        if slots.find_granularity(talk.utterance):
            intent, arguments = "order_trends", _scope(arguments)
        tool, _, tell = QUESTIONS[intent]
        new = slots.follow_up_arguments(talk.utterance, tool, today=self._today())
        result = yield from call_tool(tool, **_replaced(arguments, new))
        return f"{tell(result)}\n{rendering.render_sources(result)}"

    def _last_question(self, talk: DialogueState) -> tuple[str, Json] | None:
        """What was asked last, with all that follow-ups have changed of it since."""
        asked = [exchange for exchange in talk.previous_turns if exchange.calls]
        intents = (self._intent(exchange.utterance) for exchange in reversed(asked))
        intent = next((intent for intent in intents if intent in QUESTIONS), None)
        return (intent, asked[-1].calls[-1].arguments) if intent else None


def _scope(arguments: Json) -> Json:
    """What every question has: window and category."""
    shared = {"first_day", "last_day", "category"}
    return {name: value for name, value in arguments.items() if name in shared}


def _replaced(before: Json, new: Json) -> Json:
    """A new window replaces the old one whole, not one end of it."""
    window = {"first_day", "last_day"}
    kept = {
        k: v for k, v in before.items() if not (window & new.keys() and k in window)
    }
    return kept | new


def _say(intent: str) -> ToolPlan:
    return answer_with(ANSWERS[intent])
