"""Fixtures that record every request that the platform can send to Stripe."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import pytest
import stripe

from tests.support.openapi import OpenApiSpec
from tests.support.recorder import HttpExchange, record_exchanges
from tests.support.stripe_mock import read_specification, running_stripe_mock
from tests.support.stripe_simulator import (
    API_KEY,
    RunningSimulator,
    running_simulator,
)
from tests.support.waiting import eventually
from tests.support.webhook_receiver import StripeWebhookReceiver, webhook_receiver
from webapp.adapters.payments.port import PaymentGateway
from webapp.adapters.payments.stripe import StripeGateway
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError

CARDS = (
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
    "pm_card_radarBlock",
    "pm_card_threeDSecure2Required",
    "pm_card_authenticationRequired",
    "pm_card_nobody",
)


@pytest.fixture(scope="session")
def stripe_mock() -> Iterator[httpx.Client]:
    with running_stripe_mock() as client:
        yield client


@pytest.fixture(scope="session")
def specification(stripe_mock: httpx.Client) -> OpenApiSpec:  # noqa: ARG001
    """Requires stripe-mock, because its first start downloads its sources."""
    return read_specification()


@pytest.fixture(scope="session")
def receiver() -> Iterator[StripeWebhookReceiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def simulator(
    tmp_path_factory: pytest.TempPathFactory, receiver: StripeWebhookReceiver
) -> Iterator[RunningSimulator]:
    folder = tmp_path_factory.mktemp("stripe")
    with running_simulator(folder, webhook_port=receiver.port) as simulator:
        simulator.subscribe("*")
        yield simulator


@pytest.fixture(scope="session")
def exchanges(simulator: RunningSimulator) -> list[HttpExchange]:
    """Exchanges of the shop's gateway for every card, and of the SDK for other operations."""
    with record_exchanges(simulator.address) as recorder:
        gateway = StripeGateway(
            api_key=API_KEY,
            webhook_secret=None,
            site="http://shop.test",
            api_base=recorder.address,
        )
        for card in CARDS:
            with suppress(CommerceError):
                charge_and_refund(gateway, simulator, card)
        use_remaining_operations(
            stripe.StripeClient(
                API_KEY, base_addresses={"api": recorder.address}, max_network_retries=0
            )
        )
    return recorder.exchanges


@pytest.fixture(scope="session")
def webhook_events(
    exchanges: list[HttpExchange],
    simulator: RunningSimulator,
    receiver: StripeWebhookReceiver,
) -> list[dict[str, Any]]:
    """Events of the webhooks that these exchanges caused."""
    assert exchanges
    eventually(lambda: "waiting" not in simulator.read_state()["deliveries"])
    return [json.loads(webhook.payload) for webhook in receiver.received]


def charge_and_refund(
    gateway: PaymentGateway, simulator: RunningSimulator, card: str
) -> None:
    order_id = str(uuid4())
    intent = gateway.charge(
        order_id=order_id,
        amount_minor=2_500,
        currency="EUR",
        payment_method_id=card,
        idempotency_key=order_id,
        customer_email="ada@example.com",
    )
    gateway.retrieve_intent(intent.id)
    gateway.find_intent_by_order(order_id, since=utc_now())
    if intent.requires_action:
        simulator.authenticate(intent.id, succeeds=card.startswith("pm_card_three"))
        gateway.retrieve_intent(intent.id)
    gateway.cancel_intent(intent.id, idempotency_key=f"cancel-{order_id}")
    for number, reason in enumerate(["Broken", "duplicate"]):
        gateway.refund(
            intent_id=intent.id,
            amount_minor=1_000,
            reason=reason,
            idempotency_key=f"{order_id}-{number}",
        )
    remaining_refund = gateway.refund(
        intent_id=intent.id, reason="", idempotency_key=f"{order_id}-rest"
    )
    simulator.fail_refund(remaining_refund.id)
    gateway.list_refunds(intent.id)


def use_remaining_operations(client: stripe.StripeClient) -> None:
    """Call the operations that the simulator supports and the gateway does not use."""
    intents, order_id = client.v1.payment_intents, str(uuid4())
    manual_intent = intents.create(
        {
            "amount": 1_000,
            "currency": "usd",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "capture_method": "manual",
            "description": "An order",
            "metadata": {"order_id": order_id},
            "statement_descriptor_suffix": "SHOP",
        }
    )
    intents.update(manual_intent.id, {"amount": 1_500, "metadata": {"note": "changed"}})
    method = client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"token": "tok_visa"},
            "billing_details": {"name": "Ada", "address": {"city": "London"}},
            "metadata": {"from": "test"},
        }
    )
    client.v1.payment_methods.retrieve(method.id)
    intents.confirm(
        manual_intent.id, {"payment_method": method.id, "expand": ["latest_charge"]}
    )
    intents.capture(manual_intent.id, {"amount_to_capture": 1_200})
    charges = client.v1.charges.list({"payment_intent": manual_intent.id})
    charge = client.v1.charges.retrieve(charges.data[0].id)
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 200})
    client.v1.refunds.update(refund.id, {"metadata": {"why": "late"}})
    client.v1.refunds.retrieve(refund.id)
    client.v1.refunds.list({"charge": charge.id, "limit": 3})
    events = client.v1.events.list({"type": "charge.refunded", "limit": 5})
    client.v1.events.retrieve(events.data[0].id)
    confirm_params = {
        "payment_method": "pm_card_threeDSecure2Required",
        "confirm": True,
    }
    pending_intent = intents.create(
        {
            "amount": 1_000,
            "currency": "usd",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            **confirm_params,  # type: ignore[typeddict-item]
        }
    )
    intents.cancel(pending_intent.id, {"cancellation_reason": "abandoned"})
