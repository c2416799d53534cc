"""What is put in the cart and taken out of it by a shopper's words."""

from typing import Any

import pytest

from agents.local.dialogue_state import DialogueTurn
from agents.local.plan import ToolCall
from agents.local.support.cart import (
    add_to_cart,
    change_quantity,
    empty_cart,
    explain_checkout,
    remove_from_cart,
    view_cart,
)
from tests.support.dialogues import build_call, build_state, run_plan
from tests.support.tool_results import (
    build_added,
    build_cart,
    build_details,
    build_error,
    build_id,
    build_line,
    build_product,
    build_search_result,
    build_variant,
)

Json = dict[str, Any]
COPPER = build_product("Copper Kettle", price=49_00)
GLASS = build_product("Glass Kettle", price=29_00)
LAMP = build_product("Desk Lamp", price=5_00)
SEARCH = DialogueTurn(
    "kettle",
    (
        build_call(
            "product_search",
            build_search_result(COPPER, GLASS, LAMP),
            query="kettle",
            limit=5,
        ),
    ),
)
ASK_WHICH = "Which one shall I add? Say its number, for example “the second one”."
ASK_WHAT = "What shall I add? Name a product, and I will look for it."
VIEW = ToolCall("view_cart")


def search(**arguments: Any) -> ToolCall:
    return ToolCall("product_search", arguments)


def details(name: str) -> ToolCall:
    return ToolCall("product_details", {"product_id": str(build_id(name))})


def add(name: str, quantity: int = 1, variant: str | None = None) -> ToolCall:
    arguments: Json = {"product_id": str(build_id(name)), "quantity": quantity}
    if variant:
        arguments["variant_id"] = str(build_id(name, "variant", variant))
    return ToolCall("add_to_cart", arguments)


def turn_with_details(name: str, **values: Any) -> DialogueTurn:
    call = build_call("product_details", build_details(name, **values))
    return DialogueTurn("that one", (call,))


@pytest.mark.parametrize(
    ("utterance", "name", "quantity"),
    [
        ("add the second one to my cart", "Glass Kettle", 1),
        ("put two of the last one in my cart", "Desk Lamp", 2),
        ("add the copper kettle", "Copper Kettle", 1),
        ("add 3 of the cheapest", "Desk Lamp", 3),
    ],
)
def test_a_displayed_product_is_added(utterance: str, name: str, quantity: int) -> None:
    line = build_line(name, quantity=quantity)

    run = run_plan(
        add_to_cart,
        build_state(utterance, SEARCH),
        build_added(line, quantity=quantity),
    )

    assert run.calls == [add(name, quantity)]
    assert run.answer.startswith(f"I added {quantity} x {name} to your cart.")


def test_what_was_added_is_named_with_the_total() -> None:
    cart = build_added(build_line("Desk Lamp"), build_line("Glass Kettle", price=10_00))

    run = run_plan(add_to_cart, build_state("add the second one", SEARCH), cart)

    assert run.answer == (
        "I added 1 x Glass Kettle to your cart. The total is now $64.90, tax included."
    )


def test_several_products_are_added_one_after_another() -> None:
    copper, glass = build_line("Copper Kettle"), build_line("Glass Kettle")

    run = run_plan(
        add_to_cart,
        build_state("add the first and the second", SEARCH),
        build_added(copper),
        build_added(copper, glass),
    )

    assert run.calls == [add("Copper Kettle"), add("Glass Kettle")]
    assert run.answer == (
        "I added 1 x Copper Kettle and 1 x Glass Kettle to your cart. "
        "The total is now $107.80, tax included."
    )


def test_what_could_not_be_added_is_explained_after_what_was() -> None:
    run = run_plan(
        add_to_cart,
        build_state("add the first and the second", SEARCH),
        build_added(build_line("Copper Kettle")),
        build_error("NOT_ENOUGH_STOCK", "Sold out just now"),
    )

    assert run.answer == (
        "I added 1 x Copper Kettle to your cart. "
        "That did not work: Sold out just now. "
        "The total is now $53.90, tax included."
    )


def test_when_nothing_could_be_added_the_first_problem_is_explained() -> None:
    run = run_plan(
        add_to_cart,
        build_state("add the first and the second", SEARCH),
        build_error("NOT_ENOUGH_STOCK", "Only 2 left in stock"),
        build_error("NOT_ENOUGH_STOCK", "Sold out just now"),
    )

    assert run.answer == "That did not work: Only 2 left in stock."


