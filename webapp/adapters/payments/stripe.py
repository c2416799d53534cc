"""The payment gateway over Stripe's official SDK.

Requests use the API version of the SDK; `webapp.adapters.payments.port` documents what
each response means.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

import stripe
from urllib3 import Timeout

from webapp.adapters.payments.port import (
    EventNotUnderstood,
    InvalidWebhookSignature,
    PaymentEvent,
    PaymentIntent,
    PaymentIntentStatus,
    PaymentKeyReused,
    PaymentNotUnderstood,
    PaymentRequestRefused,
    PaymentUnavailable,
    RefundReceipt,
)
from webapp.adapters.payments.stripe_http import PooledClient

MAX_CLOCK_SKEW = timedelta(minutes=5)
# With these a request may last `MAX_CALL_S` of the port.
CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 15.0
MAX_RETRIES = 2
INTENTS = "/v1/payment_intents"
MAX_EVENT_AGE_S = 300
MAX_SIGNATURE_HEADER = 4096
MAX_UNIX_TIME = 2**37
"""Beyond the year 6000; `datetime` ends with the year 9999."""
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
            http_client=PooledClient(
                api_base or stripe.DEFAULT_API_BASE,
                timeout=Timeout(connect=CONNECT_TIMEOUT_S, read=read_timeout_s),
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
                # Raw, as the SDK's objects cost a quarter of the request.
                intent = self._client.raw_request(
                    "post", INTENTS, **params, idempotency_key=idempotency_key
                )
            except stripe.CardError as error:
                return _build_declined_intent(error)
        return _build_intent(intent.data)

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
        return _build_intent(intent.to_dict())

    def retrieve_intent(self, intent_id: str) -> PaymentIntent:
        with _translate_errors():
            intent = self._client.v1.payment_intents.retrieve(intent_id)
        return _build_intent(intent.to_dict())

    def find_intent_by_order(
        self, order_id: str, *, since: datetime
    ) -> PaymentIntent | None:
        after = int((since - MAX_CLOCK_SKEW).timestamp())
        with _translate_errors():
            listed = self._client.v1.payment_intents.list(
                {"created": {"gte": after}, "limit": 100}
            )
            intents = [
                _build_intent(item.to_dict()) for item in listed.auto_paging_iter()
            ]
        matching = [intent for intent in intents if intent.order_id == order_id]
        paid = (intent for intent in matching if intent.is_paid)
        return next(paid, matching[0] if matching else None)

    def cancel_intent(self, intent_id: str, *, idempotency_key: str) -> PaymentIntent:
        try:
            with _translate_errors():
                intent = self._client.v1.payment_intents.cancel(
                    intent_id, None, {"idempotency_key": idempotency_key}
                )
        except PaymentRequestRefused as error:
            if error.details["stripe_code"] != "payment_intent_unexpected_state":
                raise
            return self.retrieve_intent(intent_id)
        return _build_intent(intent.to_dict())

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
        if not is_signed(payload, signature or "", secret=self._webhook_secret or ""):
            raise InvalidWebhookSignature("This webhook is not signed by Stripe")
        return parse_event(payload)


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
    return _build_intent(intent.to_dict())


def _build_intent(values: Mapping[str, Any]) -> PaymentIntent:
    """Raises `PaymentNotUnderstood`. Stripe omits fields that do not apply, and API versions
    differ in what there is."""
    error = values.get("last_payment_error") or {}
    redirect = (values.get("next_action") or {}).get("redirect_to_url") or {}
    try:
        return PaymentIntent(
            id=values["id"],
            status=PaymentIntentStatus(values["status"]),
            amount_minor=values["amount"],
            received_minor=values.get("amount_received") or 0,
            currency=values["currency"].upper(),
            client_secret=values.get("client_secret"),
            decline_code=error.get("decline_code") or error.get("code"),
            decline_message=error.get("message"),
            charge_id=_expandable_id(values.get("latest_charge")),
            order_id=(values.get("metadata") or {}).get("order_id"),
            action_url=redirect.get("url"),
        )
    except (KeyError, ValueError) as reason:
        raise PaymentNotUnderstood(
            f"Stripe's response about a payment is not understood: {reason}"
        ) from reason


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


def is_signed(payload: bytes, header: str, *, secret: str) -> bool:
    """Whether Stripe has signed these bytes at most five minutes ago.

    The SDK verifies texts only; these are any bytes, and the header is any text.
    """
    if not secret or len(header) > MAX_SIGNATURE_HEADER:
        return False
    fields = [field.partition("=") for field in header.split(",")]
    times = [value.strip() for name, _, value in fields if name.strip() == "t"]
    if len(times) != 1 or not re.fullmatch(r"[0-9]{1,12}", times[0]):
        return False
    expected = hmac.new(
        secret.encode(), times[0].encode() + b"." + payload, hashlib.sha256
    ).hexdigest()
    is_authentic = any(
        hmac.compare_digest(value.strip().encode("utf-8", "replace"), expected.encode())
        for name, _, value in fields
        if name.strip() == "v1"
    )
    return is_authentic and int(times[0]) >= time.time() - MAX_EVENT_AGE_S


def parse_event(payload: bytes) -> PaymentEvent:
    """Parse a verified event. Raises `EventNotUnderstood` for anything else."""
    digest = f"sha256:{hashlib.sha256(payload).hexdigest()}"
    try:
        values = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise EventNotUnderstood("It is not JSON", event_id=digest) from error
    if not isinstance(values, dict):
        raise EventNotUnderstood("It is not a JSON object", event_id=digest)
    event_id, event_type = values.get("id"), values.get("type")
    if not _is_identifier(event_id) or not _is_identifier(event_type):
        raise EventNotUnderstood("It has no id or no type", event_id=digest)
    data = values.get("data")
    event_object = data.get("object") if isinstance(data, dict) else None
    created = values.get("created")
    if not isinstance(event_object, dict) or not isinstance(created, int):
        raise EventNotUnderstood(
            "It has no data.object or no time of creation",
            event_id=event_id,
            event_type=event_type,
        )
    intent_id = _find_intent_id(event_object)
    if intent_id is not None and not _is_identifier(intent_id):
        raise EventNotUnderstood(
            "The id of its payment is none", event_id=event_id, event_type=event_type
        )
    return PaymentEvent(
        id=event_id,
        type=event_type,
        created_at=datetime.fromtimestamp(created % MAX_UNIX_TIME, UTC),
        intent_id=intent_id,
        intent_status=_find_intent_status(event_object),
    )


def _is_identifier(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(re.fullmatch(r"[\x21-\x7e]{1,255}", value))


def _find_intent_id(event_object: dict[str, Any]) -> object:
    """Whatever is written as the id of the payment that an event is about; `None` for none."""
    kind = event_object.get("object")
    if kind == "payment_intent":
        return event_object.get("id") or ""
    if kind in {"charge", "refund"}:
        return _expandable_id(event_object.get("payment_intent"))
    return None


def _find_intent_status(event_object: dict[str, Any]) -> str | None:
    if event_object.get("object") != "payment_intent":
        return None
    status = event_object.get("status")
    return status if _is_identifier(status) else None


def _expandable_id(expandable: Any) -> Any:
    """The id of a field that is either an id or, if the request expanded it, the object."""
    if isinstance(expandable, dict):
        return expandable.get("id") or ""
    return getattr(expandable, "id", expandable)
