"""The cart: add, change, remove, look. Pure."""

from collections.abc import Generator

from agents.local.choosing import choose, is_named, matching_variant
from agents.local.conversation import Called, Json, Talk
from agents.local.errand import Call, Errand, Refused, ask, sorry
from agents.local.references import (
    is_pointing,
    quantity,
    wants_cheapest,
    wants_dearest,
)
from agents.local.support.cart_words import cart_words, change_words, total_words
from agents.local.support.product_words import found, variant_list
from agents.local.support.shopping import search_arguments
from agents.local.wish import search_words
from agents.local.words import listing

WHICH_ADD = "Which one shall I add? Say its number, for example “the second one”."
WHICH_VARIANT = "Which of these would you like?"
WHICH_LINE = "Which item of your cart do you mean? Say its number or its name."
WHAT_ADD = "What shall I add? Name a product, and I will look for it."
HOW_MANY = "How many would you like?"
EMPTIED = "Your cart is empty now."
NO_PAYMENT = "I cannot take a payment in this chat: please go to the checkout."
LOOK = "Tell me what you are looking for, and I will find it."


def add(talk: Talk) -> Errand:
    """Adds what is meant of the things on the screen; what is named and not on the
    screen is searched for, and added if there is no doubt."""
    chosen = _on_screen(talk)
    if chosen:
        return (yield from _add_all(chosen, talk.said))
    if not search_words(talk.said):
        return WHICH_ADD if talk.latest("products") else WHAT_ADD
    arguments = search_arguments(talk.said)
    result = yield from ask("product_search", **arguments)
    certain = _certain(result["products"], talk.said)
    if certain:
        return (yield from _add_all(certain, talk.said))
    shown = found(result, arguments)
    return f"{shown}\n{WHICH_ADD}" if result["products"] else shown


def _on_screen(talk: Talk) -> list[Json]:
    """ "It" and "the blue one" are about a product that was just looked at alone."""
    alone = talk.past[-1].calls if talk.past else ()
    focus = next(
        (call.result["product"] for call in alone if "product" in call.result), None
    )
    if focus and (matching_variant(focus["variants"], talk.said) or _is_it(talk.said)):
        return [focus]
    return choose(talk.latest("products") or [], talk.said)


def _is_it(said: str) -> bool:
    return is_pointing(said) and not search_words(said)


def _certain(products: list[Json], said: str) -> list[Json]:
    """Of a search, what may be added without asking: what was picked by its price, or
    the only one that bears everything that was named."""
    named = [item for item in products if is_named(item, said)]
    if wants_cheapest(said) or wants_dearest(said):
        return choose(named or products, said)
    return named if len(named) == 1 else []


def _add_all(items: list[Json], said: str) -> Errand:
    done: list[Called] = []
    failed: list[Called] = []
    for item in items:
        added = yield from _add_one(item, said)
        if isinstance(added, str):
            return added
        (failed if added.refusal else done).append(added)
    if not done:
        raise Refused(failed[0])
    names = listing([change_words(call.result) for call in done])
    troubles = [sorry(call) for call in failed]
    return " ".join(
        [f"I added {names} to your cart.", *troubles, total_words(done[-1].result)]
    )


def _add_one(item: Json, said: str) -> Generator[Call, Called, Called | str]:
    """What came of it; a question, when the product has variants and none was named."""
    arguments = {"product_id": item["productId"], "quantity": quantity(said) or 1}
    if not item["hasVariants"]:
        return (yield Call("add_to_cart", arguments))
    result = yield from ask("product_details", product_id=item["productId"])
    product = result["product"]
    variant = matching_variant(product["variants"], said)
    if variant is None:
        return f"{product['name']} comes as:\n{variant_list(product)}\n{WHICH_VARIANT}"
    return (yield Call("add_to_cart", arguments | {"variant_id": variant["variantId"]}))


def change_quantity(talk: Talk) -> Errand:
    wanted = quantity(talk.said)
    if wanted is None:
        return HOW_MANY
    line = yield from _line_of(talk)
    if isinstance(line, str):
        return line
    result = yield from ask(
        "set_cart_quantity",
        product_id=line["productId"],
        variant_id=line["variantId"],
        quantity=wanted,
    )
    return f"Done. {cart_words(result['cart'])}"


def remove(talk: Talk) -> Errand:
    line = yield from _line_of(talk)
    if isinstance(line, str):
        return line
    result = yield from ask(
        "remove_from_cart", product_id=line["productId"], variant_id=line["variantId"]
    )
    return f"I took it out. {cart_words(result['cart'])}"


def _line_of(talk: Talk) -> Generator[Call, Called, Json | str]:
    """The cart line that is meant; a question, when that is not clear."""
    cart = (yield from ask("view_cart"))["cart"]
    items = cart["items"]
    if not items:
        return cart_words(cart)
    chosen = choose(items, talk.said) or _last_changed(talk, items)
    return chosen[0] if chosen else f"{cart_words(cart)}\n{WHICH_LINE}"


def _last_changed(talk: Talk, items: list[Json]) -> list[Json]:
    """ "Make it three": what the last change was about, when no other thing is named."""
    change = talk.latest("change") or {}
    named = search_words(talk.said)
    return [i for i in items if not named and i["productId"] == change.get("productId")]


def empty(_: Talk) -> Errand:
    yield from ask("empty_cart")
    return EMPTIED


def view(_: Talk) -> Errand:
    result = yield from ask("view_cart")
    return cart_words(result["cart"])


def checkout(_: Talk) -> Errand:
    """An agent takes no money: it shows the way."""
    cart = (yield from ask("view_cart"))["cart"]
    return f"{cart_words(cart)}\n{NO_PAYMENT if cart['items'] else LOOK}"
