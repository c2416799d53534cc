from dataclasses import replace

import pytest

from webapp.devtools.prove.errands import VISA, Afterwards, Challenge, Errand
from webapp.devtools.prove.line import Answer
from webapp.devtools.prove.told import Booked, Told, check_told

ERRAND = Errand("k1", ((0, 1),), VISA, 2, Challenge.ABANDONS, Afterwards.NOTHING)
PAID = Answer(201, {"orderId": "o1", "status": "PAID"})
DECLINED = Answer(402, {"error": {"details": {"orderId": "o1"}}})
SOLD_OUT = Answer(409, {"error": {"code": "OUT_OF_STOCK", "details": {}}})
ORDER = Booked("o1", "buyer", "k1", "PROCESSING", "PAID")
FAILED = replace(ORDER, status="PAYMENT_FAILED", payment_status="UNPAID")


def broken(answers: list[Answer | None], *orders: Booked) -> set[str]:
    told = Told(ERRAND, "buyer", answers)
    return {verdict.name for verdict in check_told([told], orders) if not verdict.holds}


@pytest.mark.parametrize(
    ("answers", "order"),
    [
        ([PAID, PAID], ORDER),
        ([PAID], replace(ORDER, status="CANCELLED", payment_status="REFUNDED")),
        ([DECLINED], FAILED),
        ([DECLINED], replace(FAILED, payment_status="REFUNDED")),
        ([SOLD_OUT, PAID], ORDER),
    ],
)
def test_what_agrees_is_right(answers: list[Answer | None], order: Booked) -> None:
    assert broken(answers, order) == set()


def test_a_client_without_an_answer_is_found() -> None:
    assert broken([PAID, None], ORDER) == {"every-client-answered"}


def test_a_paid_order_that_is_not_in_the_books_is_found() -> None:
    assert broken([PAID]) == {"paid-means-paid"}


@pytest.mark.parametrize("order", [FAILED, replace(ORDER, buyer_id="another")])
def test_a_paid_order_that_is_not_paid_or_not_theirs_is_found(order: Booked) -> None:
    assert "paid-means-paid" in broken([PAID], order)


def test_two_orders_under_one_key_are_found() -> None:
    other = Answer(201, {"orderId": "o2", "status": "PAID"})

    found = broken([PAID, other], ORDER, replace(ORDER, id="o2", key=None))

    assert found == {"one-key-one-order", "the-same-answer-again", "no-order-unasked"}


def test_another_answer_under_the_same_key_is_found() -> None:
    later = Answer(201, {"orderId": "o1", "status": "PROCESSING"})

    assert broken([PAID, later], ORDER) == {"the-same-answer-again"}


@pytest.mark.parametrize("answer", [DECLINED, SOLD_OUT])
def test_a_charge_of_a_client_that_was_refused_is_found(answer: Answer) -> None:
    assert broken([answer], ORDER) == {"refused-means-not-charged"}


def test_an_order_told_to_two_requests_is_found() -> None:
    told = [
        Told(ERRAND, "buyer", [PAID]),
        Told(replace(ERRAND, key="k2"), "buyer", [PAID]),
    ]

    found = {v.name for v in check_told(told, [ORDER]) if not v.holds}

    assert found == {"order-ids-are-unique"}
