"""Which search a shopper's words lead to, and what is displayed of its results."""

from typing import Any

import pytest

from agents.local.dialogue_state import DialogueTurn
from agents.local.plan import ToolCall
from agents.local.support.shopping import (
    build_search_arguments,
    find_products,
    get_displayed_products,
    narrow_search,
    show_more,
    show_product_details,
)
from tests.support.dialogues import build_call, build_state, run_plan
from tests.support.tool_results import (
    build_details,
    build_error,
    build_id,
    build_product,
    build_search_result,
)

Json = dict[str, Any]
COPPER = build_product("Copper Kettle", price=49_00)
GLASS = build_product("Glass Kettle", price=29_00)
TRAVEL = build_product("Travel Kettle", price=119_00)
LAMP = build_product("Desk Lamp", price=5_00)
KETTLES = build_search_result(COPPER, GLASS, TRAVEL)
HINT_ONE = "Say “add it to my cart” if you like it."
HINT_MANY = (
    "Say “add the second one” to put it in your cart, or ask me about one of them."
)
ASK_WHAT_FOR = "What are you looking for? Name a product, and a price if you like."
ASK_WHICH = "Which one do you mean? Say its number, for example “the second one”."


def search(**arguments: Any) -> ToolCall:
    return ToolCall("product_search", arguments)


def details_of(name: str) -> ToolCall:
    return ToolCall("product_details", {"product_id": str(build_id(name))})


def turn_with_search(
    result: Json = KETTLES, utterance: str = "kettle", **arguments: Any
) -> DialogueTurn:
    arguments = {"query": "kettle", "limit": 5} | arguments
    return DialogueTurn(utterance, (build_call("product_search", result, **arguments),))


@pytest.mark.parametrize(
    ("utterance", "arguments"),
    [
        ("find a kettle", {"query": "kettle", "limit": 5}),
        (
            "a kettle over 20",
            {"query": "kettle", "limit": 5, "min_price": 20.0},
        ),
        (
            "a kettle under $40.50",
            {"query": "kettle", "limit": 5, "max_price": 40.5},
        ),
        (
            "kettles between 20 and 40",
            {"query": "kettles", "limit": 5, "min_price": 20.0, "max_price": 40.0},
        ),
        ("kettles in stock", {"query": "kettles", "limit": 5, "in_stock": True}),
        ("the cheapest kettle", {"query": "kettle", "limit": 10}),
        ("the most expensive kettle", {"query": "kettle", "limit": 10}),
        ("kettles by price", {"query": "kettles", "limit": 10}),
        (
            "the cheapest over 20",
            {"query": "", "limit": 5, "min_price": 20.0, "sort": "price_low_first"},
        ),
        (
            "the most expensive under 20",
            {"query": "", "limit": 5, "max_price": 20.0, "sort": "price_high_first"},
        ),
    ],
)
def test_words_become_arguments_of_a_search(utterance: str, arguments: Json) -> None:
    assert build_search_arguments(utterance) == arguments


def test_products_are_searched_for_and_displayed() -> None:
    run = run_plan(
        find_products,
        build_state("find a kettle under 120"),
        build_search_result(GLASS, COPPER),
    )

    assert run.calls == [search(query="kettle", limit=5, max_price=120.0)]
    assert run.answer == (
        "I found 2 products for “kettle” up to $120.00.\n"
        "1. Glass Kettle: $29.00, in stock\n"
        "2. Copper Kettle: $49.00, in stock\n" + HINT_MANY
    )


def test_a_price_alone_can_be_searched_for() -> None:
    run = run_plan(
        find_products, build_state("something under 10"), build_search_result(LAMP)
    )

    assert run.calls == [search(query="", limit=5, max_price=10.0)]
    assert run.answer == (
        "I found 1 product up to $10.00.\n1. Desk Lamp: $5.00, in stock\n" + HINT_ONE
    )


