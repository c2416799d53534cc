"""Reserve now, take later: the part of the API the shop's checkout does not use yet."""

import pytest
import stripe

from tests.support.stripe_simulator import RunningSimulator


@pytest.fixture
def reserved(simulator: RunningSimulator) -> stripe.PaymentIntent:
    return simulator.build_sdk_client().v1.payment_intents.create(
        {
            "amount": 2_500,
            "currency": "usd",
            "allowed_payment_method_types": ["card"],
            "payment_method": "pm_card_visa",
            "capture_method": "manual",
            "confirm": True,
            "expand": ["latest_charge"],
        }
    )


def test_a_reserved_amount_is_not_taken(reserved: stripe.PaymentIntent) -> None:
    assert reserved.status == "requires_capture"
    assert (reserved.amount_capturable, reserved.amount_received) == (2_500, 0)
    assert isinstance(reserved.latest_charge, stripe.Charge)
    assert not reserved.latest_charge.captured


@pytest.mark.parametrize("amount", [2_500, 1_000])
def test_all_or_part_of_it_is_taken_once(
    amount: int, reserved: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    intents = simulator.build_sdk_client().v1.payment_intents

    taken = intents.capture(reserved.id, {"amount_to_capture": amount})

    assert taken.status == "succeeded"
    assert (taken.amount_capturable, taken.amount_received) == (0, amount)
    with pytest.raises(stripe.InvalidRequestError) as again:
        intents.capture(reserved.id)
    assert again.value.code == "payment_intent_unexpected_state"


def test_more_than_was_reserved_cannot_be_taken(
    reserved: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        simulator.build_sdk_client().v1.payment_intents.capture(
            reserved.id, {"amount_to_capture": 2_501}
        )

    assert (refusal.value.code, refusal.value.param) == (
        "amount_too_large",
        "amount_to_capture",
    )


def test_a_reserved_amount_can_be_let_go(
    reserved: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    released = simulator.build_sdk_client().v1.payment_intents.cancel(
        reserved.id, {"cancellation_reason": "abandoned"}
    )

    assert (released.status, released.cancellation_reason) == ("canceled", "abandoned")
    assert released.amount_capturable == 0


def test_only_what_was_taken_can_go_back(
    reserved: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    client = simulator.build_sdk_client()
    client.v1.payment_intents.capture(reserved.id, {"amount_to_capture": 1_000})

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": reserved.id, "amount": 1_001})

    assert client.v1.refunds.create({"payment_intent": reserved.id}).amount == 1_000


def test_what_was_only_reserved_cannot_go_back(
    reserved: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        simulator.build_sdk_client().v1.refunds.create({"payment_intent": reserved.id})
