"""Renders the cart as text. Pure."""

from agents.local.dialogue_state import Json
from agents.local.formatting import format_amount, format_numbered_list

EMPTY_CART = "Your cart is empty."


def render_cart(cart: Json) -> str:
    if not cart["items"]:
        return EMPTY_CART
    issues = [f"Please note: {issue['message']}." for issue in cart["issues"]]
    lines = format_numbered_list(_render_line(item) for item in cart["items"])
    return "\n".join(["In your cart:", lines, _render_sum(cart), *issues])


def _render_line(item: Json) -> str:
    options = ", ".join(item["options"].values())
    name = f"{item['name']} ({options})" if options else item["name"]
    return f"{item['quantity']} x {name}: {format_amount(item['lineTotal'], item['currency'])}"


def _render_sum(cart: Json) -> str:
    subtotal, tax, total = (
        format_amount(cart[field], cart["currency"])
        for field in ("subtotal", "tax", "totalAmount")
    )
    return f"Subtotal {subtotal}, tax {tax}, total {total}."


def render_added_item(result: Json) -> str:
    """What was added: `2 x Kettle`."""
    change, items = result["change"], result["cart"]["items"]
    names = (i["name"] for i in items if i["productId"] == change["productId"])
    return f"{change['added']} x {next(names)}"


def render_total(result: Json) -> str:
    cart = result["cart"]
    return f"The total is now {format_amount(cart['totalAmount'], cart['currency'])}, tax included."
