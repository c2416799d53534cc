"""Authorize now, capture later: a part of the API that the shop's checkout does not use yet."""

import pytest
import stripe

from tests.support.stripe_simulator import RunningSimulator


@pytest.fixture
def authorized(simulator: RunningSimulator) -> stripe.PaymentIntent:
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


def test_an_authorized_amount_is_not_captured(authorized: stripe.PaymentIntent) -> None:
    assert authorized.status == "requires_capture"
    assert (authorized.amount_capturable, authorized.amount_received) == (2_500, 0)
    assert isinstance(authorized.latest_charge, stripe.Charge)
    assert not authorized.latest_charge.captured


@pytest.mark.parametrize("amount", [2_500, 1_000])
def test_all_or_part_of_it_is_captured_once(
    amount: int, authorized: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    intents = simulator.build_sdk_client().v1.payment_intents

    captured = intents.capture(authorized.id, {"amount_to_capture": amount})

    assert captured.status == "succeeded"
    assert (captured.amount_capturable, captured.amount_received) == (0, amount)
    with pytest.raises(stripe.InvalidRequestError) as again:
        intents.capture(authorized.id)
    assert again.value.code == "payment_intent_unexpected_state"


def test_more_than_was_authorized_cannot_be_captured(
    authorized: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        simulator.build_sdk_client().v1.payment_intents.capture(
            authorized.id, {"amount_to_capture": 2_501}
        )

    assert (error.value.code, error.value.param) == (
        "amount_too_large",
        "amount_to_capture",
    )


def test_an_authorization_can_be_canceled(
    authorized: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    canceled = simulator.build_sdk_client().v1.payment_intents.cancel(
        authorized.id, {"cancellation_reason": "abandoned"}
    )

    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert canceled.amount_capturable == 0


def test_only_what_was_captured_can_be_refunded(
    authorized: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    client = simulator.build_sdk_client()
    client.v1.payment_intents.capture(authorized.id, {"amount_to_capture": 1_000})

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": authorized.id, "amount": 1_001})

    assert client.v1.refunds.create({"payment_intent": authorized.id}).amount == 1_000


def test_what_was_only_authorized_cannot_be_refunded(
    authorized: stripe.PaymentIntent, simulator: RunningSimulator
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        simulator.build_sdk_client().v1.refunds.create(
            {"payment_intent": authorized.id}
        )
