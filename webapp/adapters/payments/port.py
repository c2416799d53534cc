"""The port of the payment gateway: the calls to Stripe and the possible outcomes.

- Paid, 3-D Secure required or card declined: a `PaymentIntent` with that status.
- Stripe rejects the request (no such card, refund too large): `PaymentRequestRefused`;
  nothing changed.
- The same idempotency key with other arguments: `PaymentKeyReused`; nothing changed.
- Time-out, lost response, 5xx, too many requests: `PaymentUnavailable`; outcome unknown.
- A response that this version does not understand, such as a new status:
  `PaymentNotUnderstood`; outcome unknown, too.
- A webhook that Stripe did not sign: `InvalidWebhookSignature`; one that it signed and that is
  no event we know: `EventNotUnderstood`.

After `PaymentUnavailable` the charge may have been made. The safe retry is the same call
with the same key and arguments: Stripe stores its first response for 24 hours and replays
it. Later, or when the arguments are no longer known, `find_intent_by_order` returns the
state of the order's payment. `refund` checks this itself and may be retried at any time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, Self, runtime_checkable

from webapp.kit.errors import IdempotencyKeyReused, Invalid, Unavailable

MAX_CALL_S = 56
"""No request to Stripe lasts longer, with its retries and without an answer; jobs that make
one need longer."""
MAX_CHARGE_MINOR = 99_999_999
"""Stripe accepts eight digits."""
MIN_CHARGE_MINOR: Mapping[str, int] = {
    "USD": 50,
    "EUR": 50,
    "GBP": 30,
    "AUD": 50,
    "CAD": 50,
}
"""Stripe's minimum by currency. An account that settles in another currency may have a higher one,
which only Stripe knows."""


class PaymentIntentStatus(StrEnum):
    """Stripe's statuses of a PaymentIntent."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CONFIRMATION = "requires_confirmation"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    REQUIRES_CAPTURE = "requires_capture"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"


class PaymentRequestRefused(Invalid):
    """Stripe rejects the request, and a retry would not help; the message is Stripe's. Its
    details have Stripe's `stripe_code` and `param`, each perhaps `None`."""

    code = "PAYMENT_REQUEST_REFUSED"


class PaymentKeyReused(IdempotencyKeyReused):
    """The key has already been used for a request with other arguments."""

    code = "PAYMENT_KEY_REUSED"


class PaymentUnavailable(Unavailable):
    """No usable response. It does not mean that nothing was charged."""

    code = "PAYMENT_UNAVAILABLE"


class PaymentNotUnderstood(PaymentUnavailable):
    """Stripe's response has a form or a value that is not known here."""

    code = "PAYMENT_NOT_UNDERSTOOD"


class InvalidWebhookSignature(Invalid):
    code = "BAD_SIGNATURE"


class EventNotUnderstood(Invalid):
    """Signed by Stripe, and not an event that can be read: a repetition would not help."""

    code = "EVENT_NOT_UNDERSTOOD"

    def __init__(self, message: str, *, event_id: str, event_type: str = "") -> None:
        super().__init__(message, event_id=event_id)
        self.event_id = event_id
        """For bytes without an id, one that is derived from them."""
        self.event_type = event_type


@dataclass(frozen=True)
class PaymentIntent:
    """A PaymentIntent as in Stripe's response."""

    id: str
    status: PaymentIntentStatus
    amount_minor: int
    received_minor: int
    currency: str
    client_secret: str | None
    decline_code: str | None
    """Why the last attempt failed: the card issuer's code, otherwise Stripe's."""
    decline_message: str | None
    charge_id: str | None
    order_id: str | None
    action_url: str | None
    """Where the customer authenticates (3-D Secure), when Stripe hosts the page."""

    @property
    def is_paid(self) -> bool:
        return self.status is PaymentIntentStatus.SUCCEEDED

    @property
    def requires_action(self) -> bool:
        return self.status is PaymentIntentStatus.REQUIRES_ACTION

    @property
    def is_canceled(self) -> bool:
        """Final: it can no longer be charged."""
        return self.status is PaymentIntentStatus.CANCELED

    @property
    def is_declined(self) -> bool:
        """The last attempt failed and none is in progress. The intent is still open: cancel
        it unless another card is to be tried."""
        waiting = self.status is PaymentIntentStatus.REQUIRES_PAYMENT_METHOD
        return waiting and self.decline_code is not None


