import httpx
import pytest
import stripe

from tests.service.adapters.payments.conftest import Pay
from tests.support.stripe_simulator import SITE, RunningSimulator
from webapp.adapters.payments.port import PaymentGateway, PaymentIntentStatus

PAID = {"charges": 1, "captured_minor": 2_500, "refunded_minor": 0}
NOTHING = {"charges": 0, "captured_minor": 0, "refunded_minor": 0}


def test_a_customer_who_authenticates_has_paid(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    waiting = pay("pm_card_threeDSecure2Required")

    simulator.authenticate(waiting.id, succeeds=True)

    intent = gateway.retrieve_intent(waiting.id)
    assert intent.is_paid
    assert intent.action_url is None
    assert simulator.sum_payments(order_id) == PAID


def test_a_customer_who_fails_has_not_paid_and_no_charge_was_attempted(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    waiting = pay("pm_card_threeDSecure2Required")

    simulator.authenticate(waiting.id, succeeds=False)

    intent = gateway.retrieve_intent(waiting.id)
    assert intent.is_declined
    assert intent.decline_code == "payment_intent_authentication_failure"
    assert intent.charge_id is None
    assert simulator.sum_payments(order_id) == NOTHING


@pytest.mark.parametrize(
    ("card", "decline_code"),
    [
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
        (
            "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
            "insufficient_funds",
        ),
    ],
)
def test_the_bank_may_still_decline_after_authentication(
    card: str,
    decline_code: str,
    gateway: PaymentGateway,
    simulator: RunningSimulator,
    pay: Pay,
) -> None:
    waiting = pay(card)

    simulator.authenticate(waiting.id, succeeds=True)

    intent = gateway.retrieve_intent(waiting.id)
    assert intent.is_declined
    assert intent.decline_code == decline_code


@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        ("authenticate", "succeeded", PaymentIntentStatus.SUCCEEDED),
        ("fail", "failed", PaymentIntentStatus.REQUIRES_PAYMENT_METHOD),
    ],
)
def test_a_customer_submits_the_page_and_is_redirected_to_the_shop(
    answer: str,
    outcome: str,
    status: PaymentIntentStatus,
    gateway: PaymentGateway,
    pay: Pay,
    order_id: str,
) -> None:
    waiting = pay("pm_card_authenticationRequired")
    assert waiting.action_url is not None

    page = httpx.get(waiting.action_url)
    response = httpx.post(waiting.action_url, data={"answer": answer})

    assert "25.00 USD" in page.text
    assert order_id in page.text
    assert response.status_code == 303
    location = httpx.URL(response.headers["Location"])
    assert str(location.copy_with(query=None)) == f"{SITE}/orders/{order_id}"
    assert dict(location.params) == {
        "payment_intent": waiting.id,
        "payment_intent_client_secret": waiting.client_secret,
        "redirect_status": outcome,
    }
    assert gateway.retrieve_intent(waiting.id).status is status


def test_the_page_can_be_submitted_once(simulator: RunningSimulator, pay: Pay) -> None:
    waiting = pay("pm_card_threeDSecure2Required")
    simulator.authenticate(waiting.id, succeeds=True)
    assert waiting.action_url is not None

    again = httpx.post(waiting.action_url, data={"answer": "fail"})

    assert again.status_code == 400
    assert again.json()["error"]["code"] == "payment_intent_unexpected_state"


def test_an_off_session_payment_cannot_be_authenticated(
    simulator: RunningSimulator, order_id: str
) -> None:
    with pytest.raises(stripe.CardError) as error:
        simulator.build_sdk_client().v1.payment_intents.create(
            {
                "amount": 2_500,
                "currency": "usd",
                "allowed_payment_method_types": ["card"],
                "payment_method": "pm_card_authenticationRequired",
                "confirm": True,
                "off_session": True,
                "metadata": {"order_id": order_id},
            }
        )

    assert error.value.code == "authentication_required"
    assert simulator.sum_payments(order_id) == NOTHING


def test_without_a_return_url_the_browser_handles_the_next_step(
    simulator: RunningSimulator,
) -> None:
    intent = simulator.build_sdk_client().v1.payment_intents.create(
        {
            "amount": 2_500,
            "currency": "usd",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "payment_method": "pm_card_threeDSecure2Required",
            "confirm": True,
        }
    )

    assert intent.next_action is not None
    assert intent.next_action.type == "use_stripe_sdk"
