"""Tool plans for the cart: add, change, remove, view. Pure."""

from collections.abc import Generator

from agents.local.dialogue_state import CompletedToolCall, DialogueState, Json
from agents.local.formatting import join_list
from agents.local.plan import (
    ToolCall,
    ToolCallFailed,
    ToolPlan,
    call_tool,
    explain_failure,
)
from agents.local.reference_resolution import (
    describe_missing,
    find_variant,
    is_named,
    resolve_items,
    stem_words,
)
from agents.local.references import (
    find_impossible_quantity,
    find_positions,
    find_quantity,
    has_pronoun,
    wants_cheapest,
    wants_most_expensive,
)
from agents.local.search_terms import extract_search_terms
from agents.local.support.cart_rendering import (
    render_added_item,
    render_cart,
    render_total,
)
from agents.local.support.product_rendering import (
    render_search_results,
    render_variants,
)
from agents.local.support.shopping import (
    build_search_arguments,
    get_displayed_products,
)

ASK_WHICH_ITEM = "Which one shall I add? Say its number, for example “the second one”."
ASK_WHICH_VARIANT = "Which of these would you like?"
ASK_WHICH_TO_REMOVE = (
    "Which item of your cart shall I take out? Say its number or its name."
)
ASK_WHICH_TO_CHANGE = (
    "Which item of your cart do you mean? "
    "Say, for example, “change the second one to three”."
)
ASK_WHAT_TO_ADD = "What shall I add? Name a product, and I will look for it."
ASK_QUANTITY = "How many would you like?"
CART_EMPTIED = "Your cart is empty now."
NO_PAYMENT = "I cannot take a payment in this chat: please go to the checkout."
OFFER_SEARCH = "Tell me what you are looking for, and I will find it."


def add_to_cart(state: DialogueState) -> ToolPlan:
    """Add the displayed items that are meant; a product that is named but not displayed is
    searched for, and added if the result is unambiguous."""
    problem = _find_problem(state, get_displayed_products(state))
    if problem is not None:
        return f"{problem} {ASK_WHICH_ITEM}"
    chosen = _displayed_items(state)
    if chosen:
        return (yield from _add_all(chosen, state.utterance))
    return (yield from _add_named(state))


def _add_named(state: DialogueState) -> ToolPlan:
    """Add a product that is named but not displayed."""
    if not extract_search_terms(state.utterance):
        return ASK_WHICH_ITEM if get_displayed_products(state) else ASK_WHAT_TO_ADD
    arguments = build_search_arguments(state.utterance)
    result = yield from call_tool("product_search", **arguments)
    unambiguous = _pick_unambiguous(result["products"], state.utterance)
    if unambiguous:
        return (yield from _add_all(unambiguous, state.utterance))
    shown = render_search_results(result, arguments)
    return f"{shown}\n{ASK_WHICH_ITEM}" if result["products"] else shown


def _find_problem(state: DialogueState, items: list[Json]) -> str | None:
    """A sentence about a quantity that cannot be, or a position that the list does not have."""
    impossible = find_impossible_quantity(state.utterance)
    if impossible is not None:
        return f"A quantity is a whole number from 1 on, not {impossible}."
    is_variant = state.last_reply.endswith(ASK_WHICH_VARIANT)
    return None if is_variant else describe_missing(items, state.utterance)


def _displayed_items(state: DialogueState) -> list[Json]:
    """Displayed items that are meant. "It" and "the blue one" refer to a product whose details
    were shown in the previous turn."""
    previous_calls = state.previous_turns[-1].calls if state.previous_turns else ()
    focus = next(
        (call.result["product"] for call in previous_calls if "product" in call.result),
        None,
    )
    if focus and (
        find_variant(focus["variants"], state.utterance)
        or _is_pronoun_only(state.utterance)
    ):
        return [focus]
    return resolve_items(get_displayed_products(state), state.utterance)


def _is_pronoun_only(utterance: str) -> bool:
    """Whether "it" or "that one" is all that names the item: not "the second one"."""
    return has_pronoun(utterance) and not (
        extract_search_terms(utterance)
        or find_positions(utterance)
        or wants_cheapest(utterance)
        or wants_most_expensive(utterance)
    )


def _pick_unambiguous(products: list[Json], utterance: str) -> list[Json]:
    """Search results that may be added without asking: the one picked by its price, or the
    only one that has every search term."""
    named = [item for item in products if is_named(item, utterance)]
    if wants_cheapest(utterance) or wants_most_expensive(utterance):
        return resolve_items(named or products, utterance)
    return named if len(named) == 1 else []


