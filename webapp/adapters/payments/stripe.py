"""The payment gateway over Stripe's official SDK.

Requests follow the SDK's own API version; what each answer means for the shop is
written in `webapp.adapters.payments.port`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import stripe

from webapp.adapters.payments.port import (
    InvalidWebhookSignature,
    PaymentEvent,
    PaymentIntent,
    PaymentIntentStatus,
    PaymentKeyReused,
    PaymentRequestRefused,
    PaymentUnavailable,
    RefundReceipt,
)

CLOCK_SKEW = timedelta(minutes=5)


CONNECT_SECONDS = 3.0


READ_SECONDS = 15.0


RETRIES = 2


MAX_CALL_S = (
    (RETRIES + 1) * (CONNECT_SECONDS + READ_SECONDS)
    # The SDK waits twice as long before each further try.
    + stripe.HTTPClient.INITIAL_DELAY * (2**RETRIES - 1)
)


"""What one call takes when Stripe does not answer; jobs that call it last longer."""


STRIPE_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


NOTE_LENGTH = 500  # of a metadata value at Stripe


KEY = "idempotency_key"  # in the metadata of a refund


class StripeGateway:
    """The official SDK, with time-outs and retries under the same idempotency key."""

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secret: str | None,
        site: str,
        api_base: str | None = None,
        read_timeout_s: float = READ_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._site = site
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=stripe.RequestsClient(
                timeout=(CONNECT_SECONDS, read_timeout_s)
            ),
            max_network_retries=retries,
        )

    def charge(
        self,
        *,
        order_id: str,
        amount_minor: int,
        currency: str,
        payment_method_id: str,
        idempotency_key: str,
        customer_email: str | None = None,
    ) -> PaymentIntent:
        params: stripe.params.PaymentIntentCreateParams = {
            "amount": amount_minor,
            "currency": currency.lower(),
            "payment_method": payment_method_id,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            # With a return address Stripe hosts the 3-D Secure page, so that a
            # customer without our front end (terminal, chat) can authenticate too.
            "return_url": f"{self._site}/orders/{order_id}",
            "metadata": {"order_id": order_id},
        }
        if customer_email is not None:
            params["receipt_email"] = customer_email
        with _translated():
            try:
                made = self._client.v1.payment_intents.create(
                    params, {"idempotency_key": idempotency_key}
                )
            except stripe.CardError as decline:
                return _declined(decline)
        return _intent(made)

    def create_intent(
        self, *, order_id: str, amount_minor: int, currency: str, idempotency_key: str
    ) -> PaymentIntent:
        with _translated():
            made = self._client.v1.payment_intents.create(
                {
                    "amount": amount_minor,
                    "currency": currency.lower(),
                    "allowed_payment_method_types": ["card"],
                    "metadata": {"order_id": order_id},
                },
                {"idempotency_key": idempotency_key},
            )
        return _intent(made)

    def retrieve_intent(self, intent_id: str) -> PaymentIntent:
        with _translated():
            return _intent(self._client.v1.payment_intents.retrieve(intent_id))

    def find_intent_by_order(
        self, order_id: str, *, since: datetime
    ) -> PaymentIntent | None:
        after = int((since - CLOCK_SKEW).timestamp())
        with _translated():
            listed = self._client.v1.payment_intents.list(
                {"created": {"gte": after}, "limit": 100}
            )
            intents = [_intent(found) for found in listed.auto_paging_iter()]
        ours = [intent for intent in intents if intent.order_id == order_id]
        paid = (intent for intent in ours if intent.is_paid)
        return next(paid, ours[0] if ours else None)

    def cancel_intent(self, intent_id: str, *, idempotency_key: str) -> PaymentIntent:
        try:
            with _translated():
                return _intent(
                    self._client.v1.payment_intents.cancel(
                        intent_id, None, {"idempotency_key": idempotency_key}
                    )
                )
        except PaymentRequestRefused as refusal:
            if refusal.details["stripe_code"] != "payment_intent_unexpected_state":
                raise
            return self.retrieve_intent(intent_id)

    def refund(
        self,
        *,
        intent_id: str,
        amount_minor: int | None = None,
        reason: str,
        idempotency_key: str,
    ) -> RefundReceipt:
        for made in self.list_refunds(intent_id):
            if made.idempotency_key == idempotency_key:
                return made
        params: stripe.params.RefundCreateParams = {
            "payment_intent": intent_id,
            "metadata": {"reason": reason[:NOTE_LENGTH], KEY: idempotency_key},
        }
        if amount_minor is not None:
            params["amount"] = amount_minor
        if reason in STRIPE_REASONS:
            params["reason"] = reason
        with _translated():
            return _receipt(
                self._client.v1.refunds.create(
                    params, {"idempotency_key": idempotency_key}
                )
            )

    def list_refunds(self, intent_id: str) -> list[RefundReceipt]:
        with _translated():
            listed = self._client.v1.refunds.list(
                {"payment_intent": intent_id, "limit": 100}
            )
            return [_receipt(found) for found in listed.auto_paging_iter()]

    def construct_event(self, *, payload: bytes, signature: str | None) -> PaymentEvent:
        try:
            event = self._client.construct_event(
                payload, signature, self._webhook_secret
            )
        except (stripe.SignatureVerificationError, ValueError) as problem:
            raise InvalidWebhookSignature(
                "This webhook is not signed by Stripe"
            ) from problem
        about = event.data.object
        return PaymentEvent(
            id=event.id,
            type=event.type,
            created_at=datetime.fromtimestamp(event.created, UTC),
            intent_id=_intent_id(about),
            intent=_intent(about) if isinstance(about, stripe.PaymentIntent) else None,
        )


@contextmanager
def _translated() -> Iterator[None]:
    """Stripe's errors in the shop's words, as the top of this module lists them."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError) as refusal:
        raise PaymentRequestRefused(
            refusal.user_message or "Stripe refuses this request",
            stripe_code=refusal.code,
            param=refusal.param,
        ) from refusal
    except stripe.IdempotencyError as reuse:
        raise PaymentKeyReused("This payment key belongs to another request") from reuse
    except stripe.StripeError as failure:
        raise PaymentUnavailable("Payments are not answering just now") from failure


