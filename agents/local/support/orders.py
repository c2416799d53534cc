"""Tool plans for orders: status and contents. Pure."""

from collections.abc import Generator

from agents.local.dialogue_state import CompletedToolCall, DialogueState, Json
from agents.local.formatting import format_amount, join_list
from agents.local.plan import ToolCall, ToolCallFailed, ToolPlan, call_tool
from agents.local.references import find_order_reference

STATUS_TEXTS = {
    "PENDING": "is waiting for its payment",
    "REQUIRES_ACTION": "is waiting for you to confirm the payment with your bank",
    "PAYMENT_FAILED": "was not paid: the payment was declined",
    "PAID": "is paid and will be packed next",
    "PROCESSING": "is paid and being packed",
    "SHIPPED": "is on its way to you",
    "DELIVERED": "was delivered",
    "CANCELLED": "was canceled",
}
FINAL_STATUSES = frozenset({"SHIPPED", "DELIVERED", "CANCELLED", "PAYMENT_FAILED"})
NOT_FOUND_CODES = frozenset({"ORDER_NOT_FOUND", "BAD_ORDER_REFERENCE"})
NO_ORDERS = "You have no orders yet."
TOO_LATE = "It can no longer be canceled or changed."
NOT_BY_CHAT = (
    "I cannot cancel or change an order in this chat. You can cancel it yourself on the "
    "page of the order until it is shipped."
)
MAX_ORDERS = 5
MAX_ITEMS = 4


def track_order(state: DialogueState) -> ToolPlan:
    order = yield from _find_order(state)
    return order if isinstance(order, str) else render_order(order)


def explain_order_change(state: DialogueState) -> ToolPlan:
    """The agent changes no orders: customers cancel them on the order's page."""
    order = yield from _find_order(state)
    if isinstance(order, str):
        return order
    return f"{render_order(order)} {TOO_LATE if order['status'] in FINAL_STATUSES else NOT_BY_CHAT}"


def list_orders(_: DialogueState) -> ToolPlan:
    orders = (yield from call_tool("list_orders", limit=MAX_ORDERS))["orders"]
    if not orders:
        return NO_ORDERS
    lines = "\n".join(map(_render_line, orders))
    title = f"{len(orders)} orders" if len(orders) > 1 else "order"
    return f"Your latest {title}:\n{lines}"


def _find_order(
    state: DialogueState,
) -> Generator[ToolCall, CompletedToolCall, Json | str]:
    """The order that is named, else the last one shown, else the latest; a text for the
    customer when there is none."""
    reference = find_order_reference(state.utterance) or (
        state.latest_result("order") or {}
    ).get("number")
    if reference is None:
        latest = (yield from call_tool("list_orders", limit=1))["orders"]
        if not latest:
            return NO_ORDERS
        reference = latest[0]["number"]
    call = yield ToolCall("order_status", {"order": str(reference)})
    if call.error_code in NOT_FOUND_CODES:
        return f"I find no order {reference} of yours. Is the number right?"
    if call.error_code:
        raise ToolCallFailed(call)
    order: Json = call.result["order"]
    return order


def render_order(order: Json) -> str:
    status_text = STATUS_TEXTS.get(order["status"], f"has the status {order['status']}")
    total = format_amount(order["totalAmount"], order["currency"])
    parts = [
        f"Order {order['number']} {status_text}.",
        f"You placed it on {order['placedOn']}: {_render_items(order)}, {total} in all.",
    ]
    if order["trackingNumber"]:
        parts.append(f"The tracking number is {order['trackingNumber']}.")
    if order["paymentStatus"] == "REFUNDED":
        parts.append("It was refunded.")
    if order["paymentStatus"] == "PARTIALLY_REFUNDED":
        parts.append("It was refunded in part.")
    return " ".join(parts)


def _render_items(order: Json) -> str:
    shown = [
        f"{item['quantity']} x {item['name']}" for item in order["items"][:MAX_ITEMS]
    ]
    others = len(order["items"]) - len(shown)
    return join_list([*shown, f"{others} more"] if others else shown or ["no items"])


def _render_line(order: Json) -> str:
    status = order["status"].replace("_", " ").lower()
    total = format_amount(order["totalAmount"], order["currency"])
    items = _render_items(order)
    return (
        f"Order {order['number']} of {order['placedOn']}: {status}, {total} ({items})"
    )