BLUE, RED = (
    build_variant("Scarf", "Color=Blue", price=30_00),
    build_variant("Scarf", "Color=Red", price=35_00),
)
SCARF = build_details("Scarf", variants=[BLUE, RED])
SCARF_SEARCH = DialogueTurn(
    "scarf",
    (
        build_call(
            "product_search",
            build_search_result(build_product("Scarf", has_variants=True), LAMP),
            query="scarf",
            limit=5,
        ),
    ),
)


def test_a_product_with_variants_needs_one_of_them() -> None:
    run = run_plan(
        add_to_cart, build_state("add the scarf to my cart", SCARF_SEARCH), SCARF
    )

    assert run.calls == [details("Scarf")]
    assert run.answer == (
        "Scarf comes as:\n"
        "1. Blue, $30.00\n"
        "2. Red, $35.00\n"
        "Which of these would you like?"
    )


@pytest.mark.parametrize(
    ("utterance", "variant"),
    [
        ("the blue one", "Color=Blue"),
        ("two of the red", "Color=Red"),
        ("2", "Color=Red"),
    ],
)
def test_the_variant_is_named_in_the_next_message(utterance: str, variant: str) -> None:
    quantity = 2 if utterance.startswith("two") else 1
    asked = DialogueTurn("add the scarf", (build_call("product_details", SCARF),))
    line = build_line("Scarf", variant, quantity=quantity)

    run = run_plan(
        add_to_cart,
        build_state(utterance, SCARF_SEARCH, asked),
        SCARF,
        build_added(line, quantity=quantity),
    )

    assert run.calls == [details("Scarf"), add("Scarf", quantity, variant)]
    assert run.answer.startswith(f"I added {quantity} x Scarf to your cart. ")


def test_it_is_the_product_whose_details_were_shown() -> None:
    state = build_state("add it to my cart", SEARCH, turn_with_details("Tent"))

    run = run_plan(add_to_cart, state, build_added(build_line("Tent")))

    assert run.calls == [add("Tent")]


@pytest.mark.parametrize(
    ("utterance", "name"),
    [
        ("add the second one", "Glass Kettle"),
        ("add the cheapest one", "Desk Lamp"),
        ("add the most expensive one", "Copper Kettle"),
        ("add the desk lamp", "Desk Lamp"),
    ],
)
def test_another_product_than_the_one_shown_can_be_named(
    utterance: str, name: str
) -> None:
    state = build_state(utterance, SEARCH, turn_with_details("Tent"))

    run = run_plan(add_to_cart, state, build_added(build_line(name)))

    assert run.calls == [add(name)]


def test_it_is_no_product_that_was_shown_long_ago() -> None:
    state = build_state("add it", turn_with_details("Tent"), DialogueTurn("thanks"))

    run = run_plan(add_to_cart, state)

    assert (run.calls, run.answer) == ([], ASK_WHAT)


def test_a_position_is_that_of_the_sorted_list() -> None:
    cheapest = DialogueTurn("the cheapest kettle", SEARCH.calls)

    run = run_plan(
        add_to_cart,
        build_state("add the first one", cheapest),
        build_added(build_line("Glass Kettle")),
    )

    assert run.calls == [add("Glass Kettle")]


def test_it_asks_which_of_the_displayed_products() -> None:
    run = run_plan(add_to_cart, build_state("add it to my cart", SEARCH))

    assert (run.calls, run.answer) == ([], ASK_WHICH)


def test_it_asks_what_to_add_when_nothing_was_displayed() -> None:
    run = run_plan(add_to_cart, build_state("add it to my cart"))

    assert (run.calls, run.answer) == ([], ASK_WHAT)


def test_a_product_that_is_not_displayed_is_searched_for_and_added() -> None:
    run = run_plan(
        add_to_cart,
        build_state("put a desk lamp in my cart"),
        build_search_result(COPPER, LAMP),
        build_added(build_line("Desk Lamp")),
    )

    assert run.calls == [search(query="desk lamp", limit=5), add("Desk Lamp")]


@pytest.mark.parametrize(
    ("utterance", "query", "name"),
    [
        ("add the cheapest kettle", "kettle", "Glass Kettle"),
        ("add the most expensive kettle", "kettle", "Copper Kettle"),
        ("add the cheapest teapot", "teapot", "Desk Lamp"),
    ],
)
def test_the_cheapest_is_added_without_asking(
    utterance: str, query: str, name: str
) -> None:
    run = run_plan(
        add_to_cart,
        build_state(utterance),
        build_search_result(COPPER, LAMP, GLASS),
        build_added(build_line(name)),
    )

    assert run.calls == [search(query=query, limit=10), add(name)]


