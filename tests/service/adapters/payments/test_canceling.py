import pytest

from tests.service.adapters.payments.conftest import Pay
from tests.support.stripe_simulator import RunningSimulator
from webapp.adapters.payments.port import (
    PaymentGateway,
    PaymentIntentStatus,
    PaymentKeyReused,
    PaymentRequestRefused,
)


@pytest.mark.parametrize(
    "card", ["pm_card_chargeDeclined", "pm_card_threeDSecure2Required"]
)
def test_an_unpaid_intent_is_canceled(
    card: str, gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    intent = pay(card)

    canceled = gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")

    assert canceled.status is PaymentIntentStatus.CANCELED
    assert gateway.retrieve_intent(intent.id).status is PaymentIntentStatus.CANCELED


def test_a_canceled_intent_can_no_longer_be_paid(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    intent = pay("pm_card_threeDSecure2Required")
    gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")

    with pytest.raises(Exception, match="400"):
        simulator.authenticate(intent.id, succeeds=True)

    assert simulator.sum_payments(order_id)["charges"] == 0


def test_an_intent_that_was_paid_meanwhile_is_returned_as_paid_and_not_canceled(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")

    assert gateway.cancel_intent(paid.id, idempotency_key=f"cancel-{order_id}") == paid


def test_canceling_twice_has_the_same_result(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    intent = pay("pm_card_chargeDeclined")

    first = gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")
    same_key = gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")
    other_key = gateway.cancel_intent(intent.id, idempotency_key=f"other-{order_id}")

    assert first == same_key == other_key


def test_a_key_cancels_one_intent_and_no_other(
    gateway: PaymentGateway, pay: Pay, order_id: str
) -> None:
    first = pay("pm_card_chargeDeclined")
    second = pay("pm_card_chargeDeclined", key=f"{order_id}-again")
    gateway.cancel_intent(first.id, idempotency_key=f"cancel-{order_id}")

    with pytest.raises(PaymentKeyReused):
        gateway.cancel_intent(second.id, idempotency_key=f"cancel-{order_id}")

    assert gateway.retrieve_intent(second.id) == second


def test_an_intent_that_does_not_exist_cannot_be_canceled(
    gateway: PaymentGateway, order_id: str
) -> None:
    with pytest.raises(PaymentRequestRefused) as error:
        gateway.cancel_intent("pi_unknown", idempotency_key=f"cancel-{order_id}")

    assert error.value.details["stripe_code"] == "resource_missing"
