"""Money: what the shop asks of Stripe, and what it may conclude from each answer.

- Paid, 3-D Secure wanted or card declined: an `Intent`; its status says which.
- Stripe refuses the request (no such card, refund too large): `PaymentRequestRefused`;
  nothing changed.
- The same idempotency key with other arguments: `PaymentKeyReused`; nothing changed.
- Time-out, lost reply, 5xx, too many requests: `PaymentUnavailable`; **outcome unknown**.
- A webhook that Stripe did not sign: `WebhookRefused`.

After `PaymentUnavailable` money may have been taken. The safe way on is the same call
with the same key and arguments: Stripe keeps its first answer for 24 hours and repeats
it. Later, or when the arguments are not known any more, `find_by_order` says what became
of the order's money.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

import stripe

from webapp.config import NOT_RUNNING, Settings, WrongSetting
from webapp.kit.errors import Invalid, KeyReused, Unavailable

CLOCK_SKEW = timedelta(minutes=5)
CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
RETRIES = 2
STRIPE_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
NOTE_LENGTH = 500  # of a metadata value at Stripe


class IntentStatus(StrEnum):
    """Stripe's words for where a PaymentIntent stands."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"


class PaymentRequestRefused(Invalid):
    """Stripe will not do this, today or tomorrow; the message is Stripe's."""

    code = "PAYMENT_REQUEST_REFUSED"


class PaymentKeyReused(KeyReused):
    """The key has already been used for a request with other arguments."""

    code = "PAYMENT_KEY_REUSED"


class PaymentUnavailable(Unavailable):
    """No usable answer. Never conclude from it that nothing was charged."""

    code = "PAYMENT_UNAVAILABLE"


class WebhookRefused(Invalid):
    code = "BAD_SIGNATURE"


@dataclass(frozen=True)
class Intent:
    """One PaymentIntent as Stripe had it when it answered."""

    id: str
    status: IntentStatus
    amount_minor: int
    received_minor: int
    currency: str
    client_secret: str | None
    decline_code: str | None
    """Why the last attempt failed: the issuer's code, else Stripe's."""
    decline_message: str | None
    charge_id: str | None
    order_id: str | None
    action_url: str | None
    """Where the customer authenticates (3-D Secure), when Stripe hosts the page."""

    @property
    def paid(self) -> bool:
        return self.status is IntentStatus.SUCCEEDED

    @property
    def needs_customer(self) -> bool:
        return self.status is IntentStatus.REQUIRES_ACTION

    @property
    def declined(self) -> bool:
        """An attempt failed and no money is on its way. The intent is still open:
        cancel it unless another card is to be tried."""
        waiting = self.status is IntentStatus.REQUIRES_PAYMENT_METHOD
        return waiting and self.decline_code is not None


@dataclass(frozen=True)
class RefundReceipt:
    id: str
    status: str
    """`succeeded`, `pending`, `failed`, `canceled` or `requires_action`."""
    amount_minor: int
    intent_id: str | None
    charge_id: str | None


@dataclass(frozen=True)
class PaymentEvent:
    """A verified webhook. Deliveries repeat, overtake each other and may be late: trust
    `id` for "seen already" and `retrieve` for how the intent stands now."""

    id: str
    type: str
    created_at: datetime
    intent_id: str | None
    """The intent that the event is about, whatever object it carries."""
    intent: Intent | None
    """As it was when the event happened; only in `payment_intent.*` events."""
    refunded_minor: int | None
    """Refunded of the charge so far, in all; only in `charge.*` events."""


class PaymentGateway(Protocol):
    """`StripeGateway` everywhere; on a laptop its address is the simulator's."""

    def charge(
        self,
        *,
        order_id: str,
        amount_minor: int,
        currency: str,
        payment_method_id: str,
        idempotency_key: str,
        customer_email: str | None = None,
    ) -> Intent:
        """Create and confirm in one request: afterwards the intent is paid, needs the
        customer (3-D Secure) or is declined. A repetition needs equal arguments."""
        ...

    def create_intent(
        self, *, order_id: str, amount_minor: int, currency: str, idempotency_key: str
    ) -> Intent:
        """An intent that the customer's browser confirms with its client secret."""
        ...

    def retrieve(self, intent_id: str) -> Intent: ...

    def find_by_order(self, order_id: str, *, since: datetime) -> Intent | None:
        """The order's intent, among those made from `since` (the order's time) on: the
        paid one if any, otherwise the newest. Lists, because Stripe's search lags."""
        ...

    def cancel(self, intent_id: str, *, idempotency_key: str) -> Intent:
        """Give an unpaid intent up. What has meanwhile been paid comes back `paid`, not
        cancelled, and must be refunded: look at the status."""
        ...

    def refund(
        self,
        *,
        intent_id: str,
        amount_minor: int | None = None,
        reason: str,
        idempotency_key: str,
    ) -> RefundReceipt:
        """Send money back, all that is left when no amount is given.

        Raises `PaymentRequestRefused` for more than is left of the charge.
        """
        ...

    def read_event(self, *, payload: bytes, signature: str | None) -> PaymentEvent:
        """Raises `WebhookRefused` unless Stripe signed exactly these bytes lately."""
        ...


