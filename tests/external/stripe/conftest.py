"""Everything the platform can say to Stripe, said once and written down."""

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
    wait_until,
)
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
    """Needs stripe-mock only because its first start brings its sources here."""
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
    """What the shop's gateway says for every card, and the SDK for all the rest."""
    with record_exchanges(simulator.address) as recorder:
        gateway = StripeGateway(
            api_key=API_KEY,
            webhook_secret=None,
            site="http://shop.test",
            api_base=recorder.address,
        )
        for card in CARDS:
            with suppress(CommerceError):
                buy_and_return(gateway, simulator, card)
        use_the_rest(
            stripe.StripeClient(
                API_KEY, base_addresses={"api": recorder.address}, max_network_retries=0
            )
        )
    return recorder.exchanges


@pytest.fixture(scope="session")
def letters(
    exchanges: list[HttpExchange],
    simulator: RunningSimulator,
    receiver: StripeWebhookReceiver,
) -> list[dict[str, Any]]:
    """The webhooks that all of it gave rise to."""
    assert exchanges
    wait_until(lambda: "waiting" not in simulator.read_state()["deliveries"])
    return [json.loads(letter.payload) for letter in receiver.received]


def buy_and_return(
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
    rest = gateway.refund(
        intent_id=intent.id, reason="", idempotency_key=f"{order_id}-rest"
    )
    simulator.fail_refund(rest.id)
    gateway.list_refunds(intent.id)


def use_the_rest(client: stripe.StripeClient) -> None:
    """What the simulator understands beyond what the gateway says."""
    intents, order_id = client.v1.payment_intents, str(uuid4())
    held = intents.create(
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
    intents.update(held.id, {"amount": 1_500, "metadata": {"note": "changed"}})
    method = client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"token": "tok_visa"},
            "billing_details": {"name": "Ada", "address": {"city": "London"}},
            "metadata": {"from": "test"},
        }
    )
    client.v1.payment_methods.retrieve(method.id)
    intents.confirm(held.id, {"payment_method": method.id, "expand": ["latest_charge"]})
    intents.capture(held.id, {"amount_to_capture": 1_200})
    charges = client.v1.charges.list({"payment_intent": held.id})
    charge = client.v1.charges.retrieve(charges.data[0].id)
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 200})
    client.v1.refunds.update(refund.id, {"metadata": {"why": "late"}})
    client.v1.refunds.retrieve(refund.id)
    client.v1.refunds.list({"charge": charge.id, "limit": 3})
    events = client.v1.events.list({"type": "charge.refunded", "limit": 5})
    client.v1.events.retrieve(events.data[0].id)
    away = {"payment_method": "pm_card_threeDSecure2Required", "confirm": True}
    waiting = intents.create(
        {
            "amount": 1_000,
            "currency": "usd",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            **away,  # type: ignore[typeddict-item]
        }
    )
    intents.cancel(waiting.id, {"cancellation_reason": "abandoned"})
