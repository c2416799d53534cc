"""One idempotency key, one charge: despite retries, lost responses and concurrency."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import httpx
import pytest

from tests.service.adapters.payments.conftest import Pay
from tests.support.stripe_simulator import API_KEY, RunningSimulator
from tests.support.waiting import eventually
from webapp.adapters.payments.port import (
    PaymentIntent,
    PaymentKeyReused,
    PaymentRequestRefused,
    PaymentUnavailable,
)

PAID_ONCE = {"charges": 1, "captured_minor": 2_500, "refunded_minor": 0}
BODY = {
    "amount": "2500",
    "currency": "usd",
    "allowed_payment_method_types[]": "card",
    "payment_method": "pm_card_visa",
    "confirm": "true",
}


def post(
    simulator: RunningSimulator,
    key: str,
    path: str = "/v1/payment_intents",
    **more: str,
) -> httpx.Response:
    return simulator.http.post(
        path,
        data=BODY | more,
        headers={"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key},
    )


def test_a_repeated_charge_returns_the_first_answer(
    pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    first, second = pay("pm_card_visa"), pay("pm_card_visa")

    assert first == second
    assert simulator.sum_payments(order_id) == PAID_ONCE


def test_a_repeated_decline_stays_a_decline(
    pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    assert pay("pm_card_chargeDeclined") == pay("pm_card_chargeDeclined")
    assert simulator.read_state(order_id)["orders"][0]["attempts"] == 1


def test_a_replay_is_marked_and_names_the_first_request(
    simulator: RunningSimulator,
) -> None:
    key = str(uuid4())

    first, second = post(simulator, key), post(simulator, key)

    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"]
    assert second.headers["Request-Id"] != first.headers["Request-Id"]


def test_the_same_key_for_another_amount_is_rejected(
    pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    pay("pm_card_visa")

    with pytest.raises(PaymentKeyReused):
        pay("pm_card_visa", amount_minor=9_900)

    assert simulator.sum_payments(order_id) == PAID_ONCE


def test_a_request_with_invalid_parameters_does_not_use_up_its_key(
    simulator: RunningSimulator,
) -> None:
    key = str(uuid4())

    rejected = post(simulator, key, amount="lots")
    accepted = post(simulator, key)

    assert rejected.status_code == 400
    assert accepted.status_code == 200
    assert "Idempotent-Replayed" not in accepted.headers


def test_a_rejection_after_validation_is_replayed(pay: Pay) -> None:
    messages = []
    for _ in range(2):
        with pytest.raises(PaymentRequestRefused) as error:
            pay("pm_unknown")
        messages.append(error.value.message)

    assert messages == ["No such PaymentMethod: 'pm_unknown'"] * 2


def test_twelve_equal_charges_at_once_are_one_charge(
    pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    start = Barrier(12)

    def charge() -> PaymentIntent:
        start.wait()
        return pay("pm_card_visa")

    with ThreadPoolExecutor(12) as pool:
        intents = {
            future.result().id for future in [pool.submit(charge) for _ in range(12)]
        }

    assert len(intents) == 1
    assert simulator.sum_payments(order_id) == PAID_ONCE


def test_a_key_in_flight_makes_the_second_request_wait_its_turn(
    simulator: RunningSimulator,
) -> None:
    key = str(uuid4())
    simulator.arm_fault("slow", target="payment_intents.create", seconds=1)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, simulator, key)
        eventually(lambda: simulator.list_faults()[0]["struck"] == 1)
        meanwhile = post(simulator, key)

    assert meanwhile.status_code == 409
    assert meanwhile.json()["error"]["code"] == "idempotency_key_in_use"
    assert first.result().status_code == 200
    assert post(simulator, key).json() == first.result().json()


@pytest.mark.parametrize("kind", ["drop_reply", "error_after", "error_before"])
def test_the_sdk_retries_after_one_bad_response(
    kind: str, pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    simulator.arm_fault(kind, target="payment_intents.create")

    assert pay("pm_card_visa").is_paid
    assert simulator.sum_payments(order_id) == PAID_ONCE


@pytest.mark.parametrize(
    ("kind", "charges"),
    [
        ("drop_reply", 1),
        ("error_after", 1),
        ("error_before", 0),
        ("error_stored", 0),
        ("rate_limit", 0),
    ],
)
def test_without_a_usable_response_the_outcome_is_unknown(
    kind: str, charges: int, simulator: RunningSimulator, order_id: str
) -> None:
    simulator.arm_fault(kind, target="payment_intents.create")
    impatient = simulator.build_gateway(retries=0)

    with pytest.raises(PaymentUnavailable):
        impatient.charge(
            order_id=order_id,
            amount_minor=2_500,
            currency="USD",
            payment_method_id="pm_card_visa",
            idempotency_key=order_id,
        )

    assert simulator.sum_payments(order_id)["charges"] == charges


def test_after_a_timeout_the_same_call_finds_the_charge(
    simulator: RunningSimulator, order_id: str
) -> None:
    simulator.arm_fault("timeout", target="payment_intents.create", seconds=1)
    impatient = simulator.build_gateway(read_timeout_s=0.3, retries=0)

    def charge() -> PaymentIntent:
        return impatient.charge(
            order_id=order_id,
            amount_minor=2_500,
            currency="USD",
            payment_method_id="pm_card_visa",
            idempotency_key=order_id,
        )

    with pytest.raises(PaymentUnavailable):
        charge()

    assert charge().is_paid
    assert simulator.sum_payments(order_id) == PAID_ONCE


def test_a_stored_failure_is_repeated_for_its_key_as_at_stripe(
    simulator: RunningSimulator,
) -> None:
    key = str(uuid4())
    simulator.arm_fault("error_stored", target="payment_intents.create")

    assert [post(simulator, key).status_code for _ in range(2)] == [500, 500]
    assert post(simulator, str(uuid4())).status_code == 200


def test_a_fault_triggers_with_its_probability_and_reproducibly_by_its_seed(
    simulator: RunningSimulator,
) -> None:
    def statuses() -> list[int]:
        simulator.clear_faults()
        simulator.arm_fault("error_before", count=None, probability=0.5, seed=7)
        return [post(simulator, str(uuid4())).status_code for _ in range(12)]

    first = statuses()

    assert statuses() == first
    assert set(first) == {200, 500}