def test_of_a_long_message_as_much_is_searched_for_as_the_shop_accepts() -> None:
    arguments = build_search_arguments(f"find {'kettle ' * 30}")

    assert arguments["query"] == ("kettle " * 30)[:200]


def test_without_a_product_or_a_price_it_asks_for_them() -> None:
    run = run_plan(find_products, build_state("can you find something for me?"))

    assert (run.calls, run.answer) == ([], ASK_WHAT_FOR)


@pytest.mark.parametrize(
    ("utterance", "lines"),
    [
        (
            "the cheapest kettle",
            (
                "1. Glass Kettle: $29.00, in stock\n"
                "2. Copper Kettle: $49.00, in stock\n"
                "3. Travel Kettle: $119.00, in stock\n"
            ),
        ),
        (
            "the most expensive kettle",
            (
                "1. Travel Kettle: $119.00, in stock\n"
                "2. Copper Kettle: $49.00, in stock\n"
                "3. Glass Kettle: $29.00, in stock\n"
            ),
        ),
    ],
)
def test_only_what_has_the_name_is_sorted_by_price(utterance: str, lines: str) -> None:
    result = build_search_result(COPPER, LAMP, GLASS, TRAVEL, total=40)

    run = run_plan(find_products, build_state(utterance), result)

    assert run.calls == [search(query="kettle", limit=10)]
    assert run.answer == f"I found 3 products for “kettle”.\n{lines}{HINT_MANY}"


def test_the_name_may_have_been_corrected() -> None:
    result = build_search_result(COPPER, LAMP, GLASS, corrected_query="kettle")

    run = run_plan(find_products, build_state("cheapest ketle"), result)

    assert run.answer == (
        "I found 2 products for “kettle”.\n"
        "1. Glass Kettle: $29.00, in stock\n"
        "2. Copper Kettle: $49.00, in stock\n" + HINT_MANY
    )


def test_when_no_name_matches_all_results_are_sorted() -> None:
    result = build_search_result(COPPER, LAMP)

    run = run_plan(find_products, build_state("cheapest kitchen"), result)

    assert run.answer == (
        "I found 2 products for “kitchen”.\n"
        "1. Desk Lamp: $5.00, in stock\n"
        "2. Copper Kettle: $49.00, in stock\n" + HINT_MANY
    )


def test_five_of_the_sorted_products_are_displayed() -> None:
    many = [build_product(f"Kettle {n}", price=n * 100) for n in range(7, 0, -1)]

    run = run_plan(
        find_products, build_state("cheapest kettle"), build_search_result(*many)
    )

    assert run.answer == (
        "I found 7 products for “kettle”. Here are 5.\n"
        "1. Kettle 1: $1.00, in stock\n"
        "2. Kettle 2: $2.00, in stock\n"
        "3. Kettle 3: $3.00, in stock\n"
        "4. Kettle 4: $4.00, in stock\n"
        "5. Kettle 5: $5.00, in stock\n" + HINT_MANY
    )


def test_what_the_shop_has_sorted_stays_as_it_is() -> None:
    result = build_search_result(LAMP, GLASS, total=40)

    run = run_plan(find_products, build_state("the cheapest under 50"), result)

    assert run.calls == [
        search(query="", limit=5, max_price=50.0, sort="price_low_first")
    ]
    assert run.answer == (
        "I found 40 products up to $50.00. Here are 2.\n"
        "1. Desk Lamp: $5.00, in stock\n"
        "2. Glass Kettle: $29.00, in stock\n" + HINT_MANY
    )