@dataclass(frozen=True)
class RefundReceipt:
    id: str
    status: str
    """`succeeded`, `pending`, `failed`, `canceled` or `requires_action`."""
    amount_minor: int
    intent_id: str | None
    charge_id: str | None
    idempotency_key: str | None
    """The idempotency key of the request; `None` for a refund that the shop did not make."""

    @property
    def is_effective(self) -> bool:
        """The refund is pending or done; it may still fail, even days later."""
        return self.status not in {"failed", "canceled"}


@dataclass(frozen=True)
class PaymentEvent:
    """A verified webhook. Deliveries repeat, overtake each other and may be late: deduplicate
    by `id`, and read the current state of the intent with `retrieve_intent`."""

    id: str
    type: str
    created_at: datetime
    intent_id: str | None
    """The intent that the event concerns, whichever type of object it contains."""
    intent_status: str | None = None
    """Status of the intent when the event was made; `None` for another type of object."""


def is_refund_event(event_type: str) -> bool:
    """`charge.refunded`, `charge.refund.updated`, `refund.…`: made, changed, failed."""
    return "refund" in event_type


class PaymentGateway(Protocol):
    """Implemented by `StripeGateway`; in development by `SimulatedStripeGateway`."""

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
        """Create and confirm an intent in one request: it is then paid, requires action by
        the customer (3-D Secure) or is declined. A retry needs the same arguments."""
        ...

    def create_intent(
        self, *, order_id: str, amount_minor: int, currency: str, idempotency_key: str
    ) -> PaymentIntent:
        """Create an intent without a card. A later charge under the same key is rejected, with
        `PaymentKeyReused`, and charges nothing."""
        ...

    def retrieve_intent(self, intent_id: str) -> PaymentIntent: ...

    def find_intent_by_order(
        self, order_id: str, *, since: datetime
    ) -> PaymentIntent | None:
        """Find the order's intent among those created from `since` (the order's time) on: the
        paid one if any, otherwise the newest. Lists them, because Stripe's search lags."""
        ...

    def cancel_intent(self, intent_id: str, *, idempotency_key: str) -> PaymentIntent:
        """Cancel an unpaid intent. One that has been paid meanwhile is returned as paid, not
        canceled, and must be refunded: check the status."""
        ...

    def refund(
        self,
        *,
        intent_id: str,
        amount_minor: int | None = None,
        reason: str,
        idempotency_key: str,
    ) -> RefundReceipt:
        """Refund an amount, or all that is left when `amount_minor` is `None`.

        Idempotent by key at any time: Stripe forgets the key after a day, so it is also
        stored in the refund's metadata and looked up there first.

        Raises `PaymentRequestRefused` for more than is left of the charge.
        """
        ...

    def list_refunds(self, intent_id: str) -> list[RefundReceipt]:
        """List the intent's refunds in their current state, including those made elsewhere."""
        ...

    def construct_event(self, *, payload: bytes, signature: str | None) -> PaymentEvent:
        """Verify and parse a webhook. Raises `InvalidWebhookSignature` unless Stripe has signed
        exactly these bytes recently, and `EventNotUnderstood`."""
        ...


class LedgerUnavailable(Unavailable):
    code = "STRIPE_BOOKS_UNAVAILABLE"


@dataclass(frozen=True)
class LedgerEntry:
    """All payments of one order."""

    order_id: str | None
    """`None` adds up the payments without an order."""
    charges: int
    captured_minor: int
    refunded_minor: int

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """From JSON with the names of these fields, and perhaps others."""
        return cls(
            order_id=row["order_id"],
            charges=row["charges"],
            captured_minor=row["captured_minor"],
            refunded_minor=row["refunded_minor"],
        )


@runtime_checkable
class LedgerSource(Protocol):
    """A payment gateway, or another object, that can list all payments by order. Optional:
    Stripe itself cannot."""

    def read_ledger(self) -> Sequence[LedgerEntry]:
        """Raises `LedgerUnavailable`."""
        ...
