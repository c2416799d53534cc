"""From cart to paid order: database transactions and calls to Stripe alternate and never
overlap.

    create_order (transaction) → charge at Stripe → PaymentOutcome → record (transaction)

What calls Stripe returns a `PaymentOutcome`. The caller records it in a transaction of its own,
with whatever must commit together with it: the response stored for an idempotency key, or the
job that is done. Every caller goes through the same steps. The order's row records the progress;
the idempotency key at Stripe is the order's id.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.payments.port import (
    PaymentGateway,
    PaymentIntent,
    PaymentIntentStatus,
    PaymentKeyReused,
    PaymentRequestRefused,
    PaymentUnavailable,
)
from webapp.checkout import steps
from webapp.checkout.errors import CartAlreadyOrdered
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.checkout.policy import AlertThresholds, CheckoutPolicy
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import OrderStatus


@dataclass(frozen=True)
class IntentReported:
    """Stripe has reported the state of the order's intent."""

    order_id: UUID
    intent: PaymentIntent
    snapshot: Order | None = None
    """The order as it was before the call to Stripe."""


@dataclass(frozen=True)
class ChargeRejected:
    """Stripe has rejected the request to charge the order: a retry would not help."""

    order_id: UUID
    rejection: PaymentRequestRefused


@dataclass(frozen=True)
class NothingToCharge:
    """The order is free."""

    order_id: UUID
    snapshot: Order


@dataclass(frozen=True)
class ChargeBlocked:
    """The order has not been charged and can no longer be."""

    order_id: UUID


@dataclass(frozen=True)
class NothingNew:
    """The order was charged or closed before, or Stripe does not answer."""

    order_id: UUID


PaymentOutcome = (
    IntentReported | ChargeRejected | NothingToCharge | ChargeBlocked | NothingNew
)


