from dataclasses import replace

import pytest

from webapp.devtools.prove.observations import (
    Observation,
    StoredOrder,
    check_observations,
)
from webapp.devtools.prove.scenarios import VISA, ChallengeOutcome, FollowUp, Scenario
from webapp.devtools.prove.shop_client import ALREADY_ORDERED, ShopResponse

SCENARIO = Scenario(
    "k1", ((0, 1),), VISA, 2, ChallengeOutcome.ABANDONS, FollowUp.NOTHING
)
PAID = ShopResponse(201, {"orderId": "o1", "status": "PAID"})
DECLINED = ShopResponse(402, {"error": {"details": {"orderId": "o1"}}})
SOLD_OUT = ShopResponse(409, {"error": {"code": "OUT_OF_STOCK", "details": {}}})
ORDER = StoredOrder("o1", "buyer", "k1", "PROCESSING", "PAID")
FAILED = replace(ORDER, status="PAYMENT_FAILED", payment_status="UNPAID")


def find_violations(
    responses: list[ShopResponse | None], *orders: StoredOrder
) -> set[str]:
    observation = Observation(SCENARIO, "buyer", "k1", responses)
    return {
        verdict.name
        for verdict in check_observations([observation], orders)
        if not verdict.holds
    }


@pytest.mark.parametrize(
    ("responses", "order"),
    [
        ([PAID, PAID], ORDER),
        ([PAID], replace(ORDER, status="CANCELLED", payment_status="REFUNDED")),
        ([DECLINED], FAILED),
        ([DECLINED], replace(FAILED, payment_status="REFUNDED")),
        ([SOLD_OUT, PAID], ORDER),
    ],
)
def test_consistent_responses_violate_no_rule(
    responses: list[ShopResponse | None], order: StoredOrder
) -> None:
    assert find_violations(responses, order) == set()


def test_a_client_without_a_response_is_found() -> None:
    assert find_violations([PAID, None], ORDER) == {"every-client-answered"}


def test_a_paid_order_that_is_not_stored_is_found() -> None:
    assert find_violations([PAID]) == {"paid-means-paid"}


@pytest.mark.parametrize("order", [FAILED, replace(ORDER, buyer_id="another")])
def test_a_paid_order_that_is_unpaid_or_of_another_buyer_is_found(
    order: StoredOrder,
) -> None:
    assert "paid-means-paid" in find_violations([PAID], order)


def test_two_orders_under_one_key_are_found() -> None:
    other = ShopResponse(201, {"orderId": "o2", "status": "PAID"})

    violations = find_violations(
        [PAID, other], ORDER, replace(ORDER, id="o2", key=None)
    )

    assert violations == {
        "one-key-one-order",
        "the-same-answer-again",
        "no-order-unasked",
    }


def test_a_different_response_under_the_same_key_is_found() -> None:
    later = ShopResponse(201, {"orderId": "o1", "status": "PROCESSING"})

    assert find_violations([PAID, later], ORDER) == {"the-same-answer-again"}


@pytest.mark.parametrize("response", [DECLINED, SOLD_OUT])
def test_a_charge_of_a_client_that_got_only_errors_is_found(
    response: ShopResponse,
) -> None:
    assert find_violations([response], ORDER) == {"refused-means-not-charged"}


def test_an_order_id_returned_to_two_requests_is_found() -> None:
    observations = [
        Observation(SCENARIO, "buyer", "k1", [PAID]),
        Observation(replace(SCENARIO, key="k2"), "buyer", "k2", [PAID]),
    ]

    violations = {
        verdict.name
        for verdict in check_observations(observations, [ORDER])
        if not verdict.holds
    }

    assert violations == {"order-ids-are-unique"}


def order_cart_twice(second: ShopResponse, *orders: StoredOrder) -> set[str]:
    observations = [
        Observation(SCENARIO, "buyer", "k1", [PAID]),
        Observation(replace(SCENARIO, key="k1-1"), "buyer", "k1", [second]),
    ]
    return {
        verdict.name
        for verdict in check_observations(observations, orders)
        if not verdict.holds
    }


def test_a_cart_that_was_charged_twice_under_two_keys_is_found() -> None:
    again = ShopResponse(201, {"orderId": "o2", "status": "PAID"})
    second = replace(ORDER, id="o2", key="k1-1")
    replaced = replace(ORDER, status="CANCELLED", payment_status="VOIDED")

    assert order_cart_twice(again, ORDER, second) == {"one-cart-one-charge"}
    assert order_cart_twice(again, replaced, second) == {"paid-means-paid"}


@pytest.mark.parametrize(
    ("order_id", "violations"),
    [("o1", set()), ("o2", {"already-ordered-is-true"})],
)
def test_an_answer_that_names_no_order_of_its_buyer_is_found(
    order_id: str, violations: set[str]
) -> None:
    answer = ShopResponse(
        409, {"error": {"code": ALREADY_ORDERED, "details": {"orderId": order_id}}}
    )
    others = replace(ORDER, id="o2", key=None, buyer_id="another")

    assert order_cart_twice(answer, ORDER) == (
        violations if order_id == "o2" else set()
    )
    assert "no-order-unasked" in order_cart_twice(answer, ORDER, others)
    assert order_cart_twice(answer, ORDER, others) - {"no-order-unasked"} == violations