@pytest.mark.parametrize(
    ("utterance", "last", "new"),
    [
        ("and under 30?", {}, {"query": "kettle", "limit": 5, "max_price": 30.0}),
        ("how about in blue", {}, {"query": "kettle blue", "limit": 5}),
        ("how about in blue", {"query": ""}, {"query": "blue", "limit": 5}),
        (
            "only the ones in stock",
            {"max_price": 60.0},
            {"query": "kettle", "limit": 5, "max_price": 60.0, "in_stock": True},
        ),
        ("anything cheaper?", {}, {"query": "kettle", "limit": 5, "max_price": 28.99}),
        (
            "anything cheaper in blue?",
            {},
            {"query": "kettle blue", "limit": 5, "max_price": 28.99},
        ),
        ("and under 0.50?", {}, {"query": "kettle", "limit": 5, "max_price": 0.5}),
        (
            "something more expensive",
            {"max_price": 60.0},
            {"query": "kettle", "limit": 5, "min_price": 119.01},
        ),
        (
            "more expensive than these, over 80",
            {},
            {"query": "kettle", "limit": 5, "min_price": 80.0},
        ),
        (
            "something cheaper under 20",
            {},
            {"query": "kettle", "limit": 5, "max_price": 20.0},
        ),
        (
            "anything cheaper?",
            {"min_price": 29.0, "max_price": 60.0},
            {"query": "kettle", "limit": 5, "max_price": 28.99},
        ),
        (
            "and over 80?",
            {"min_price": 20.0, "max_price": 60.0},
            {"query": "kettle", "limit": 5, "min_price": 80.0},
        ),
        (
            "and under 20?",
            {"min_price": 20.0},
            {"query": "kettle", "limit": 5, "min_price": 20.0, "max_price": 20.0},
        ),
        ("which of these is the cheapest", {}, {"query": "kettle", "limit": 10}),
        ("sort them by price", {}, {"query": "kettle", "limit": 10}),
    ],
)
def test_the_last_search_is_repeated_with_new_conditions(
    utterance: str, last: Json, new: Json
) -> None:
    run = run_plan(
        narrow_search, build_state(utterance, turn_with_search(**last)), KETTLES
    )

    assert run.calls == [search(**new)]


def test_narrowed_results_are_displayed() -> None:
    run = run_plan(
        narrow_search,
        build_state("sort them by price", turn_with_search()),
        build_search_result(COPPER, LAMP, GLASS),
    )

    assert run.answer == (
        "I found 2 products for “kettle”.\n"
        "1. Glass Kettle: $29.00, in stock\n"
        "2. Copper Kettle: $49.00, in stock\n" + HINT_MANY
    )


@pytest.mark.parametrize("utterance", ["anything cheaper?", "something more expensive"])
def test_nothing_is_cheaper_or_more_expensive_than_no_products(utterance: str) -> None:
    state = build_state(utterance, turn_with_search(build_search_result()))

    run = run_plan(narrow_search, state, build_search_result())

    assert run.calls == [search(query="kettle", limit=5)]
    assert run.answer == (
        "I found nothing for “kettle”. Try other words, or a wider price range."
    )


def test_another_product_starts_a_new_search() -> None:
    run = run_plan(
        narrow_search,
        build_state("how about a blue lamp", turn_with_search(max_price=60.0)),
        build_search_result(LAMP),
    )

    assert run.calls == [search(query="blue lamp", limit=5)]
    assert run.answer == (
        "I found 1 product for “blue lamp”.\n1. Desk Lamp: $5.00, in stock\n" + HINT_ONE
    )


def test_a_condition_without_an_earlier_search_starts_one() -> None:
    failed = DialogueTurn(
        "kettle", (build_call("product_search", build_error("TOOL_FAILED")),)
    )

    run = run_plan(narrow_search, build_state("in blue", failed), KETTLES)

    assert run.calls == [search(query="blue", limit=5)]


def test_more_results_of_the_last_search() -> None:
    many = [build_product(f"Kettle {n}") for n in range(1, 8)]

    run = run_plan(
        show_more,
        build_state("show me more", turn_with_search(max_price=60.0)),
        build_search_result(*many),
    )

    assert run.calls == [search(query="kettle", limit=10, max_price=60.0)]
    assert run.answer == (
        "I found 7 products for “kettle” up to $60.00. Here are 2.\n"
        "6. Kettle 6: $49.00, in stock\n"
        "7. Kettle 7: $49.00, in stock\n" + HINT_MANY
    )