class Checkout:
    def __init__(
        self, db: Database, gateway: PaymentGateway, *, alerts: AlertThresholds
    ) -> None:
        self._db = db
        self._gateway = gateway
        self._alerts = alerts

    def place(
        self, request: CheckoutRequest, *, policy: CheckoutPolicy
    ) -> PaymentOutcome:
        """Order the contents of the cart and charge for them.

        An earlier order of the cart that waits for the customer's authentication is canceled
        first, and the new one replaces it. Raises what `create_order` raises. When Stripe does
        not answer, the order stays `PENDING`: the safety-net job finishes it.
        """
        try:
            order = self._create(request, policy)
        except CartAlreadyOrdered as error:
            self._close_replaced(error)
            order = self._create(request, policy)
        try:
            return self._charge(order)
        except PaymentUnavailable:
            return NothingNew(order.id)

    def _create(self, request: CheckoutRequest, policy: CheckoutPolicy) -> Order:
        with self._db.unit_of_work() as session:
            return create_order(session, request, policy=policy, now=utc_now())

    def _close_replaced(self, error: CartAlreadyOrdered) -> None:
        """Cancel the order that the cart was ordered with before. Raises `error` for one that is
        being charged, or turns out to be paid."""
        if not error.is_replaceable:
            raise error
        try:
            outcome = self.abort(error.order.id)
        except PaymentUnavailable:
            raise error from None
        with self._db.unit_of_work() as session:
            order = self.record(session, outcome)
        status = OrderStatus(order.status)
        if status != OrderStatus.CANCELLED:
            raise CartAlreadyOrdered(replace(error.order, status=status))

    def charge(self, order_id: UUID) -> PaymentOutcome:
        """Charge a pending order, or abort it when its hold has expired: by then Stripe may
        have forgotten an earlier charge and its idempotency key.

        Raises `OrderNotFound`, and `PaymentUnavailable`: the outcome is unknown.
        """
        return self._charge(self._read_order(order_id))

    def expire(self, order_id: UUID) -> PaymentOutcome:
        """Abort an order that was not paid in time; it may turn out to be paid.

        Raises `OrderNotFound` and `PaymentUnavailable`.
        """
        order = self._read_order(order_id)
        if not orders.is_awaiting_payment(order):
            return NothingNew(order_id)
        return self._abort(order)

    def abort(self, order_id: UUID) -> PaymentOutcome:
        """Make sure that an order can no longer be charged. A payment that was made after all
        pays for an order that awaits payment, and is refunded for one that is closed.

        Raises `OrderNotFound` and `PaymentUnavailable`.
        """
        return self._abort(self._read_order(order_id))

    def record(self, session: Session, outcome: PaymentOutcome) -> Order:
        """Bring the order in line with the outcome. Idempotent. Raises `OrderNotFound`."""
        match outcome:
            case IntentReported(order_id, intent, snapshot):
                order = steps.apply_intent(
                    session,
                    order_id=order_id,
                    intent=intent,
                    alerts=self._alerts,
                    snapshot=snapshot,
                )
            case ChargeRejected(order_id, rejection):
                order = steps.fail_payment(
                    session, order_id=order_id, rejection=rejection
                )
            case NothingToCharge(order_id, snapshot):
                order = steps.apply_free(
                    session, order_id=order_id, alerts=self._alerts, snapshot=snapshot
                )
            case ChargeBlocked(order_id):
                order = steps.cancel_unpaid(session, order_id=order_id)
            case _:
                order = orders.require_order_unscoped(
                    session, order_id=outcome.order_id
                )
        return order

    def _charge(self, order: Order) -> PaymentOutcome:
        if order.status != OrderStatus.PENDING:
            return NothingNew(order.id)
        if order.total_minor == 0:
            return NothingToCharge(order.id, snapshot=order)
        return self._charge_total(order)

    def _charge_total(self, order: Order) -> PaymentOutcome:
        try:
            intent = self._charge_in_time(order)
        except PaymentRequestRefused as error:
            return ChargeRejected(order.id, error)
        if intent is None:
            return self.expire(order.id)
        return IntentReported(order.id, intent, snapshot=order)

    def _charge_in_time(self, order: Order) -> PaymentIntent | None:
        """Charge the order; `None` when its hold has expired, or when a concurrent abort has
        claimed its idempotency key first."""
        if order.hold_expires_at is not None and order.hold_expires_at <= utc_now():
            return None
        with suppress(PaymentKeyReused):
            return self._request_charge(order)
        return None

    def _request_charge(self, order: Order) -> PaymentIntent:
        """Charge the order at Stripe. A retry gets the same response and charges nothing."""
        return self._gateway.charge(
            order_id=str(order.id),
            amount_minor=order.total_minor,
            currency=order.currency,
            payment_method_id=order.payment_method_id or "",
            idempotency_key=str(order.id),
        )

    def _abort(self, order: Order) -> PaymentOutcome:
        intent = self._close_intent(order)
        if intent is None:
            return ChargeBlocked(order.id)
        return IntentReported(order.id, intent)

    def _close_intent(self, order: Order) -> PaymentIntent | None:
        """Cancel the order's intent if it is open. Returns its final state, `None` when there
        is no intent."""
        if order.total_minor == 0:
            return None
        intent_id = order.payment_id or self._block_charges(order)
        if intent_id is None:
            return None
        intent = self._gateway.cancel_intent(
            intent_id, idempotency_key=f"cancel-{intent_id}"
        )
        if intent.status is PaymentIntentStatus.PROCESSING:
            raise PaymentUnavailable("The payment is still being processed")
        return intent

    def _block_charges(self, order: Order) -> str | None:
        """Block the charge of an order for which no intent is recorded. Returns the id of its
        intent at Stripe, if there is one.

        The charge may have been made, or may still be in flight. Its idempotency key is the
        order's: an intent without a card that claims this key first blocks the charge for
        good. If the charge came first, repeating it returns its response; while there is none
        yet, `PaymentUnavailable` is raised.
        """
        with suppress(PaymentKeyReused, PaymentRequestRefused):
            if not self._claim_key(order):
                self._request_charge(order)
        intent = self._gateway.find_intent_by_order(
            str(order.id), since=order.placed_at
        )
        return intent.id if intent is not None else None

    def _claim_key(self, order: Order) -> bool:
        """Claim the order's idempotency key at Stripe. False when its charge came first."""
        try:
            self._gateway.create_intent(
                order_id=str(order.id),
                amount_minor=order.total_minor,
                currency=order.currency,
                idempotency_key=str(order.id),
            )
        except PaymentKeyReused:
            return False
        return True

    def _read_order(self, order_id: UUID) -> Order:
        with self._db.unit_of_work() as session:
            return orders.require_order_unscoped(session, order_id=order_id)
