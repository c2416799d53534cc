"""Orders: where they are, what was bought. Pure."""

from collections.abc import Generator

from agents.local.dialogue_state import CompletedToolCall, DialogueState, Json
from agents.local.formatting import format_amount, format_count, join_list
from agents.local.plan import ToolCall, ToolCallFailed, ToolPlan, call_tool
from agents.local.references import find_order_reference

STATUS_WORDS = {
    "PENDING": "is waiting for its payment",
    "REQUIRES_ACTION": "is waiting for you to confirm the payment with your bank",
    "PAYMENT_FAILED": "was not paid: the payment was declined",
    "PAID": "is paid and will be packed next",
    "PROCESSING": "is paid and being packed",
    "SHIPPED": "is on its way to you",
    "DELIVERED": "was delivered",
    "CANCELLED": "was cancelled",
}
SETTLED = frozenset({"SHIPPED", "DELIVERED", "CANCELLED", "PAYMENT_FAILED"})
UNKNOWN = frozenset({"ORDER_NOT_FOUND", "BAD_ORDER_REFERENCE"})
NO_ORDERS = "You have no orders yet."
TOO_LATE = "It can no longer be cancelled or changed."
NOT_BY_CHAT = (
    "I cannot cancel or change an order in this chat. You can cancel it yourself on the "
    "page of the order until it is shipped."
)
LATEST = 5
MAX_ITEMS = 4


def track_order(talk: DialogueState) -> ToolPlan:
    order = yield from _order(talk)
    return order if isinstance(order, str) else order_words(order)


def explain_order_change(talk: DialogueState) -> ToolPlan:
    """Changing an order is the customer's own decision, taken on the order's page."""
    order = yield from _order(talk)
    if isinstance(order, str):
        return order
    return f"{order_words(order)} {TOO_LATE if order['status'] in SETTLED else NOT_BY_CHAT}"


def list_orders(_: DialogueState) -> ToolPlan:
    orders = (yield from call_tool("list_orders", limit=LATEST))["orders"]
    if not orders:
        return NO_ORDERS
    lines = "\n".join(map(_line, orders))
    return f"Your latest {format_count(len(orders), 'order')}:\n{lines}"


def _order(talk: DialogueState) -> Generator[ToolCall, CompletedToolCall, Json | str]:
    """The order that is named, else the one talked about, else the latest; words, when
    there is none."""
    reference = find_order_reference(talk.utterance) or (
        talk.latest_result("order") or {}
    ).get("number")
    if reference is None:
        latest = (yield from call_tool("list_orders", limit=1))["orders"]
        if not latest:
            return NO_ORDERS
        reference = latest[0]["number"]
    called = yield ToolCall("order_status", {"order": str(reference)})
    if called.error_code in UNKNOWN:
        return f"I find no order {reference} of yours. Is the number right?"
    if called.error_code:
        raise ToolCallFailed(called)
    order: Json = called.result["order"]
    return order


def order_words(order: Json) -> str:
    what = STATUS_WORDS.get(order["status"], f"has the status {order['status']}")
    total = format_amount(order["totalAmount"], order["currency"])
    parts = [
        f"Order {order['number']} {what}.",
        f"You placed it on {order['placedOn']}: {_items(order)}, {total} in all.",
    ]
    if order["trackingNumber"]:
        parts.append(f"The tracking number is {order['trackingNumber']}.")
    if order["paymentStatus"] == "REFUNDED":
        parts.append("It was refunded.")
    if order["paymentStatus"] == "PARTIALLY_REFUNDED":
        parts.append("It was refunded in part.")
    return " ".join(parts)


def _items(order: Json) -> str:
    shown = [
        f"{item['quantity']} x {item['name']}" for item in order["items"][:MAX_ITEMS]
    ]
    others = len(order["items"]) - len(shown)
    return join_list([*shown, f"{others} more"] if others else shown or ["no items"])


def _line(order: Json) -> str:
    status = order["status"].replace("_", " ").lower()
    total = format_amount(order["totalAmount"], order["currency"])
    return f"Order {order['number']} of {order['placedOn']}: {status}, {total} ({_items(order)})"
