"""Money: what the shop asks of Stripe, and what it may conclude from each answer.

- Paid, 3-D Secure wanted or card declined: an `Intent`; its status says which.
- Stripe refuses the request (no such card, refund too large): `PaymentRequestRefused`;
  nothing changed.
- The same idempotency key with other arguments: `PaymentKeyReused`; nothing changed.
- Time-out, lost reply, 5xx, too many requests: `PaymentUnavailable`: outcome unknown.
- A webhook that Stripe did not sign: `WebhookRefused`.

After `PaymentUnavailable` money may have been taken. The safe way on is the same call
with the same key and arguments: Stripe keeps its first answer for 24 hours and repeats
it. Later, or when the arguments are not known any more, `find_by_order` says what
became of the order's money. A refund looks for itself, and may be repeated at any time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from webapp.kit.errors import IdempotencyKeyReused, Invalid, Unavailable


class PaymentIntentStatus(StrEnum):
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


class PaymentKeyReused(IdempotencyKeyReused):
    """The key has already been used for a request with other arguments."""

    code = "PAYMENT_KEY_REUSED"


class PaymentUnavailable(Unavailable):
    """No usable answer. Never conclude from it that nothing was charged."""

    code = "PAYMENT_UNAVAILABLE"


class InvalidWebhookSignature(Invalid):
    code = "BAD_SIGNATURE"


@dataclass(frozen=True)
class PaymentIntent:
    """One PaymentIntent as Stripe had it when it answered."""

    id: str
    status: PaymentIntentStatus
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
    def is_paid(self) -> bool:
        return self.status is PaymentIntentStatus.SUCCEEDED

    @property
    def requires_action(self) -> bool:
        return self.status is PaymentIntentStatus.REQUIRES_ACTION

    @property
    def is_canceled(self) -> bool:
        """For good: it can take no money any more."""
        return self.status is PaymentIntentStatus.CANCELED

    @property
    def is_declined(self) -> bool:
        """An attempt failed and no money is on its way. The intent is still open:
        cancel it unless another card is to be tried."""
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
    """The idempotency key that it was made under; none when it was not made here."""

    @property
    def is_effective(self) -> bool:
        """The money goes back or is there; it may fail even days later."""
        return self.status not in {"failed", "canceled"}


@dataclass(frozen=True)
class PaymentEvent:
    """A verified webhook. Deliveries repeat, overtake each other and may be late: trust
    `id` for "seen already" and `retrieve` for how the intent stands now."""

    id: str
    type: str
    created_at: datetime
    intent_id: str | None
    """The intent that the event is about, whatever object it carries."""
    intent: PaymentIntent | None
    """As it was when the event happened; only in `payment_intent.*` events."""

    @property
    def is_refund_event(self) -> bool:
        """`charge.refunded`, `charge.refund.updated`, `refund.…`: made, changed, failed."""
        return "refund" in self.type


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
    ) -> PaymentIntent:
        """Create and confirm in one request: afterwards the intent is paid, needs the
        customer (3-D Secure) or is declined. A repetition needs equal arguments."""
        ...

    def create_intent(
        self, *, order_id: str, amount_minor: int, currency: str, idempotency_key: str
    ) -> PaymentIntent:
        """An intent without a card. A charge that comes later under the same key finds it
        taken, and takes nothing."""
        ...

    def retrieve_intent(self, intent_id: str) -> PaymentIntent: ...

    def find_intent_by_order(
        self, order_id: str, *, since: datetime
    ) -> PaymentIntent | None:
        """The order's intent, among those made from `since` (the order's time) on: the
        paid one if any, otherwise the newest. Lists, because Stripe's search lags."""
        ...

    def cancel_intent(self, intent_id: str, *, idempotency_key: str) -> PaymentIntent:
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

        Once for a key, however late it is repeated: Stripe forgets the key after a day,
        so it is also noted on the refund and looked for there first.

        Raises `PaymentRequestRefused` for more than is left of the charge.
        """
        ...

    def list_refunds(self, intent_id: str) -> list[RefundReceipt]:
        """As they stand now, whoever made them."""
        ...

    def construct_event(self, *, payload: bytes, signature: str | None) -> PaymentEvent:
        """Raises `WebhookRefused` unless Stripe signed exactly these bytes lately."""
        ...