def _declined(decline: stripe.CardError) -> PaymentIntent:
    """A decline is an answer: the error carries the intent as it now stands."""
    intent = decline.error.payment_intent if decline.error else None
    if intent is None:
        raise decline
    return _intent(intent)


def _intent(made: stripe.PaymentIntent) -> PaymentIntent:
    # Stripe leaves out what does not apply, and the SDK raises for what is left out.
    error = made.last_payment_error.to_dict() if made.last_payment_error else {}
    action = made.next_action.to_dict() if made.next_action else {}
    redirect = action.get("redirect_to_url") or {}
    return PaymentIntent(
        id=made.id,
        status=PaymentIntentStatus(made.status),
        amount_minor=made.amount,
        received_minor=made.amount_received,
        currency=made.currency.upper(),
        client_secret=made.client_secret,
        decline_code=error.get("decline_code") or error.get("code"),
        decline_message=error.get("message"),
        charge_id=_id(made.latest_charge),
        order_id=made.metadata.to_dict().get("order_id"),
        action_url=redirect.get("url"),
    )


def _receipt(made: stripe.Refund) -> RefundReceipt:
    notes = made.metadata.to_dict() if made.metadata else {}
    return RefundReceipt(
        id=made.id,
        status=made.status or "pending",
        amount_minor=made.amount,
        intent_id=_id(made.payment_intent),
        charge_id=_id(made.charge),
        idempotency_key=notes.get(KEY),
    )


def _intent_id(about: object) -> str | None:
    if isinstance(about, stripe.PaymentIntent):
        return about.id
    if isinstance(about, stripe.Charge | stripe.Refund):
        return _id(about.payment_intent)
    return None


def _id(expandable: stripe.PaymentIntent | stripe.Charge | str | None) -> str | None:
    """Stripe sends an id where nobody asked it to expand the object."""
    if expandable is None or isinstance(expandable, str):
        return expandable
    return expandable.id
