from urllib.parse import parse_qs

import pytest

from tests.service.adapters.payments.conftest import Pay
from tests.support.recorder import record_exchanges
from tests.support.stripe_simulator import API_KEY, SITE, RunningSimulator
from webapp.adapters.payments.port import (
    PaymentGateway,
    PaymentIntentStatus,
    PaymentRequestRefused,
)
from webapp.adapters.payments.stripe import StripeGateway

NOTHING = {"charges": 0, "captured_minor": 0, "refunded_minor": 0}


@pytest.mark.parametrize(
    "card",
    [
        "pm_card_visa",
        "pm_card_mastercard",
        "pm_card_amex",
        "pm_card_threeDSecureOptional",
    ],
)
def test_a_good_card_pays_the_whole_amount(
    card: str, pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    intent = pay(card)

    assert intent.is_paid
    assert not intent.is_declined
    assert not intent.requires_action
    assert (intent.amount_minor, intent.received_minor) == (2_500, 2_500)
    assert (intent.currency, intent.order_id) == ("USD", order_id)
    assert intent.charge_id is not None
    assert simulator.sum_payments(order_id) == {
        "charges": 1,
        "captured_minor": 2_500,
        "refunded_minor": 0,
    }


@pytest.mark.parametrize(
    ("card", "decline_code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "lost_card"),
        ("pm_card_chargeDeclinedStolenCard", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error"),
        ("pm_card_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
        ("pm_card_chargeCustomerFail", "generic_decline"),
        ("pm_card_radarBlock", "fraudulent"),
    ],
)
def test_a_declined_card_is_a_result_and_moves_no_money(
    card: str, decline_code: str, pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    intent = pay(card)

    assert intent.is_declined
    assert not intent.is_paid
    assert intent.status is PaymentIntentStatus.REQUIRES_PAYMENT_METHOD
    assert intent.decline_code == decline_code
    assert intent.decline_message
    assert intent.order_id == order_id
    assert simulator.sum_payments(order_id) == NOTHING


@pytest.mark.parametrize(
    "card",
    [
        "pm_card_threeDSecure2Required",
        "pm_card_threeDSecureRequired",
        "pm_card_authenticationRequired",
        "pm_card_authenticationRequiredOnSetup",
        "pm_card_authenticationRequiredSetupForOffSession",
    ],
)
def test_a_bank_that_requires_authentication_sends_the_customer_to_a_page(
    card: str, pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    intent = pay(card)

    assert intent.requires_action
    assert intent.client_secret is not None
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert intent.action_url == f"{simulator.address}/3ds/{intent.id}"
    assert simulator.sum_payments(order_id) == NOTHING


@pytest.mark.parametrize("card", ["pm_unknown", "pm_card_bogus", "tok_visa"])
def test_an_unknown_card_is_rejected_by_name(
    card: str, pay: Pay, simulator: RunningSimulator, order_id: str
) -> None:
    with pytest.raises(PaymentRequestRefused) as error:
        pay(card)

    assert error.value.message == f"No such PaymentMethod: '{card}'"
    assert error.value.details == {
        "stripe_code": "resource_missing",
        "param": "payment_method",
    }
    assert simulator.read_state(order_id)["orders"] == []


@pytest.mark.parametrize(
    ("amount_minor", "code"),
    [(49, "amount_too_small"), (100_000_000, "amount_too_large")],
)
def test_an_amount_outside_the_limits_is_rejected(
    amount_minor: int, code: str, pay: Pay
) -> None:
    with pytest.raises(PaymentRequestRefused) as error:
        pay("pm_card_visa", amount_minor=amount_minor)

    assert error.value.details == {"stripe_code": code, "param": "amount"}


def test_an_intent_without_a_card_waits_for_the_browser(
    gateway: PaymentGateway, order_id: str
) -> None:
    intent = gateway.create_intent(
        order_id=order_id, amount_minor=900, currency="EUR", idempotency_key=order_id
    )

    assert intent.status is PaymentIntentStatus.REQUIRES_PAYMENT_METHOD
    assert not intent.is_declined
    assert (intent.amount_minor, intent.currency) == (900, "EUR")
    assert intent.order_id == order_id
    assert gateway.retrieve_intent(intent.id) == intent


def test_the_currency_is_sent_in_lower_case_as_stripe_documents_it(
    simulator: RunningSimulator, order_id: str
) -> None:
    with record_exchanges(simulator.address) as recorder:
        gateway = StripeGateway(
            api_key=API_KEY, webhook_secret=None, site=SITE, api_base=recorder.address
        )
        gateway.create_intent(
            order_id=order_id,
            amount_minor=900,
            currency="EUR",
            idempotency_key=order_id,
        )
        gateway.charge(
            order_id=order_id,
            amount_minor=900,
            currency="EUR",
            payment_method_id="pm_card_visa",
            idempotency_key=f"{order_id}-charge",
        )

    sent = [parse_qs(exchange.body.decode()) for exchange in recorder.exchanges]
    assert [(form["currency"], form["amount"]) for form in sent] == [
        (["eur"], ["900"])
    ] * 2


def test_a_browser_may_try_another_card_after_a_decline(
    gateway: PaymentGateway, simulator: RunningSimulator, pay: Pay, order_id: str
) -> None:
    declined = pay("pm_card_chargeDeclined")

    simulator.build_sdk_client().v1.payment_intents.confirm(
        declined.id,
        {"payment_method": "pm_card_visa", "return_url": f"{SITE}/orders/{order_id}"},
    )

    assert gateway.retrieve_intent(declined.id).is_paid
    assert simulator.read_state(order_id)["orders"] == [
        {
            "order_id": order_id,
            "attempts": 2,
            "charges": 1,
            "captured_minor": 2_500,
            "refunded_minor": 0,
        }
    ]
