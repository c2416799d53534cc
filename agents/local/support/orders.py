"""Tool plans for orders: status and contents. Pure."""

from collections.abc import Callable, Generator

from agents.local.dialogue_state import CompletedToolCall, DialogueState, Json
from agents.local.formatting import format_amount, join_list
from agents.local.plan import ToolCall, ToolCallFailed, ToolPlan, call_tool
from agents.local.reference_resolution import describe_missing, resolve_items
from agents.local.references import (
    OrderReference,
    find_further_orders,
    find_implied_order,
    find_order_description,
    find_order_reference,
    find_positions,
    find_unclear_order,
    means_latest_order,
)

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
ASK_NUMBER = "Tell me the number of the order."
MAX_ORDERS = 5
MAX_ITEMS = 4


def track_order(state: DialogueState) -> ToolPlan:
    return (yield from _describe_orders(state, render_order))


def explain_order_change(state: DialogueState) -> ToolPlan:
    """The agent changes no orders: customers cancel them on the order's page."""
    return (yield from _describe_orders(state, _render_with_change))


def _describe_orders(state: DialogueState, render: Callable[[Json], str]) -> ToolPlan:
    """Describe the order that is meant, and the others that are named with it."""
    orders = [(yield from _find_order(state))]
    for reference in find_further_orders(state.utterance)[: MAX_ORDERS - 1]:
        order = yield from _load_order(reference)
        orders.append(order)
    return "\n".join(
        order if isinstance(order, str) else render(order) for order in orders
    )


def _render_with_change(order: Json) -> str:
    is_final = order["status"] in FINAL_STATUSES
    return f"{render_order(order)} {TOO_LATE if is_final else NOT_BY_CHAT}"


def list_orders(state: DialogueState) -> ToolPlan:
    del state
    return (yield from _list_latest())


def _list_latest() -> ToolPlan:
    orders = (yield from call_tool("list_orders", limit=MAX_ORDERS))["orders"]
    if not orders:
        return NO_ORDERS
    lines = "\n".join(map(_render_line, orders))
    title = f"{len(orders)} orders" if len(orders) > 1 else "order"
    return f"Your latest {title}:\n{lines}"


def _find_order(
    state: DialogueState,
) -> Generator[ToolCall, CompletedToolCall, Json | str]:
    """The order that is named; if none is, the last one shown, else the latest. A text for the
    customer when there is none, or when it is not clear which one is meant."""
    reference = _find_named(state)
    if reference is None and (
        described := find_order_description(state.utterance)
        or find_unclear_order(state.utterance)
    ):
        orders = yield from _list_latest()
        return (
            orders
            if orders == NO_ORDERS
            else f"I cannot tell which order you mean by “{described}”. {orders}\n{ASK_NUMBER}"
        )
    listed = _listed_orders(state)
    if reference is None and (missing := describe_missing(listed, state.utterance)):
        return f"{missing} {ASK_NUMBER}"
    if reference is None and find_positions(state.utterance) and listed:
        reference = resolve_items(listed, state.utterance)[0]["number"]
    if reference is None:
        reference = yield from _find_default(state)
    return NO_ORDERS if reference is None else (yield from _load_order(reference))


def _find_named(state: DialogueState) -> OrderReference | None:
    named = find_order_reference(state.utterance)
    if named is None and not _listed_orders(state):
        return find_implied_order(state.utterance)
    return named


def _listed_orders(state: DialogueState) -> list[Json]:
    """The orders that the previous turn listed."""
    calls = state.previous_turns[-1].calls if state.previous_turns else ()
    return next((c.result["orders"] for c in calls if "orders" in c.result), [])


def _find_default(
    state: DialogueState,
) -> Generator[ToolCall, CompletedToolCall, OrderReference | None]:
    """The order of an utterance that names none: "my order", "my latest order"."""
    shown = state.latest_result("order")
    if shown and not means_latest_order(state.utterance):
        number: int = shown["number"]
        return number
    latest = (yield from call_tool("list_orders", limit=1))["orders"]
    return latest[0]["number"] if latest else None


def find_unknown_order(
    state: DialogueState,
) -> Generator[ToolCall, CompletedToolCall, str | None]:
    """A text about the order that the utterance names, if the customer has no such order."""
    reference = find_order_reference(state.utterance)
    if reference is None:
        return None
    order = yield from _load_order(reference)
    return order if isinstance(order, str) else None


def _load_order(
    reference: OrderReference,
) -> Generator[ToolCall, CompletedToolCall, Json | str]:
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
