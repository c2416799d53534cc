from dataclasses import replace

import pytest

from webapp.devtools.prove.observations import (
    Observation,
    StoredOrder,
    check_observations,
)
from webapp.devtools.prove.scenarios import VISA, ChallengeOutcome, FollowUp, Scenario
from webapp.devtools.prove.shop_client import ShopResponse

ERRAND = Scenario("k1", ((0, 1),), VISA, 2, ChallengeOutcome.ABANDONS, FollowUp.NOTHING)
PAID = ShopResponse(201, {"orderId": "o1", "status": "PAID"})
DECLINED = ShopResponse(402, {"error": {"details": {"orderId": "o1"}}})
SOLD_OUT = ShopResponse(409, {"error": {"code": "OUT_OF_STOCK", "details": {}}})
ORDER = StoredOrder("o1", "buyer", "k1", "PROCESSING", "PAID")
FAILED = replace(ORDER, status="PAYMENT_FAILED", payment_status="UNPAID")


def broken(answers: list[ShopResponse | None], *orders: StoredOrder) -> set[str]:
    told = Observation(ERRAND, "buyer", answers)
    return {
        verdict.name
        for verdict in check_observations([told], orders)
        if not verdict.holds
    }


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
def test_what_agrees_is_right(
    answers: list[ShopResponse | None], order: StoredOrder
) -> None:
    assert broken(answers, order) == set()


def test_a_client_without_an_answer_is_found() -> None:
    assert broken([PAID, None], ORDER) == {"every-client-answered"}


def test_a_paid_order_that_is_not_in_the_books_is_found() -> None:
    assert broken([PAID]) == {"paid-means-paid"}


@pytest.mark.parametrize("order", [FAILED, replace(ORDER, buyer_id="another")])
def test_a_paid_order_that_is_not_paid_or_not_theirs_is_found(
    order: StoredOrder,
) -> None:
    assert "paid-means-paid" in broken([PAID], order)


def test_two_orders_under_one_key_are_found() -> None:
    other = ShopResponse(201, {"orderId": "o2", "status": "PAID"})

    found = broken([PAID, other], ORDER, replace(ORDER, id="o2", key=None))

    assert found == {"one-key-one-order", "the-same-answer-again", "no-order-unasked"}


def test_another_answer_under_the_same_key_is_found() -> None:
    later = ShopResponse(201, {"orderId": "o1", "status": "PROCESSING"})

    assert broken([PAID, later], ORDER) == {"the-same-answer-again"}


@pytest.mark.parametrize("answer", [DECLINED, SOLD_OUT])
def test_a_charge_of_a_client_that_was_refused_is_found(answer: ShopResponse) -> None:
    assert broken([answer], ORDER) == {"refused-means-not-charged"}


def test_an_order_told_to_two_requests_is_found() -> None:
    told = [
        Observation(ERRAND, "buyer", [PAID]),
        Observation(replace(ERRAND, key="k2"), "buyer", [PAID]),
    ]

    found = {v.name for v in check_observations(told, [ORDER]) if not v.holds}

    assert found == {"order-ids-are-unique"}
