"""What a customer's message is taken for: by its form, by its context, by the examples."""

from collections.abc import Sequence

import numpy as np
import pytest

from agents.local.dialogue_state import DialogueState, DialogueTurn
from agents.local.intent_classifier import UNCLEAR, load_examples
from agents.local.plan import Answer, PlanStep, ToolCall, advance_plan
from agents.local.support.skill import EXAMPLES, SupportSkill
from tests.support.dialogues import build_call, build_state, run_plan
from tests.support.tool_results import (
    build_details,
    build_passages,
    build_product,
    build_search_result,
)
from webapp.adapters.embeddings.port import DIMENSIONS, Vectors

INTENTS = load_examples(EXAMPLES)
AXES = {name: axis for axis, name in enumerate(INTENTS)}
KNOWN = {
    example.casefold(): name
    for name, examples in INTENTS.items()
    for example in examples
}


class IntentEmbedder:
    """Embeds all examples of an intent alike, and other texts as similar to those of one."""

    model = "intent"

    def __init__(self, nearest: str, similarity: float) -> None:
        self._nearest = nearest
        self._similarity = similarity

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            if text in KNOWN:
                vector[AXES[KNOWN[text]]] = 1
            else:
                vector[AXES[self._nearest]] = self._similarity
                vector[-1] = (1 - self._similarity**2) ** 0.5
        return vectors


def classify(
    utterance: str,
    *previous_turns: DialogueTurn,
    nearest: str = "off_topic",
    similarity: float = 0.9,
) -> str:
    skill = SupportSkill(IntentEmbedder(nearest, similarity))
    return skill.classify_intent(build_state(utterance, *previous_turns))


PRODUCTS = DialogueTurn(
    "lamps",
    (build_call("product_search", build_search_result(build_product("Lamp"))),),
)
DETAILS = DialogueTurn(
    "the lamp", (build_call("product_details", build_details("Lamp")),)
)
ASKED_VARIANT = DialogueTurn("", reply="1. Blue\nWhich of these would you like?")
ASKED_ITEM = DialogueTurn(
    "",
    reply="1. Lamp\nWhich one shall I add? Say its number, for example “the second one”.",
)
ASKED_TO_REMOVE = DialogueTurn(
    "", reply="Which item of your cart shall I take out? Say its number or its name."
)
ASKED_QUANTITY = DialogueTurn("", reply="How many would you like?")


@pytest.mark.parametrize(
    ("turn", "utterance", "intent"),
    [
        (ASKED_VARIANT, "blue", "add_to_cart"),
        (ASKED_VARIANT, "blue and large", "add_to_cart"),
        (ASKED_VARIANT, "what sizes are there", "off_topic"),
        (ASKED_VARIANT, "no thanks", "deny"),
        (ASKED_ITEM, "I would like the second one", "add_to_cart"),
        (ASKED_ITEM, "none, thanks", "off_topic"),
        (ASKED_TO_REMOVE, "the red lamp", "remove_from_cart"),
        (ASKED_TO_REMOVE, "I mean the second one", "remove_from_cart"),
        (ASKED_TO_REMOVE, "no thanks", "deny"),
        (ASKED_TO_REMOVE, "what is it again", "off_topic"),
        (ASKED_QUANTITY, "three", "change_quantity"),
        (ASKED_QUANTITY, "2", "change_quantity"),
        (ASKED_QUANTITY, "not sure", "off_topic"),
        (DialogueTurn("", reply="All right."), "blue", "off_topic"),
        (DialogueTurn("", reply="All right."), "the second one", "off_topic"),
        (DialogueTurn("", reply="All right."), "three", "off_topic"),
    ],
)
def test_an_answer_to_a_question_is_taken_for_one(
    turn: DialogueTurn, utterance: str, intent: str
) -> None:
    assert classify(utterance, turn) == intent


def test_a_question_is_answered_at_once_or_not_at_all() -> None:
    assert classify("blue", ASKED_VARIANT, DialogueTurn("thanks")) == "off_topic"


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("the second one", "product_details"),
        ("2", "product_details"),
        ("the second one, please", "add_to_cart"),
        ("I want the second one", "add_to_cart"),
        ("compare the second one", "off_topic"),
        ("lovely", "off_topic"),
    ],
)
def test_a_position_is_one_of_the_displayed_products(
    utterance: str, intent: str
) -> None:
    assert classify(utterance, PRODUCTS) == intent
    assert classify(utterance) == "off_topic"


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("remove the lamp", "remove_from_cart"),
        ("remove all the lamps", "remove_from_cart"),
        ("remove everything", "off_topic"),
        ("under 30", "narrow_search"),
        ("lamps under 30", "off_topic"),
        ("is my cart over 30", "off_topic"),
    ],
)
def test_the_form_of_a_message_comes_before_the_examples(
    utterance: str, intent: str
) -> None:
    assert classify(utterance) == intent


