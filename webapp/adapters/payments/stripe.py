"""The payment gateway over Stripe's official SDK.

Requests use the API version of the SDK; `webapp.adapters.payments.port` documents what
each response means.
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

MAX_CLOCK_SKEW = timedelta(minutes=5)
# With these a request may last `MAX_CALL_S` of the port.
CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 15.0
MAX_RETRIES = 2
STRIPE_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
MAX_METADATA_LENGTH = 500
"""Of a metadata value at Stripe."""
IDEMPOTENCY_METADATA = "idempotency_key"
"""The metadata field of a refund that stores its idempotency key."""


class StripeGateway:
    """The official SDK, with time-outs and retries under the same idempotency key."""

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secret: str | None,
        site: str,
        api_base: str | None = None,
        read_timeout_s: float = READ_TIMEOUT_S,
        retries: int = MAX_RETRIES,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._site = site
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=stripe.RequestsClient(
                timeout=(CONNECT_TIMEOUT_S, read_timeout_s)
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
            # With a return URL Stripe hosts the 3-D Secure page, so that a customer without
            # our front end (terminal, chat) can authenticate, too.
            "return_url": f"{self._site}/orders/{order_id}",
            "metadata": {"order_id": order_id},
        }
        if customer_email is not None:
            params["receipt_email"] = customer_email
        with _translate_errors():
            try:
                intent = self._client.v1.payment_intents.create(
                    params, {"idempotency_key": idempotency_key}
                )
            except stripe.CardError as error:
                return _build_declined_intent(error)
        return _build_intent(intent)

    def create_intent(
        self, *, order_id: str, amount_minor: int, currency: str, idempotency_key: str
    ) -> PaymentIntent:
        with _translate_errors():
            intent = self._client.v1.payment_intents.create(
                {
                    "amount": amount_minor,
                    "currency": currency.lower(),
                    "allowed_payment_method_types": ["card"],
                    "metadata": {"order_id": order_id},
                },
                {"idempotency_key": idempotency_key},
            )
        return _build_intent(intent)

    def retrieve_intent(self, intent_id: str) -> PaymentIntent:
        with _translate_errors():
            return _build_intent(self._client.v1.payment_intents.retrieve(intent_id))

    def find_intent_by_order(
        self, order_id: str, *, since: datetime
    ) -> PaymentIntent | None:
        after = int((since - MAX_CLOCK_SKEW).timestamp())
        with _translate_errors():
            listed = self._client.v1.payment_intents.list(
                {"created": {"gte": after}, "limit": 100}
            )
            intents = [_build_intent(item) for item in listed.auto_paging_iter()]
        matching = [intent for intent in intents if intent.order_id == order_id]
        paid = (intent for intent in matching if intent.is_paid)
        return next(paid, matching[0] if matching else None)

    def cancel_intent(self, intent_id: str, *, idempotency_key: str) -> PaymentIntent:
        try:
            with _translate_errors():
                return _build_intent(
                    self._client.v1.payment_intents.cancel(
                        intent_id, None, {"idempotency_key": idempotency_key}
                    )
                )
        except PaymentRequestRefused as error:
            if error.details["stripe_code"] != "payment_intent_unexpected_state":
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
        for receipt in self.list_refunds(intent_id):
            if receipt.idempotency_key == idempotency_key:
                return receipt
        params: stripe.params.RefundCreateParams = {
            "payment_intent": intent_id,
            "metadata": {
                "reason": reason[:MAX_METADATA_LENGTH],
                IDEMPOTENCY_METADATA: idempotency_key,
            },
        }
        if amount_minor is not None:
            params["amount"] = amount_minor
        if reason in STRIPE_REASONS:
            params["reason"] = reason
        with _translate_errors():
            return _build_receipt(
                self._client.v1.refunds.create(
                    params, {"idempotency_key": idempotency_key}
                )
            )

    def list_refunds(self, intent_id: str) -> list[RefundReceipt]:
        with _translate_errors():
            listed = self._client.v1.refunds.list(
                {"payment_intent": intent_id, "limit": 100}
            )
            return [_build_receipt(item) for item in listed.auto_paging_iter()]

    def construct_event(self, *, payload: bytes, signature: str | None) -> PaymentEvent:
        try:
            event = self._client.construct_event(
                payload, signature, self._webhook_secret
            )
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise InvalidWebhookSignature(
                "This webhook is not signed by Stripe"
            ) from error
        event_object = event.data.object
        return PaymentEvent(
            id=event.id,
            type=event.type,
            created_at=datetime.fromtimestamp(event.created, UTC),
            intent_id=_find_intent_id(event_object),
            intent=_build_intent(event_object)
            if isinstance(event_object, stripe.PaymentIntent)
            else None,
        )


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Translate Stripe's errors into those that `webapp.adapters.payments.port` lists."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        raise PaymentRequestRefused(
            error.user_message or "Stripe rejects this request",
            stripe_code=error.code,
            param=error.param,
        ) from error
    except stripe.IdempotencyError as error:
        raise PaymentKeyReused("This payment key belongs to another request") from error
    except stripe.StripeError as error:
        raise PaymentUnavailable("Payments are temporarily unavailable") from error


def _build_declined_intent(error: stripe.CardError) -> PaymentIntent:
    """A decline is a result, not an error: the exception contains the intent's current state."""
    intent = error.error.payment_intent if error.error else None
    if intent is None:
        raise error
    return _build_intent(intent)


def _build_intent(intent: stripe.PaymentIntent) -> PaymentIntent:
    # Stripe omits fields that do not apply, and the SDK raises on access to an omitted field.
    error = intent.last_payment_error.to_dict() if intent.last_payment_error else {}
    action = intent.next_action.to_dict() if intent.next_action else {}
    redirect = action.get("redirect_to_url") or {}
    return PaymentIntent(
        id=intent.id,
        status=PaymentIntentStatus(intent.status),
        amount_minor=intent.amount,
        received_minor=intent.amount_received,
        currency=intent.currency.upper(),
        client_secret=intent.client_secret,
        decline_code=error.get("decline_code") or error.get("code"),
        decline_message=error.get("message"),
        charge_id=_expandable_id(intent.latest_charge),
        order_id=intent.metadata.to_dict().get("order_id"),
        action_url=redirect.get("url"),
    )


def _build_receipt(refund: stripe.Refund) -> RefundReceipt:
    metadata = refund.metadata.to_dict() if refund.metadata else {}
    return RefundReceipt(
        id=refund.id,
        status=refund.status or "pending",
        amount_minor=refund.amount,
        intent_id=_expandable_id(refund.payment_intent),
        charge_id=_expandable_id(refund.charge),
        idempotency_key=metadata.get(IDEMPOTENCY_METADATA),
    )


def _find_intent_id(event_object: object) -> str | None:
    if isinstance(event_object, stripe.PaymentIntent):
        return event_object.id
    if isinstance(event_object, stripe.Charge | stripe.Refund):
        return _expandable_id(event_object.payment_intent)
    return None


def _expandable_id(
    expandable: stripe.PaymentIntent | stripe.Charge | str | None,
) -> str | None:
    """The id of a field that is either an id or, if the request expanded it, the object."""
    if expandable is None or isinstance(expandable, str):
        return expandable
    return expandable.id