def test_it_asks_when_several_products_have_the_name() -> None:
    run = run_plan(
        add_to_cart,
        build_state("add a kettle to my cart"),
        build_search_result(COPPER, GLASS),
    )

    assert run.calls == [search(query="kettle", limit=5)]
    assert run.answer == (
        "I found 2 products for “kettle”.\n"
        "1. Copper Kettle: $49.00, in stock\n"
        "2. Glass Kettle: $29.00, in stock\n"
        "Say “add the second one” to put it in your cart, or ask me about one of them.\n"
        + ASK_WHICH
    )


def test_nothing_is_asked_when_nothing_was_found() -> None:
    run = run_plan(
        add_to_cart, build_state("add a zither to my cart"), build_search_result()
    )

    assert run.answer == (
        "I found nothing for “zither”. Try other words, or a wider price range."
    )


LINES = (
    build_line("Copper Kettle"),
    build_line("Scarf", "Color=Blue", "Size=M", quantity=2, price=30_00),
)
CART_TEXT = (
    "In your cart:\n"
    "1. 1 x Copper Kettle: $49.00\n"
    "2. 2 x Scarf (Blue, M): $60.00\n"
    "Subtotal $109.00, tax $10.90, total $119.90."
)
EMPTY_TEXT = "Your cart is empty."
ASK_WHICH_TO_REMOVE = (
    "Which item of your cart shall I take out? Say its number or its name."
)
ASK_WHICH_TO_CHANGE = (
    "Which item of your cart do you mean? "
    "Say, for example, “change the second one to three”."
)


def variant_arguments(name: str, *options: str) -> Json:
    return {
        "product_id": str(build_id(name)),
        "variant_id": str(build_id(name, "variant", *options)),
    }


COPPER_LINE = variant_arguments("Copper Kettle")
SCARF_LINE = variant_arguments("Scarf", "Color=Blue", "Size=M")


@pytest.mark.parametrize(
    ("cart", "text"),
    [
        (build_cart(), EMPTY_TEXT),
        (build_cart(*LINES), CART_TEXT),
        (
            build_cart(LINES[0], issues=["It is cheaper now", "Only 1 left in stock"]),
            (
                "In your cart:\n"
                "1. 1 x Copper Kettle: $49.00\n"
                "Subtotal $49.00, tax $4.90, total $53.90.\n"
                "Please note: It is cheaper now.\n"
                "Please note: Only 1 left in stock."
            ),
        ),
    ],
)
def test_the_cart_is_shown(cart: Json, text: str) -> None:
    run = run_plan(view_cart, build_state("my cart"), cart)

    assert (run.calls, run.answer) == ([VIEW], text)


@pytest.mark.parametrize(
    ("utterance", "line"),
    [
        ("remove the second one from my cart", SCARF_LINE),
        ("remove the kettle", COPPER_LINE),
        ("remove all the kettles", COPPER_LINE),
        ("take the cheapest out of my cart", SCARF_LINE),
    ],
)
def test_one_item_is_taken_out(utterance: str, line: Json) -> None:
    run = run_plan(
        remove_from_cart, build_state(utterance), build_cart(*LINES), build_cart()
    )

    assert run.calls == [VIEW, ToolCall("remove_from_cart", line)]
    assert run.answer == f"I took it out. {EMPTY_TEXT}"


@pytest.mark.parametrize(
    "utterance",
    [
        "remove the lamp",
        "take it out",
        "remove the first and the second",
        "remove everything but the kettle",
    ],
)
def test_it_asks_which_item_to_take_out(utterance: str) -> None:
    run = run_plan(remove_from_cart, build_state(utterance), build_cart(*LINES))

    assert run.calls == [VIEW]
    assert run.answer.endswith(f"{CART_TEXT}\n{ASK_WHICH_TO_REMOVE}")


@pytest.mark.parametrize(
    "utterance", ["set the lamp to 3", "make it 3", "set the first and second to 3"]
)
def test_it_asks_the_quantity_of_which_item_to_change(utterance: str) -> None:
    run = run_plan(change_quantity, build_state(utterance), build_cart(*LINES))

    assert run.calls == [VIEW]
    assert run.answer.endswith(f"{CART_TEXT}\n{ASK_WHICH_TO_CHANGE}")


