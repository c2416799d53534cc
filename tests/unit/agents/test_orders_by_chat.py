"""What a customer reads about their orders."""

from typing import Any
from uuid import UUID

import pytest

from agents.local.dialogue_state import DialogueState, DialogueTurn
from agents.local.plan import ToolCall
from agents.local.support.orders import (
    explain_order_change,
    list_orders,
    render_order,
    track_order,
)
from agents.local.support.small_talk import answer_from_help_pages
from tests.support.dialogues import build_call, build_state, run_plan
from tests.support.tool_results import (
    build_error,
    build_order,
    build_order_item,
    build_order_list,
)

Json = dict[str, Any]
ORDER_ID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
NO_ORDERS = "You have no orders yet."
PLACED = "You placed it on 2026-03-01: 2 x Copper Kettle, $107.80 in all."


def status_of(order: object) -> ToolCall:
    return ToolCall("order_status", {"order": str(order)})


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("PENDING", "Order 1042 is waiting for its payment."),
        (
            "REQUIRES_ACTION",
            "Order 1042 is waiting for you to confirm the payment with your bank.",
        ),
        ("PAYMENT_FAILED", "Order 1042 was not paid: the payment was declined."),
        ("PAID", "Order 1042 is paid and will be packed next."),
        ("PROCESSING", "Order 1042 is paid and being packed."),
        ("SHIPPED", "Order 1042 is on its way to you."),
        ("DELIVERED", "Order 1042 was delivered."),
        ("CANCELLED", "Order 1042 was canceled."),
    ],
)
def test_every_status_has_its_sentence(status: str, sentence: str) -> None:
    order = build_order(status=status)["order"]

    assert render_order(order) == f"{sentence} {PLACED}"


def test_a_status_of_a_later_version_is_named() -> None:
    order = build_order()["order"] | {"status": "ON_HOLD"}

    assert render_order(order) == f"Order 1042 has the status ON_HOLD. {PLACED}"


@pytest.mark.parametrize(
    ("values", "addition"),
    [
        ({"tracking_number": "TRACK-7"}, " The tracking number is TRACK-7."),
        ({"payment_status": "REFUNDED"}, " It was refunded."),
        ({"payment_status": "PARTIALLY_REFUNDED"}, " It was refunded in part."),
        (
            {"tracking_number": "TRACK-7", "payment_status": "REFUNDED"},
            " The tracking number is TRACK-7. It was refunded.",
        ),
    ],
)
def test_tracking_and_refunds_are_mentioned_when_there_are_some(
    values: Json, addition: str
) -> None:
    order = build_order(**values)["order"]

    assert render_order(order) == (
        f"Order 1042 is paid and will be packed next. {PLACED}{addition}"
    )


@pytest.mark.parametrize(
    ("count", "items"),
    [
        (0, "no items"),
        (1, "1 x Item 1"),
        (2, "1 x Item 1 and 2 x Item 2"),
        (4, "1 x Item 1, 2 x Item 2, 3 x Item 3 and 4 x Item 4"),
        (5, "1 x Item 1, 2 x Item 2, 3 x Item 3, 4 x Item 4 and 1 more"),
        (9, "1 x Item 1, 2 x Item 2, 3 x Item 3, 4 x Item 4 and 5 more"),
    ],
)
def test_four_items_are_named(count: int, items: str) -> None:
    order = build_order(
        items=[build_order_item(f"Item {n}", n) for n in range(1, count + 1)],
        currency="EUR",
    )["order"]

    assert render_order(order) == (
        "Order 1042 is paid and will be packed next. "
        f"You placed it on 2026-03-01: {items}, €107.80 in all."
    )


def test_the_latest_orders_are_listed() -> None:
    run = run_plan(
        list_orders,
        build_state("show my orders"),
        build_order_list(
            {"number": 1044, "status": "REQUIRES_ACTION", "placed_on": "2026-03-02"},
            {"number": 1042, "currency": "GBP"},
        ),
    )

    assert run.calls == [ToolCall("list_orders", {"limit": 5})]
    assert run.answer == (
        "Your latest 2 orders:\n"
        "Order 1044 of 2026-03-02: requires action, $107.80 (2 x Copper Kettle)\n"
        "Order 1042 of 2026-03-01: paid, £107.80 (2 x Copper Kettle)"
    )


