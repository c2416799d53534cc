from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.kit.errors import CommerceError
from webapp.orders.models import Order, OrderItem
from webapp.payments.errors import BadRefundItem, RefundItemTooLarge
from webapp.payments.refund_items import ItemAmount, RequestedItem, allocate_refund

FIRST, SECOND = UUID(int=0), UUID(int=1)


def build_order(*lines: tuple[int, int], tax_minor: int = 0) -> Order:
    """An order of these quantities and prices; the ids of its lines are 0, 1, …"""
    items = [
        OrderItem(
            id=UUID(int=n),
            quantity=quantity,
            unit_price_minor=price,
            line_total_minor=quantity * price,
        )
        for n, (quantity, price) in enumerate(lines)
    ]
    subtotal = sum(item.line_total_minor for item in items)
    return Order(
        items=items,
        currency="USD",
        subtotal_minor=subtotal,
        tax_minor=tax_minor,
        total_minor=subtotal + tax_minor,
    )


MUGS_AND_POT = build_order((2, 10_00), (1, 5_00), tax_minor=2_00)


def allocate(
    *requested: RequestedItem,
    order: Order = MUGS_AND_POT,
    amount_minor: int | None = None,
    refunded: tuple[ItemAmount, ...] = (),
) -> list[int]:
    items = allocate_refund(
        order,
        requested,
        amount_minor=amount_minor,
        refunded={item.item_id: item for item in refunded},
    )
    assert [(item.item_id, item.quantity) for item in items] == [
        (item.item_id, item.quantity) for item in requested
    ]
    return [item.amount_minor for item in items]


def test_units_without_an_amount_are_paid_back_as_they_were_paid() -> None:
    assert allocate(RequestedItem(FIRST, 1), RequestedItem(SECOND, 1)) == [10_80, 5_40]


def test_the_amount_of_a_refund_is_spread_by_what_was_paid() -> None:
    requested = RequestedItem(FIRST, 1), RequestedItem(SECOND, 1)

    assert allocate(*requested, amount_minor=10_00) == [6_67, 3_33]


def test_an_item_without_an_amount_gets_the_rest() -> None:
    requested = RequestedItem(FIRST, 2, 4_00), RequestedItem(SECOND, 1)

    assert allocate(*requested, amount_minor=5_00) == [4_00, 1_00]
    assert allocate(*requested) == [4_00, 5_40]


def test_what_was_refunded_of_a_line_is_not_paid_back_again() -> None:
    half = ItemAmount(FIRST, 1, 16_60)

    assert allocate(RequestedItem(FIRST, 1), refunded=(half,)) == [5_00]


def check_refused(
    error: type[CommerceError], field: str, *requested: RequestedItem, **other: object
) -> None:
    with pytest.raises(error) as refused:
        allocate(*requested, **other)  # type: ignore[arg-type]

    assert refused.value.details["field"] == field
    assert refused.value.message.startswith(f"{field}: ")


def test_lines_of_another_order_are_refused() -> None:
    requested = RequestedItem(FIRST, 1), RequestedItem(UUID(int=7), 1)

    check_refused(BadRefundItem, "items.1.itemId", *requested)


@pytest.mark.parametrize("done", [0, 1])
def test_no_more_units_than_are_left_are_paid_back(done: int) -> None:
    refunded = (ItemAmount(FIRST, done, 0),)

    check_refused(
        RefundItemTooLarge,
        "items.0.quantity",
        RequestedItem(FIRST, 3 - done),
        refunded=refunded,
    )


def test_no_more_than_was_paid_for_a_line_is_paid_back() -> None:
    check_refused(RefundItemTooLarge, "items.0.amount", RequestedItem(SECOND, 1, 5_41))
    check_refused(
        RefundItemTooLarge,
        "items.0.amount",
        RequestedItem(SECOND, 1),
        amount_minor=5_41,
    )


@pytest.mark.parametrize("amount_minor", [4_99, 5_01])
def test_amounts_that_contradict_that_of_the_refund_are_refused(
    amount_minor: int,
) -> None:
    requested = RequestedItem(FIRST, 1, 3_00), RequestedItem(SECOND, 1, 2_00)

    check_refused(BadRefundItem, "items", *requested, amount_minor=amount_minor)


def test_units_that_cost_nothing_are_not_paid_back() -> None:
    order = build_order((1, 0), (1, 5_00))

    check_refused(BadRefundItem, "items", RequestedItem(FIRST, 1), order=order)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 999)), min_size=1, max_size=5),
    st.integers(0, 500),
    st.randoms(use_true_random=False),
)
def test_refunds_of_all_units_add_up_to_the_total(
    lines: list[tuple[int, int]], tax_minor: int, random: Random
) -> None:
    order = build_order(*lines, tax_minor=tax_minor)
    units = [item.id for item in order.items for _ in range(item.quantity)]
    random.shuffle(units)
    refunded: dict[UUID, ItemAmount] = {}

    for unit in units:
        try:
            [paid] = allocate_refund(
                order,
                [RequestedItem(unit, 1)],
                amount_minor=None,
                refunded=refunded,
            )
        except BadRefundItem:  # less than half a cent
            paid = ItemAmount(unit, 1, 0)
        before = refunded.get(unit, ItemAmount(unit, 0, 0))
        refunded[unit] = ItemAmount(
            unit, before.quantity + 1, before.amount_minor + paid.amount_minor
        )

    assert sum(item.amount_minor for item in refunded.values()) == order.total_minor