@pytest.mark.parametrize(
    ("plan", "utterance", "named"),
    [
        (
            change_quantity,
            "set the toaster to 3",
            "There is no “toaster” in your cart.",
        ),
        (remove_from_cart, "remove the toaster", "There is no “toaster” in your cart."),
        (remove_from_cart, "remove the ninth one", "There is no number 9: "),
        (change_quantity, "change the ninth one to 3", "There is no number 9: "),
    ],
)
def test_what_is_not_in_the_cart_is_named(
    plan: Any, utterance: str, named: str
) -> None:
    run = run_plan(plan, build_state(utterance), build_cart(*LINES))

    assert run.calls == [VIEW]
    assert run.answer.startswith(named)


@pytest.mark.parametrize("quantity", ["0", "-2", "1.5"])
@pytest.mark.parametrize("plan", [add_to_cart, change_quantity])
def test_a_quantity_that_cannot_be_is_named_and_nothing_is_changed(
    plan: Any, quantity: str
) -> None:
    state = build_state(f"add {quantity} of the first one", SEARCH)

    run = run_plan(plan, state)

    assert run.calls == []
    assert f"not {quantity}." in run.answer


def test_a_position_beyond_the_list_is_named_and_nothing_is_added() -> None:
    run = run_plan(add_to_cart, build_state("add the first and the ninth", SEARCH))

    assert run.calls == []
    assert run.answer.startswith("There is no number 9: the list has ")


@pytest.mark.parametrize("plan", [remove_from_cart, change_quantity])
def test_nothing_is_changed_in_an_empty_cart(plan: Any) -> None:
    run = run_plan(plan, build_state("make it two"), build_cart())

    assert (run.calls, run.answer) == ([VIEW], EMPTY_TEXT)


def test_a_quantity_is_changed() -> None:
    run = run_plan(
        change_quantity,
        build_state("set the quantity of the scarf to two"),
        build_cart(*LINES),
        build_cart(*LINES),
    )

    assert run.calls == [
        VIEW,
        ToolCall("set_cart_quantity", {**SCARF_LINE, "quantity": 2}),
    ]
    assert run.answer == f"Done. {CART_TEXT}"


def test_it_is_the_item_of_the_last_change() -> None:
    added = DialogueTurn(
        "add it", (build_call("add_to_cart", build_added(build_line("Copper Kettle"))),)
    )

    run = run_plan(
        change_quantity,
        build_state("make it three", added),
        build_cart(*LINES),
        build_cart(),
    )

    assert run.calls == [
        VIEW,
        ToolCall("set_cart_quantity", {**COPPER_LINE, "quantity": 3}),
    ]


def test_an_item_that_is_named_is_not_the_one_of_the_last_change() -> None:
    added = DialogueTurn(
        "add it", (build_call("add_to_cart", build_added(build_line("Copper Kettle"))),)
    )

    run = run_plan(
        remove_from_cart, build_state("remove the lamp", added), build_cart(*LINES)
    )

    assert run.answer.endswith(f"{CART_TEXT}\n{ASK_WHICH_TO_REMOVE}")


def test_it_asks_which_variant_of_the_item_of_the_last_change() -> None:
    blue, red = build_line("Scarf", "Color=Blue"), build_line("Scarf", "Color=Red")
    added = DialogueTurn("the red one", (build_call("add_to_cart", build_added(red)),))

    run = run_plan(
        change_quantity, build_state("make it three", added), build_cart(blue, red)
    )

    assert run.calls == [VIEW]
    assert run.answer.endswith(ASK_WHICH_TO_CHANGE)


def test_it_asks_for_a_quantity_that_is_not_named() -> None:
    run = run_plan(change_quantity, build_state("change the number of scarves"))

    assert (run.calls, run.answer) == ([], "How many would you like?")


def test_the_cart_is_emptied() -> None:
    run = run_plan(empty_cart, build_state("empty my cart"), build_cart())

    assert (run.calls, run.answer) == (
        [ToolCall("empty_cart")],
        "Your cart is empty now.",
    )


@pytest.mark.parametrize(
    ("cart", "answer"),
    [
        (
            build_cart(*LINES),
            (
                f"{CART_TEXT}\n"
                "I cannot take a payment in this chat: please go to the checkout."
            ),
        ),
        (
            build_cart(),
            f"{EMPTY_TEXT}\nTell me what you are looking for, and I will find it.",
        ),
    ],
)
def test_a_payment_is_left_to_the_checkout(cart: Json, answer: str) -> None:
    run = run_plan(explain_checkout, build_state("I want to pay"), cart)

    assert (run.calls, run.answer) == ([VIEW], answer)