def test_a_single_order_is_not_counted() -> None:
    run = run_plan(list_orders, build_state("my orders"), build_order_list({}))

    assert run.answer == (
        "Your latest order:\nOrder 1042 of 2026-03-01: paid, $107.80 (2 x Copper Kettle)"
    )


def test_there_may_be_no_orders() -> None:
    run = run_plan(list_orders, build_state("my orders"), build_order_list())

    assert run.answer == NO_ORDERS


SHOWN = DialogueTurn("where is it", (build_call("order_status", build_order()),))


@pytest.mark.parametrize(
    ("state", "reference"),
    [
        (build_state("where is my order 1044?"), 1044),
        (build_state(f"where is {ORDER_ID}?"), ORDER_ID),
        (build_state("where is my order 1044?", SHOWN), 1044),
        (build_state("has it shipped?", SHOWN), 1042),
    ],
)
def test_the_order_is_the_one_named_or_the_one_shown_before(
    state: DialogueState, reference: object
) -> None:
    run = run_plan(track_order, state, build_order(status="SHIPPED"))

    assert run.calls == [status_of(reference)]
    assert run.answer == f"Order 1042 is on its way to you. {PLACED}"


def test_otherwise_it_is_the_latest_order() -> None:
    run = run_plan(
        track_order,
        build_state("where is my order?"),
        build_order_list({"number": 1044}),
        build_order(number=1044, status="DELIVERED"),
    )

    assert run.calls == [ToolCall("list_orders", {"limit": 1}), status_of(1044)]
    assert run.answer == f"Order 1044 was delivered. {PLACED}"


@pytest.mark.parametrize(
    "utterance",
    [
        "cancel my last order",
        "status of my latest order",
        "and the newest order?",
        "where is my most recent order",
    ],
)
def test_the_latest_order_is_not_the_one_shown_before(utterance: str) -> None:
    run = run_plan(
        track_order,
        build_state(utterance, SHOWN),
        build_order_list({"number": 1044}),
        build_order(number=1044),
    )

    assert run.calls == [ToolCall("list_orders", {"limit": 1}), status_of(1044)]


@pytest.mark.parametrize(
    "utterance",
    [
        "where are orders 1042 and 1044?",
        "order 1042, #1044",
        "order 1042 or order 1044",
    ],
)
def test_each_order_that_is_named_is_answered(utterance: str) -> None:
    run = run_plan(
        track_order,
        build_state(utterance),
        build_order(status="SHIPPED"),
        build_error("ORDER_NOT_FOUND"),
    )

    assert run.calls == [status_of(1042), status_of(1044)]
    assert run.answer == (
        f"Order 1042 is on its way to you. {PLACED}\n"
        "I find no order 1044 of yours. Is the number right?"
    )


@pytest.mark.parametrize("plan", [track_order, explain_order_change])
def test_no_order_can_be_meant_when_there_is_none(plan: Any) -> None:
    run = run_plan(plan, build_state("my order"), build_order_list())

    assert run.answer == NO_ORDERS


@pytest.mark.parametrize("code", ["ORDER_NOT_FOUND", "BAD_ORDER_REFERENCE"])
def test_an_order_that_is_not_found_is_named(code: str) -> None:
    run = run_plan(track_order, build_state("order 9999"), build_error(code))

    assert run.answer == "I find no order 9999 of yours. Is the number right?"


def test_any_other_failure_is_explained() -> None:
    run = run_plan(
        track_order,
        build_state("order 1042"),
        build_error("RATE_LIMITED", "Too many requests"),
    )

    assert run.answer == "That did not work: Too many requests."