class StripeGateway:
    """The official SDK, with time-outs and retries under the same idempotency key."""

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secret: str | None,
        site: str,
        api_base: str | None = None,
        read_seconds: float = READ_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._site = site
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else None,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, read_seconds)),
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
    ) -> Intent:
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
    ) -> Intent:
        with _translated():
            made = self._client.v1.payment_intents.create(
                {
                    "amount": amount_minor,
                    "currency": currency.lower(),
                    "automatic_payment_methods": {"enabled": True},
                    "metadata": {"order_id": order_id},
                },
                {"idempotency_key": idempotency_key},
            )
        return _intent(made)

    def retrieve(self, intent_id: str) -> Intent:
        with _translated():
            return _intent(self._client.v1.payment_intents.retrieve(intent_id))

    def find_by_order(self, order_id: str, *, since: datetime) -> Intent | None:
        after = int((since - CLOCK_SKEW).timestamp())
        with _translated():
            listed = self._client.v1.payment_intents.list(
                {"created": {"gte": after}, "limit": 100}
            )
            intents = [_intent(found) for found in listed.auto_paging_iter()]
        ours = [intent for intent in intents if intent.order_id == order_id]
        paid = (intent for intent in ours if intent.paid)
        return next(paid, ours[0] if ours else None)

    def cancel(self, intent_id: str, *, idempotency_key: str) -> Intent:
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
            return self.retrieve(intent_id)

    def refund(
        self,
        *,
        intent_id: str,
        amount_minor: int | None = None,
        reason: str,
        idempotency_key: str,
    ) -> RefundReceipt:
        params: stripe.params.RefundCreateParams = {
            "payment_intent": intent_id,
            "metadata": {"reason": reason[:NOTE_LENGTH]},
        }
        if amount_minor is not None:
            params["amount"] = amount_minor
        if reason in STRIPE_REASONS:
            params["reason"] = reason
        with _translated():
            made = self._client.v1.refunds.create(
                params, {"idempotency_key": idempotency_key}
            )
        return RefundReceipt(
            id=made.id,
            status=made.status or "pending",
            amount_minor=made.amount,
            intent_id=_id(made.payment_intent),
            charge_id=_id(made.charge),
        )

    def read_event(self, *, payload: bytes, signature: str | None) -> PaymentEvent:
        try:
            event = self._client.construct_event(
                payload, signature, self._webhook_secret
            )
        except (stripe.SignatureVerificationError, ValueError) as problem:
            raise WebhookRefused("This webhook is not signed by Stripe") from problem
        about = event.data.object
        return PaymentEvent(
            id=event.id,
            type=event.type,
            created_at=datetime.fromtimestamp(event.created, UTC),
            intent_id=_intent_id(about),
            intent=_intent(about) if isinstance(about, stripe.PaymentIntent) else None,
            refunded_minor=(
                about.amount_refunded if isinstance(about, stripe.Charge) else None
            ),
        )


def open_payments(settings: Settings) -> PaymentGateway:
    if settings.stripe_api_key is None:
        raise WrongSetting(NOT_RUNNING.format("STRIPE_API_KEY"))
    secret = settings.stripe_webhook_secret
    return StripeGateway(
        api_key=settings.stripe_api_key.get_secret_value(),
        webhook_secret=secret.get_secret_value() if secret else None,
        api_base=settings.stripe_api_base,
        site=settings.site,
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


def _declined(decline: stripe.CardError) -> Intent:
    """A decline is an answer: the error carries the intent as it now stands."""
    intent = decline.error.payment_intent if decline.error else None
    if intent is None:
        raise decline
    return _intent(intent)


def _intent(made: stripe.PaymentIntent) -> Intent:
    error = made.last_payment_error
    action = made.next_action
    redirect = action.redirect_to_url if action else None
    return Intent(
        id=made.id,
        status=IntentStatus(made.status),
        amount_minor=made.amount,
        received_minor=made.amount_received,
        currency=made.currency.upper(),
        client_secret=made.client_secret,
        decline_code=(error.decline_code or error.code) if error else None,
        decline_message=error.message if error else None,
        charge_id=_id(made.latest_charge),
        order_id=made.metadata.to_dict().get("order_id"),
        action_url=redirect.url if redirect else None,
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
