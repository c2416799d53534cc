import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from uuid import uuid4

import pytest
import stripe

from tests.service.adapters.payments.conftest import Pay
from tests.support.stripe_simulator import WEBHOOK_SECRET, RunningSimulator
from tests.support.waiting import eventually
from tests.support.webhook_receiver import ReceivedWebhook, StripeWebhookReceiver
from webapp.adapters.payments.port import (
    EventNotUnderstood,
    InvalidWebhookSignature,
    PaymentEvent,
    PaymentGateway,
    is_refund_event,
)
from webapp.devtools.stripe_simulator.event_types import DEFAULT_ENABLED_EVENTS
from webapp.devtools.stripe_simulator.webhooks import SENDER_THREADS, sign_payload


def event_types(deliveries: list[ReceivedWebhook]) -> list[str]:
    return [json.loads(item.payload)["type"] for item in deliveries]


def test_a_payment_sends_a_webhook_with_a_valid_signature(
    gateway: PaymentGateway, receiver: StripeWebhookReceiver, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")

    eventually(lambda: receiver.list_mentioning(order_id))

    [webhook] = receiver.list_mentioning(order_id)
    assert webhook.path == "/api/v1/payment/webhook"
    event = gateway.construct_event(
        payload=webhook.payload, signature=webhook.signature
    )
    sent = json.loads(webhook.payload)
    assert event == PaymentEvent(
        id=sent["id"],
        type="payment_intent.succeeded",
        created_at=datetime.fromtimestamp(sent["created"], UTC),
        intent_id=paid.id,
        intent_status="succeeded",
    )
    assert not is_refund_event(event.type)


@pytest.mark.parametrize(
    ("card", "event_type"),
    [
        ("pm_card_chargeDeclined", "payment_intent.payment_failed"),
        ("pm_card_threeDSecure2Required", "payment_intent.requires_action"),
    ],
)
def test_an_incomplete_payment_sends_a_webhook_too(
    card: str, event_type: str, receiver: StripeWebhookReceiver, pay: Pay, order_id: str
) -> None:
    pay(card)

    eventually(lambda: receiver.list_mentioning(order_id))

    assert event_types(receiver.list_mentioning(order_id)) == [event_type]


def test_a_refund_sends_its_webhooks(
    gateway: PaymentGateway, receiver: StripeWebhookReceiver, pay: Pay, order_id: str
) -> None:
    paid = pay("pm_card_visa")
    gateway.refund(
        intent_id=paid.id, amount_minor=700, reason="", idempotency_key=f"{order_id}-r"
    )

    eventually(lambda: len(receiver.list_mentioning(paid.id)) == 3)

    webhooks = dict(
        zip(
            event_types(received := receiver.list_mentioning(paid.id)),
            received,
            strict=True,
        )
    )
    assert webhooks.keys() == {
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.created",
    }
    webhook = webhooks["charge.refunded"]
    event = gateway.construct_event(
        payload=webhook.payload, signature=webhook.signature
    )
    assert (event.intent_id, is_refund_event(event.type)) == (paid.id, True)
    webhook = webhooks["refund.created"]
    event = gateway.construct_event(
        payload=webhook.payload, signature=webhook.signature
    )
    assert event.intent_id == paid.id


def test_a_modified_webhook_is_rejected(
    gateway: PaymentGateway, receiver: StripeWebhookReceiver, pay: Pay, order_id: str
) -> None:
    pay("pm_card_visa")
    eventually(lambda: receiver.list_mentioning(order_id))
    [webhook] = receiver.list_mentioning(order_id)

    with pytest.raises(InvalidWebhookSignature):
        gateway.construct_event(
            payload=webhook.payload.replace(b"2500", b"25"), signature=webhook.signature
        )


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "nonsense",
        "t=1,v1=00",
        "t={now},v1=é",
        "t={now},v1=\udce9",
        "t={now}",
        "t={now},t={now},v1=00",
        "t=now,v1=00",
        "t=²,v1=00",
        f"t={'9' * 5000},v1=00",
        "t={now}," + "v1=00," * 10_000,
        "t=-1,v1=00",
        "=,=,=",
    ],
)
def test_a_webhook_without_stripes_signature_is_rejected(
    signature: str | None, gateway: PaymentGateway
) -> None:
    with pytest.raises(InvalidWebhookSignature, match="not signed by Stripe"):
        gateway.construct_event(
            payload=b'{"object": "event"}',
            signature=signature and signature.replace("{now}", str(int(time.time()))),
        )