TOO_LATE = "It can no longer be canceled or changed."
NOT_BY_CHAT = (
    "I cannot cancel or change an order in this chat. You can cancel it yourself on the "
    "page of the order until it is shipped."
)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("PENDING", NOT_BY_CHAT),
        ("REQUIRES_ACTION", NOT_BY_CHAT),
        ("PAID", NOT_BY_CHAT),
        ("PROCESSING", NOT_BY_CHAT),
        ("PAYMENT_FAILED", TOO_LATE),
        ("SHIPPED", TOO_LATE),
        ("DELIVERED", TOO_LATE),
        ("CANCELLED", TOO_LATE),
    ],
)
def test_an_order_can_be_changed_until_it_is_shipped(status: str, advice: str) -> None:
    order = build_order(status=status)

    run = run_plan(explain_order_change, build_state("cancel order 1042"), order)

    assert run.calls == [status_of(1042)]
    assert run.answer == f"{render_order(order['order'])} {advice}"


@pytest.mark.parametrize(
    ("plan", "utterance", "reference"),
    [
        (explain_order_change, "cancel order 1", "1"),
        (explain_order_change, "cancel 12", "12"),
        (track_order, "order number 12", "12"),
        (track_order, "where is my order 99999", "99999"),
        (track_order, "where is order ABC-123?", "ABC-123"),
        (track_order, "order " + "9" * 20, "9" * 20),
        (track_order, "order 0", "0"),
        (answer_from_help_pages, "refund order #12", "12"),
    ],
)
def test_an_order_that_the_customer_does_not_have_is_never_replaced_by_another(
    plan: Any, utterance: str, reference: str
) -> None:
    run = run_plan(plan, build_state(utterance, SHOWN), build_error("ORDER_NOT_FOUND"))

    assert run.calls == [status_of(reference)]
    assert run.answer == f"I find no order {reference} of yours. Is the number right?"


def test_help_on_an_order_that_is_there_comes_from_the_help_pages() -> None:
    passage = {"text": "Within 30 days.", "title": "Returns"}

    run = run_plan(
        answer_from_help_pages,
        build_state("can I return order 1042?"),
        build_order(),
        {"passages": [passage]},
    )

    assert run.answer.startswith("Within 30 days.")


@pytest.mark.parametrize(
    ("utterance", "described"),
    [
        ("cancel order 1st", "order 1st"),
        ("cancel order 1 item", "order 1"),
        ("cancel order one", "order one"),
        ("where is order 12lamps", "order 12lamps"),
    ],
)
def test_an_order_whose_number_is_not_clear_is_asked_for(
    utterance: str, described: str
) -> None:
    run = run_plan(
        explain_order_change, build_state(utterance, SHOWN), build_order_list({}, {})
    )

    assert run.calls == [ToolCall("list_orders", {"limit": 5})]
    assert run.answer.startswith(
        f"I cannot tell which order you mean by “{described}”. Your latest 2 orders:"
    )


@pytest.mark.parametrize(
    "described",
    [
        "order from yesterday",
        "order of 3 March",
        "second order",
        "orders of 2026-01-02",
    ],
)
def test_an_order_that_is_described_otherwise_is_asked_for(described: str) -> None:
    run = run_plan(
        track_order,
        build_state(f"where is my {described}?", SHOWN),
        build_order_list({}, {}),
    )

    assert run.calls == [ToolCall("list_orders", {"limit": 5})]
    assert run.answer.startswith(
        f"I cannot tell which order you mean by “{described}”. Your latest 2 orders:"
    )
    assert run.answer.endswith("Tell me the number of the order.")


def test_a_position_is_one_of_the_orders_that_were_listed() -> None:
    listed = DialogueTurn(
        "my orders",
        (build_call("list_orders", build_order_list({"number": 7}, {"number": 5})),),
    )

    found = run_plan(track_order, build_state("the second one", listed), build_order())
    missing = run_plan(track_order, build_state("where is the third one?", listed))

    assert found.calls == [status_of(5)]
    assert missing.answer.startswith("There is no number 3: the list has 2 entries.")