@pytest.mark.parametrize(
    ("count", "answer"),
    [
        (5, "That was everything I found. Shall I look for something else?"),
        (
            6,
            "I found 6 products for “kettle”. Here is 1.\n"
            "6. Kettle 6: $49.00, in stock\n" + HINT_MANY,
        ),
    ],
)
def test_five_results_were_displayed_before(count: int, answer: str) -> None:
    many = [build_product(f"Kettle {n}") for n in range(1, count + 1)]

    run = run_plan(
        show_more, build_state("more", turn_with_search()), build_search_result(*many)
    )

    assert run.answer == answer


def test_there_is_no_more_of_nothing() -> None:
    run = run_plan(show_more, build_state("show me more"))

    assert (run.calls, run.answer) == (
        [],
        "I have not shown you anything yet. What are you looking for?",
    )


@pytest.mark.parametrize(
    ("utterance", "name"),
    [
        ("tell me more about the second one", "Glass Kettle"),
        ("details of the travel kettle", "Travel Kettle"),
        ("how much is the cheapest", "Glass Kettle"),
    ],
)
def test_details_of_a_displayed_product(utterance: str, name: str) -> None:
    run = run_plan(
        show_product_details,
        build_state(utterance, turn_with_search()),
        build_details(name, description="It whistles."),
    )

    assert run.calls == [details_of(name)]
    assert run.answer == f"{name}: $49.00, in stock.\nIt whistles."


def test_a_position_is_that_of_the_sorted_list() -> None:
    state = build_state(
        "details of the first one", turn_with_search(utterance="the cheapest kettle")
    )

    run = run_plan(show_product_details, state, build_details("Glass Kettle"))

    assert run.calls == [details_of("Glass Kettle")]


def test_it_is_the_product_shown_last() -> None:
    lamp_turn = DialogueTurn(
        "the lamp", (build_call("product_details", build_details("Desk Lamp")),)
    )
    state = build_state("what is it made of", turn_with_search(), lamp_turn)

    run = run_plan(show_product_details, state, build_details("Desk Lamp"))

    assert run.calls == [details_of("Desk Lamp")]


@pytest.mark.parametrize(
    ("turns", "answer"), [([], ASK_WHAT_FOR), ([turn_with_search()], ASK_WHICH)]
)
def test_it_asks_what_to_describe(turns: list[DialogueTurn], answer: str) -> None:
    run = run_plan(show_product_details, build_state("describe it", *turns))

    assert (run.calls, run.answer) == ([], answer)


def test_a_product_that_is_not_displayed_is_searched_for() -> None:
    shown = DialogueTurn(
        "it", (build_call("product_details", build_details("Copper Kettle")),)
    )

    run = run_plan(
        show_product_details,
        build_state("tell me about the desk lamp", shown),
        build_search_result(LAMP, GLASS),
        build_details("Desk Lamp", price=5_00),
    )

    assert run.calls == [search(query="desk lamp", limit=5), details_of("Desk Lamp")]
    assert run.answer == "Desk Lamp: $5.00, in stock.\nWashed linen, two pockets."


def test_several_products_of_the_name_are_listed() -> None:
    run = run_plan(
        show_product_details,
        build_state("describe the cheapest kettle"),
        build_search_result(COPPER, GLASS),
    )

    assert run.calls == [search(query="kettle", limit=10)]
    assert run.answer == (
        "I found 2 products for “kettle”.\n"
        "1. Glass Kettle: $29.00, in stock\n"
        "2. Copper Kettle: $49.00, in stock\n" + HINT_MANY
    )


def test_the_displayed_products_are_those_of_the_latest_list() -> None:
    lamps = turn_with_search(build_search_result(LAMP), query="lamp")
    shown = DialogueTurn("thanks")

    products = get_displayed_products(build_state("", turn_with_search(), lamps, shown))

    assert [product["name"] for product in products] == ["Desk Lamp"]
    assert get_displayed_products(build_state("", shown)) == []
