import time

import pytest
import stripe

from webapp.devtools.stripe_simulator.webhooks import (
    Endpoint,
    compute_retry_delay_s,
    sign_payload,
)


def test_the_sdk_accepts_the_signature() -> None:
    payload = '{"name": "Zoë"}'.encode()
    signed = sign_payload(payload, secret="whsec_1", now=int(time.time()))

    assert stripe.WebhookSignature.verify_header(payload, signed, "whsec_1", 300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(payload, signed, "whsec_2", 300)


def test_the_retry_delay_doubles_up_to_five_minutes() -> None:
    assert [compute_retry_delay_s(attempts) for attempts in range(4)] == [1, 2, 4, 8]
    assert compute_retry_delay_s(9) == compute_retry_delay_s(800) == 300


def test_an_endpoint_gets_the_events_it_subscribed_to() -> None:
    one_event = Endpoint("http://shop.test", "whsec_1", ("charge.refunded",))
    all_events = Endpoint("http://shop.test", "whsec_1", ("*",))

    assert one_event.is_subscribed_to("charge.refunded")
    assert not one_event.is_subscribed_to("charge.failed")
    assert all_events.is_subscribed_to("charge.failed")