def test_an_old_webhook_is_rejected(gateway: PaymentGateway) -> None:
    payload = '{"object": "event"}'
    old = stripe.WebhookSignature.generate_signature_header(
        payload, WEBHOOK_SECRET, timestamp=1_700_000_000
    )

    with pytest.raises(InvalidWebhookSignature):
        gateway.construct_event(payload=payload.encode(), signature=old)


def sign(payload: bytes) -> str:
    return sign_payload(payload, secret=WEBHOOK_SECRET, now=int(time.time()))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"not JSON", "It is not JSON"),
        (b"\xff\xfe", "It is not JSON"),
        (b"", "It is not JSON"),
        (b"[" * 100_000, "It is not JSON"),
        (b"[]", "It is not a JSON object"),
        (b"null", "It is not a JSON object"),
        (b"{}", "It has no id or no type"),
        (b'{"id": 7, "type": "a"}', "It has no id or no type"),
        (b'{"id": "evt_\\u0000", "type": "a"}', "It has no id or no type"),
        (b'{"id": "evt_1", "type": "a", "data": []}', "It has no data.object"),
        (b'{"id": "evt_1", "type": "v2.core.event", "created": "2026"}', "It has no"),
    ],
)
def test_signed_bytes_that_are_no_event_are_not_understood(
    payload: bytes, reason: str, gateway: PaymentGateway
) -> None:
    with pytest.raises(EventNotUnderstood, match=reason) as error:
        gateway.construct_event(payload=payload, signature=sign(payload))

    assert error.value.event_id


@pytest.mark.parametrize(
    "event_object",
    [
        {"object": "payment_intent"},
        {"object": "payment_intent", "id": None},
        {"object": "payment_intent", "id": "pi_\0"},
        {"object": "payment_intent", "id": "pi 1"},
        {"object": "charge", "payment_intent": 7},
        {"object": "refund", "payment_intent": {"object": "payment_intent"}},
    ],
)
def test_an_event_about_a_payment_without_a_possible_id_is_not_understood(
    event_object: dict[str, object], gateway: PaymentGateway
) -> None:
    event = {"id": "evt_1", "type": "charge.updated", "created": 1_700_000_000}
    payload = json.dumps(event | {"data": {"object": event_object}}).encode()

    with pytest.raises(EventNotUnderstood, match="id of its payment") as error:
        gateway.construct_event(payload=payload, signature=sign(payload))

    assert (error.value.event_id, error.value.event_type) == ("evt_1", "charge.updated")


@pytest.mark.parametrize(
    ("event_object", "intent_id"),
    [
        ({"object": "charge", "payment_intent": None}, None),
        ({"object": "charge"}, None),
        ({"object": "charge", "payment_intent": "pi_1"}, "pi_1"),
        ({"object": "refund", "payment_intent": {"id": "pi_1"}}, "pi_1"),
        ({"object": "customer", "id": 7}, None),
    ],
)
def test_an_event_names_the_payment_that_it_is_about(
    event_object: dict[str, object], intent_id: str | None, gateway: PaymentGateway
) -> None:
    event = {"id": "evt_1", "type": "a", "created": 1_700_000_000}
    payload = json.dumps(event | {"data": {"object": event_object}}).encode()

    event_read = gateway.construct_event(payload=payload, signature=sign(payload))

    assert event_read.intent_id == intent_id


def test_an_event_of_an_older_api_version_is_understood(
    gateway: PaymentGateway,
) -> None:
    payload = json.dumps(
        {
            "id": "evt_1",
            "type": "payment_intent.succeeded",
            "created": 1_700_000_000,
            "data": {
                "object": {"object": "payment_intent", "id": "pi_1", "status": "new"}
            },
        }
    ).encode()

    event = gateway.construct_event(payload=payload, signature=sign(payload))

    assert (event.id, event.intent_id) == ("evt_1", "pi_1")


