import time

import pytest
import stripe

from webapp.devtools.stripe_simulator.webhooks import (
    Endpoint,
    retry_delay,
    sign_payload,
)


def test_the_signature_is_what_the_sdk_expects() -> None:
    payload = '{"name": "Zoë"}'.encode()
    signed = sign_payload(payload, secret="whsec_1", now=int(time.time()))

    assert stripe.WebhookSignature.verify_header(payload, signed, "whsec_1", 300)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(payload, signed, "whsec_2", 300)


def test_the_time_between_attempts_doubles_up_to_five_minutes() -> None:
    assert [retry_delay(failed) for failed in range(4)] == [1, 2, 4, 8]
    assert retry_delay(9) == retry_delay(800) == 300


def test_an_endpoint_hears_what_it_subscribed_to() -> None:
    some = Endpoint("http://shop.test", "whsec_1", ("charge.refunded",))
    everything = Endpoint("http://shop.test", "whsec_1", ("*",))

    assert some.is_subscribed_to("charge.refunded")
    assert not some.is_subscribed_to("charge.failed")
    assert everything.is_subscribed_to("charge.failed")
