import json
import logging
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
import stripe

from tests.support.ports import free_port
from tests.support.stripe_simulator import API_KEY, WEBHOOK_SECRET, RunningSimulator
from webapp.adapters.payments.build import build_payment_gateway
from webapp.adapters.payments.port import (
    InvalidWebhookSignature,
    LedgerEntry,
    LedgerSource,
    LedgerUnavailable,
    PaymentEvent,
    PaymentGateway,
)
from webapp.config import Settings, WrongSetting


def test_the_settings_choose_the_payment_gateway(
    simulator: RunningSimulator, order_id: str
) -> None:
    gateway = build_payment_gateway(
        Settings(
            stripe_api_key=API_KEY,
            stripe_webhook_secret=WEBHOOK_SECRET,
            stripe_api_base=simulator.address,
            public_url="https://shop.test",
        )
    )

    intent = gateway.charge(
        order_id=order_id,
        amount_minor=500,
        currency="GBP",
        payment_method_id="pm_card_visa",
        idempotency_key=order_id,
    )

    assert asdict(gateway.retrieve_intent(intent.id)) == asdict(intent)
    assert simulator.sum_payments(order_id)["captured_minor"] == 500


def build_simulated_gateway(address: str) -> PaymentGateway:
    return build_payment_gateway(
        Settings(stripe_api_key=API_KEY, stripe_api_base=address)
    )


def test_the_simulators_ledger_lists_all_payments_by_order(
    simulator: RunningSimulator, order_id: str
) -> None:
    gateway = build_simulated_gateway(simulator.address)
    first, _ = (
        gateway.charge(
            order_id=order_id,
            amount_minor=amount,
            currency="GBP",
            payment_method_id="pm_card_visa",
            idempotency_key=f"{order_id}-{amount}",
        )
        for amount in (500, 300)
    )
    gateway.refund(
        intent_id=first.id, amount_minor=100, reason="broken", idempotency_key=order_id
    )

    assert isinstance(gateway, LedgerSource)
    [entry] = [each for each in gateway.read_ledger() if each.order_id == order_id]
    assert entry == LedgerEntry(
        order_id, charges=2, captured_minor=800, refunded_minor=100
    )


def test_a_simulator_that_does_not_answer_has_no_ledger() -> None:
    gateway = build_simulated_gateway(f"http://127.0.0.1:{free_port()}")

    assert isinstance(gateway, LedgerSource)
    with pytest.raises(LedgerUnavailable, match="Stripe simulator"):
        gateway.read_ledger()


def test_stripe_itself_has_no_ledger_to_read() -> None:
    gateway = build_payment_gateway(Settings(stripe_api_key=API_KEY))

    assert not isinstance(gateway, LedgerSource)


def test_stripes_responses_are_not_logged(
    simulator: RunningSimulator, order_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = build_payment_gateway(
        Settings(stripe_api_key=API_KEY, stripe_api_base=simulator.address)
    )

    gateway.create_intent(
        order_id=order_id, amount_minor=500, currency="USD", idempotency_key=order_id
    )

    logging.getLogger("shop").debug("of the shop itself")
    assert "of the shop itself" in caplog.messages
    assert [record for record in caplog.records if record.name == "stripe"] == []


def test_the_sdk_sends_no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "enable_telemetry", True)

    build_payment_gateway(Settings(stripe_api_key=API_KEY))

    assert not stripe.enable_telemetry


@pytest.mark.parametrize("api_base", [None, "http://127.0.0.1:9"])
def test_webhooks_are_verified_with_the_secret_of_the_settings(
    api_base: str | None,
) -> None:
    gateway, without_secret = (
        build_payment_gateway(
            Settings(
                stripe_api_key=API_KEY,
                stripe_webhook_secret=secret,
                stripe_api_base=api_base,
            )
        )
        for secret in (WEBHOOK_SECRET, None)
    )
    payload = json.dumps(
        {
            "id": "evt_1",
            "object": "event",
            "type": "charge.refunded",
            "created": 1_772_323_200,
            "data": {
                "object": {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}
            },
        }
    )
    signed = stripe.WebhookSignature.generate_signature_header(payload, WEBHOOK_SECRET)

    assert gateway.construct_event(
        payload=payload.encode(), signature=signed
    ) == PaymentEvent(
        id="evt_1",
        type="charge.refunded",
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        intent_id="pi_1",
    )
    with pytest.raises(InvalidWebhookSignature):
        without_secret.construct_event(payload=payload.encode(), signature=signed)


def test_without_a_key_there_are_no_payments() -> None:
    with pytest.raises(WrongSetting, match="STRIPE_API_KEY"):
        build_payment_gateway(Settings(stripe_api_key=None))