def test_a_webhook_is_retried_after_a_server_error(
    receiver: StripeWebhookReceiver, pay: Pay, order_id: str
) -> None:
    receiver.reject_once.add(order_id)

    pay("pm_card_visa")

    eventually(lambda: len(receiver.list_mentioning(order_id)) == 2)
    first, second = receiver.list_mentioning(order_id)
    assert (first.status, second.status) == (503, 200)
    assert json.loads(first.payload)["id"] == json.loads(second.payload)["id"]


def test_a_webhook_may_be_delivered_twice(
    simulator: RunningSimulator,
    receiver: StripeWebhookReceiver,
    pay: Pay,
    order_id: str,
) -> None:
    simulator.arm_fault("duplicate_webhook", target="payment_intent.succeeded")

    pay("pm_card_visa")

    eventually(lambda: len(receiver.list_mentioning(order_id)) == 2)
    first, second = receiver.list_mentioning(order_id)
    assert first.payload == second.payload


def test_a_webhook_may_come_late_and_after_a_newer_one(
    gateway: PaymentGateway,
    simulator: RunningSimulator,
    receiver: StripeWebhookReceiver,
    pay: Pay,
    order_id: str,
) -> None:
    simulator.arm_fault("delay_webhook", target="payment_intent.succeeded", seconds=0.7)
    paid = pay("pm_card_visa")
    gateway.refund(intent_id=paid.id, reason="", idempotency_key=f"{order_id}-r")

    eventually(lambda: len(receiver.list_mentioning(paid.id)) == 3)

    assert (
        event_types(receiver.list_mentioning(paid.id))[-1] == "payment_intent.succeeded"
    )


def test_webhooks_may_be_reordered(
    gateway: PaymentGateway,
    simulator: RunningSimulator,
    receiver: StripeWebhookReceiver,
    order_id: str,
) -> None:
    simulator.arm_fault("reorder_webhook", count=None, seconds=0.5, seed=3)
    for number in range(12):
        gateway.charge(
            order_id=order_id,
            amount_minor=1_000 + number,
            currency="USD",
            payment_method_id="pm_card_visa",
            idempotency_key=f"{order_id}-{number}",
        )

    eventually(lambda: len(receiver.list_mentioning(order_id)) == 12)

    amounts = [
        json.loads(webhook.payload)["data"]["object"]["amount"]
        for webhook in receiver.list_mentioning(order_id)
    ]
    assert any(later < sooner for sooner, later in pairwise(amounts))


def test_a_webhook_may_get_lost_and_the_payment_can_still_be_read(
    gateway: PaymentGateway,
    simulator: RunningSimulator,
    receiver: StripeWebhookReceiver,
    pay: Pay,
    order_id: str,
) -> None:
    lost_before = simulator.read_state(order_id)["deliveries"].get("lost", 0)
    simulator.arm_fault("lose_webhook", target="payment_intent.succeeded")

    paid = pay("pm_card_visa")

    assert simulator.read_state(order_id)["deliveries"]["lost"] == lost_before + 1
    assert receiver.list_mentioning(order_id) == []
    assert gateway.retrieve_intent(paid.id).is_paid


@pytest.fixture
def all_events(simulator: RunningSimulator) -> Iterator[None]:
    simulator.subscribe("*")
    yield
    simulator.subscribe(*DEFAULT_ENABLED_EVENTS)


@pytest.mark.usefixtures("all_events")
def test_a_shop_can_subscribe_to_all_events(
    receiver: StripeWebhookReceiver, pay: Pay
) -> None:
    paid = pay("pm_card_visa")

    eventually(lambda: len(receiver.list_mentioning(paid.id)) == 3)

    assert sorted(event_types(receiver.list_mentioning(paid.id))) == [
        "charge.succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]


def test_connections_that_are_closed_after_each_response_lose_no_event(
    receiver: StripeWebhookReceiver, pay: Pay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "hangs_up", True)
    intent_ids = [
        pay("pm_card_visa", key=str(uuid4())).id for _ in range(2 * SENDER_THREADS)
    ]

    eventually(lambda: all(map(receiver.list_mentioning, intent_ids)))

    received = [len(receiver.list_mentioning(intent_id)) for intent_id in intent_ids]
    assert received == [1] * len(intent_ids)
