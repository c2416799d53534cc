"""Canned answers (greetings, limits) and answers from the help pages. Pure."""

from agents.local.dialogue_state import DialogueState
from agents.local.intent_classifier import UNCLEAR
from agents.local.plan import ToolPlan, call_tool
from agents.local.support.orders import find_unknown_order

ABILITIES = (
    "I can find products, fill your cart, tell you where an order is, and answer questions "
    "about delivery, returns and payment."
)
CANNED_ANSWERS = {
    "greet": f"Hello! {ABILITIES} What can I do for you?",
    "thank": "You are welcome. Is there anything else I can do?",
    "goodbye": "Goodbye, and thank you for your visit.",
    "introduce": f"I am the shop's assistant, a program. {ABILITIES}",
    "affirm": "Gladly. What shall I do?",
    "deny": "All right. Tell me if there is anything else.",
    "other_people": (
        "I can only see your own cart and orders, never those of somebody else. "
        "What can I do for you?"
    ),
    "off_topic": f"That is not something I know about. {ABILITIES}",
    UNCLEAR: f"I am not sure that I understand. {ABILITIES} Could you say it in other words?",
}
NO_PASSAGE = (
    "I found nothing about that in our help pages, so I would rather not guess. "
    "Could you say it in other words?"
)


def answer_from_help_pages(state: DialogueState) -> ToolPlan:
    """Quote the help pages; never add to them. What they say of an order is no answer when
    there is no such order."""
    if unknown_order := (yield from find_unknown_order(state)):
        return unknown_order
    passages = (yield from call_tool("knowledge_search", question=state.utterance))[
        "passages"
    ]
    if not passages:
        return NO_PASSAGE
    return f"{passages[0]['text']}\n(From “{passages[0]['title']}” in our help pages.)"
