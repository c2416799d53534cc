import pytest

from tests.service.adapters.payments.conftest import Pay
from tests.support.stripe_simulator import RunningSimulator
from webapp.adapters.payments.port import (
    PaymentGateway,
    PaymentIntentStatus,
    PaymentRequestRefused,
)


@pytest.mark.parametrize(
    "card", ["pm_card_chargeDeclined", "pm_card_threeDSecure2Required"]
)
def test_an_unpaid_intent_is_given_up(
    card: str, gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    intent = pay(card)

    given_up = gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")

    assert given_up.status is PaymentIntentStatus.CANCELED
    assert gateway.retrieve_intent(intent.id).status is PaymentIntentStatus.CANCELED


def test_what_is_given_up_cannot_be_paid_any_more(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    intent = pay("pm_card_threeDSecure2Required")
    gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")

    with pytest.raises(Exception, match="400"):
        simulator.authenticate(intent.id, succeeds=True)

    assert simulator.sum_payments(order_id)["charges"] == 0


def test_what_was_paid_meanwhile_comes_back_paid_and_not_cancelled(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")

    assert gateway.cancel_intent(paid.id, idempotency_key=f"cancel-{order_id}") == paid


def test_cancelling_twice_ends_in_the_same_place(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    intent = pay("pm_card_chargeDeclined")

    first = gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")
    same_key = gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")
    other_key = gateway.cancel_intent(intent.id, idempotency_key=f"other-{order_id}")

    assert first == same_key == other_key


def test_an_intent_that_does_not_exist_cannot_be_cancelled(
    gateway: PaymentGateway, order_id: str
) -> None:
    with pytest.raises(PaymentRequestRefused) as refusal:
        gateway.cancel_intent("pi_nobody", idempotency_key=f"cancel-{order_id}")

    assert refusal.value.details["stripe_code"] == "resource_missing"