@pytest.mark.parametrize(
    ("nearest", "intent"),
    [
        ("off_topic", "track_order"),
        ("view_cart", "track_order"),
        ("track_order", "track_order"),
        ("change_order", "change_order"),
        ("help", "help"),
    ],
)
def test_a_message_with_an_order_number_is_about_that_order(
    nearest: str, intent: str
) -> None:
    assert classify("and how about that?", nearest=nearest) == nearest
    assert classify("and order 1042?", nearest=nearest) == intent


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("everything must go", "empty_cart"),
        ("let us start over", "empty_cart"),
        ("clear the basket", "empty_cart"),
        ("please empty my shopping cart", "empty_cart"),
        ("get rid of the whole thing", "empty_cart"),
        ("get rid of all, please", "empty_cart"),
        ("get rid of all of them", "empty_cart"),
        ("get rid of the lamp", "remove_from_cart"),
        ("get rid of all the lamps", "remove_from_cart"),
        ("clear my lamps", "remove_from_cart"),
        ("get rid of everything but the lamp", "remove_from_cart"),
    ],
)
def test_a_cart_is_emptied_only_when_everything_is_meant(
    utterance: str, intent: str
) -> None:
    assert classify(utterance, nearest="empty_cart") == intent


@pytest.mark.parametrize(
    ("utterance", "turns", "intent"),
    [
        ("I would like to buy it", [PRODUCTS], "add_to_cart"),
        ("I would like to buy it", [DETAILS], "add_to_cart"),
        ("I would like to buy it", [], "checkout"),
        ("I would like to pay", [PRODUCTS], "checkout"),
    ],
)
def test_to_buy_it_is_to_add_what_was_shown(
    utterance: str, turns: list[DialogueTurn], intent: str
) -> None:
    assert classify(utterance, *turns, nearest="checkout") == intent


def test_it_is_added_only_when_it_is_to_be_bought() -> None:
    assert classify("how nice is it", PRODUCTS, nearest="greet") == "greet"


@pytest.mark.parametrize(
    ("utterance", "similarity", "intent"),
    [
        ("can a zither be returned", 0.9, "help"),
        ("find a zither and add it to my cart", 0.9, "add_to_cart"),
        ("a zither would be the right thing", 0.9, "find_products"),
        ("a zither", 0.2, "find_products"),
        ("old wooden zither", 0.2, "find_products"),
        ("very old austrian concert zither", 0.2, UNCLEAR),
        ("do you sell old austrian concert zithers", 0.2, "find_products"),
        ("can a zither be returned", 0.2, "help"),
        ("for me", 0.2, UNCLEAR),
    ],
)
def test_what_is_nearest_to_a_product_request_may_be_one(
    utterance: str, similarity: float, intent: str
) -> None:
    found = classify(utterance, nearest="find_products", similarity=similarity)

    assert found == intent


@pytest.mark.parametrize(
    ("utterance", "similarity", "intent"),
    [
        ("do you sell zithers", 0.2, "find_products"),
        ("do you sell zithers", 0.9, "greet"),
        ("could you add it", 0.2, "add_to_cart"),
        ("a zither", 0.2, UNCLEAR),
    ],
)
def test_an_unclear_message_may_have_the_form_of_a_request(
    utterance: str, similarity: float, intent: str
) -> None:
    assert classify(utterance, nearest="greet", similarity=similarity) == intent


def plan_first_step(intent: str, state: DialogueState) -> PlanStep:
    return advance_plan(SupportSkill(IntentEmbedder(intent, 0.9)).plan(state), [])


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_is_acted_on(intent: str) -> None:
    state = build_state("everything about zithers, the number of which is two")

    step = plan_first_step(intent, state)

    assert step.text if isinstance(step, Answer) else step.tool


@pytest.mark.parametrize(
    ("utterance", "nearest", "answer"),
    [
        ("good day", "thank", "You are welcome. Is there anything else I can do?"),
        ("okay", "affirm", "Gladly. What shall I do?"),
        ("nah", "deny", "All right. Tell me if there is anything else."),
        ("ciao", "goodbye", "Goodbye, and thank you for your visit."),
    ],
)
def test_small_talk_needs_no_tool(utterance: str, nearest: str, answer: str) -> None:
    assert plan_first_step(nearest, build_state(utterance)) == Answer(answer)


def test_a_question_is_answered_by_the_best_passage_of_the_help_pages() -> None:
    skill = SupportSkill(IntentEmbedder("help", 0.9))

    run = run_plan(
        skill.plan,
        build_state("How long do I have to wait?"),
        build_passages(
            ("Delivery", "It takes three days."), ("Payment", "You pay at once.")
        ),
    )

    assert run.calls == [
        ToolCall("knowledge_search", {"question": "How long do I have to wait?"})
    ]
    assert run.answer == ("It takes three days.\n(From “Delivery” in our help pages.)")


def test_what_the_help_pages_do_not_say_is_not_guessed() -> None:
    skill = SupportSkill(IntentEmbedder("help", 0.9))

    run = run_plan(skill.plan, build_state("Do you like it here?"), build_passages())

    assert run.answer == (
        "I found nothing about that in our help pages, so I would rather not guess. "
        "Could you say it in other words?"
    )


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("find mugs", "find_products"),
        ("show me mugs", "find_products"),
        ("do you have mugs", "find_products"),
        ("set the number of mugs in my cart", "change_quantity"),
        ("change mugs to 5", "change_quantity"),
        ("make it fewer", "change_quantity"),
    ],
)
def test_who_asks_for_products_changes_no_quantity(utterance: str, intent: str) -> None:
    assert classify(utterance, nearest="change_quantity") == intent
