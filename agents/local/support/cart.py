"""The cart: add, change, remove, look. Pure."""

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
from agents.local.reference_resolution import find_variant, is_named, resolve_items
from agents.local.references import (
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
from agents.local.support.shopping import search_arguments

ASK_WHICH_ITEM = "Which one shall I add? Say its number, for example “the second one”."
ASK_WHICH_VARIANT = "Which of these would you like?"
WHICH_LINE = "Which item of your cart do you mean? Say its number or its name."
WHAT_ADD = "What shall I add? Name a product, and I will look for it."
ASK_QUANTITY = "How many would you like?"
EMPTIED = "Your cart is empty now."
NO_PAYMENT = "I cannot take a payment in this chat: please go to the checkout."
LOOK = "Tell me what you are looking for, and I will find it."


def add_to_cart(talk: DialogueState) -> ToolPlan:
    """Adds what is meant of the things on the screen; what is named and not on the
    screen is searched for, and added if there is no doubt."""
    chosen = _on_screen(talk)
    if chosen:
        return (yield from _add_all(chosen, talk.utterance))
    if not extract_search_terms(talk.utterance):
        return ASK_WHICH_ITEM if talk.latest_result("products") else WHAT_ADD
    arguments = search_arguments(talk.utterance)
    result = yield from call_tool("product_search", **arguments)
    certain = _certain(result["products"], talk.utterance)
    if certain:
        return (yield from _add_all(certain, talk.utterance))
    shown = render_search_results(result, arguments)
    return f"{shown}\n{ASK_WHICH_ITEM}" if result["products"] else shown


def _on_screen(talk: DialogueState) -> list[Json]:
    """ "It" and "the blue one" are about a product that was just looked at alone."""
    alone = talk.previous_turns[-1].calls if talk.previous_turns else ()
    focus = next(
        (call.result["product"] for call in alone if "product" in call.result), None
    )
    if focus and (
        find_variant(focus["variants"], talk.utterance) or _is_it(talk.utterance)
    ):
        return [focus]
    return resolve_items(talk.latest_result("products") or [], talk.utterance)


def _is_it(said: str) -> bool:
    return has_pronoun(said) and not extract_search_terms(said)


def _certain(products: list[Json], said: str) -> list[Json]:
    """Of a search, what may be added without asking: what was picked by its price, or
    the only one that bears everything that was named."""
    named = [item for item in products if is_named(item, said)]
    if wants_cheapest(said) or wants_most_expensive(said):
        return resolve_items(named or products, said)
    return named if len(named) == 1 else []


def _add_all(items: list[Json], said: str) -> ToolPlan:
    done: list[CompletedToolCall] = []
    failed: list[CompletedToolCall] = []
    for item in items:
        added = yield from _add_one(item, said)
        if isinstance(added, str):
            return added
        (failed if added.error_code else done).append(added)
    if not done:
        raise ToolCallFailed(failed[0])
    names = join_list([render_added_item(call.result) for call in done])
    troubles = [explain_failure(call) for call in failed]
    return " ".join(
        [f"I added {names} to your cart.", *troubles, render_total(done[-1].result)]
    )


def _add_one(
    item: Json, said: str
) -> Generator[ToolCall, CompletedToolCall, CompletedToolCall | str]:
    """What came of it; a question, when the product has variants and none was named."""
    arguments = {"product_id": item["productId"], "quantity": find_quantity(said) or 1}
    if not item["hasVariants"]:
        return (yield ToolCall("add_to_cart", arguments))
    result = yield from call_tool("product_details", product_id=item["productId"])
    product = result["product"]
    variant = find_variant(product["variants"], said)
    if variant is None:
        return f"{product['name']} comes as:\n{render_variants(product)}\n{ASK_WHICH_VARIANT}"
    return (
        yield ToolCall("add_to_cart", arguments | {"variant_id": variant["variantId"]})
    )


def change_quantity(talk: DialogueState) -> ToolPlan:
    wanted = find_quantity(talk.utterance)
    if wanted is None:
        return ASK_QUANTITY
    line = yield from _line_of(talk)
    if isinstance(line, str):
        return line
    result = yield from call_tool(
        "set_cart_quantity",
        product_id=line["productId"],
        variant_id=line["variantId"],
        quantity=wanted,
    )
    return f"Done. {render_cart(result['cart'])}"


def remove_from_cart(talk: DialogueState) -> ToolPlan:
    line = yield from _line_of(talk)
    if isinstance(line, str):
        return line
    result = yield from call_tool(
        "remove_from_cart", product_id=line["productId"], variant_id=line["variantId"]
    )
    return f"I took it out. {render_cart(result['cart'])}"


def _line_of(talk: DialogueState) -> Generator[ToolCall, CompletedToolCall, Json | str]:
    """The cart line that is meant; a question, when that is not clear."""
    cart = (yield from call_tool("view_cart"))["cart"]
    items = cart["items"]
    if not items:
        return render_cart(cart)
    chosen = resolve_items(items, talk.utterance) or _last_changed(talk, items)
    return chosen[0] if chosen else f"{render_cart(cart)}\n{WHICH_LINE}"


def _last_changed(talk: DialogueState, items: list[Json]) -> list[Json]:
    """ "Make it three": what the last change was about, when no other thing is named."""
    change = talk.latest_result("change") or {}
    named = extract_search_terms(talk.utterance)
    return [i for i in items if not named and i["productId"] == change.get("productId")]


def empty_cart(_: DialogueState) -> ToolPlan:
    yield from call_tool("empty_cart")
    return EMPTIED


def view_cart(_: DialogueState) -> ToolPlan:
    result = yield from call_tool("view_cart")
    return render_cart(result["cart"])


def explain_checkout(_: DialogueState) -> ToolPlan:
    """An agent takes no money: it shows the way."""
    cart = (yield from call_tool("view_cart"))["cart"]
    return f"{render_cart(cart)}\n{NO_PAYMENT if cart['items'] else LOOK}"