def _add_all(items: list[Json], utterance: str) -> ToolPlan:
    succeeded: list[CompletedToolCall] = []
    failed: list[CompletedToolCall] = []
    for item in items:
        added = yield from _add_one(item, utterance)
        if isinstance(added, str):
            return added
        (failed if added.error_code else succeeded).append(added)
    if not succeeded:
        raise ToolCallFailed(failed[0])
    names = join_list([render_added_item(call.result) for call in succeeded])
    problems = [explain_failure(call) for call in failed]
    return " ".join(
        [
            f"I added {names} to your cart.",
            *problems,
            render_total(succeeded[-1].result),
        ]
    )


def _add_one(
    item: Json, utterance: str
) -> Generator[ToolCall, CompletedToolCall, CompletedToolCall | str]:
    """Result of adding; a question, when the product has variants and none is named."""
    arguments = {
        "product_id": item["productId"],
        "quantity": find_quantity(utterance) or 1,
    }
    if not item["hasVariants"]:
        return (yield ToolCall("add_to_cart", arguments))
    result = yield from call_tool("product_details", product_id=item["productId"])
    product = result["product"]
    variant = find_variant(product["variants"], utterance)
    if variant is None:
        return f"{product['name']} comes as:\n{render_variants(product)}\n{ASK_WHICH_VARIANT}"
    return (
        yield ToolCall("add_to_cart", arguments | {"variant_id": variant["variantId"]})
    )


def change_quantity(state: DialogueState) -> ToolPlan:
    if impossible := find_impossible_quantity(state.utterance):
        return (
            f"A quantity is a whole number from 1 on, not {impossible}. {ASK_QUANTITY}"
        )
    quantity = find_quantity(state.utterance)
    if quantity is None:
        return ASK_QUANTITY
    line = yield from _find_line(state, question=ASK_WHICH_TO_CHANGE)
    if isinstance(line, str):
        return line
    result = yield from call_tool(
        "set_cart_quantity",
        product_id=line["productId"],
        variant_id=line["variantId"],
        quantity=quantity,
    )
    return f"Done. {render_cart(result['cart'])}"


def remove_from_cart(state: DialogueState) -> ToolPlan:
    line = yield from _find_line(state, question=ASK_WHICH_TO_REMOVE)
    if isinstance(line, str):
        return line
    result = yield from call_tool(
        "remove_from_cart", product_id=line["productId"], variant_id=line["variantId"]
    )
    return f"I took it out. {render_cart(result['cart'])}"


def _find_line(
    state: DialogueState, *, question: str
) -> Generator[ToolCall, CompletedToolCall, Json | str]:
    """The cart line that is meant; the cart and a question when that is not clear."""
    cart = (yield from call_tool("view_cart"))["cart"]
    items = cart["items"]
    if not items:
        return render_cart(cart)
    if missing := describe_missing(items, state.utterance):
        return f"{missing}\n{render_cart(cart)}\n{question}"
    chosen = resolve_items(items, state.utterance) or _last_changed(state, items)
    if len(chosen) == 1:
        return chosen[0]
    named = extract_search_terms(state.utterance)
    is_absent = named and not any(_shares_word(item, named) for item in items)
    absent = f"There is no “{named}” in your cart.\n" if is_absent else ""
    return f"{absent}{render_cart(cart)}\n{question}"


def _shares_word(item: Json, words: str) -> bool:
    return bool(stem_words(item["name"]) & stem_words(words))


def _last_changed(state: DialogueState, items: list[Json]) -> list[Json]:
    """ "Make it three": the item of the last change, when no other item is named."""
    change = state.latest_result("change") or {}
    if extract_search_terms(state.utterance):
        return []
    return [i for i in items if i["productId"] == change.get("productId")]


def empty_cart(_: DialogueState) -> ToolPlan:
    yield from call_tool("empty_cart")
    return CART_EMPTIED


def view_cart(_: DialogueState) -> ToolPlan:
    result = yield from call_tool("view_cart")
    return render_cart(result["cart"])


def explain_checkout(_: DialogueState) -> ToolPlan:
    """An agent takes no payment; it refers to the checkout."""
    cart = (yield from call_tool("view_cart"))["cart"]
    return f"{render_cart(cart)}\n{NO_PAYMENT if cart['items'] else OFFER_SEARCH}"
