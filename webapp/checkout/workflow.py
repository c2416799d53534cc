"""From cart to paid order: database transactions and calls to Stripe alternate and never
overlap.

Every caller (the request, the safety-net job, the webhook) goes through the same steps. The
order's row records the progress; the idempotency key at Stripe is the order's id.
"""

from collections.abc import Callable
from contextlib import suppress
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
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.checkout.policy import AlertThresholds, CheckoutPolicy
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderStatus

BeforeCommit = Callable[[Session, Order], None]
"""What the caller adds to the transaction of the outcome: its stored response, or marking its
job as done."""


def no_op(_session: Session, _order: Order) -> None:
    """The hook of callers that add nothing."""


class Checkout:
    def __init__(
        self, db: Database, gateway: PaymentGateway, *, alerts: AlertThresholds
    ) -> None:
        self._db = db
        self._gateway = gateway
        self._alerts = alerts

    def place(
        self,
        request: CheckoutRequest,
        *,
        policy: CheckoutPolicy,
        before_commit: BeforeCommit = no_op,
    ) -> Order:
        """Order the contents of the cart and charge for them.

        Raises what `create_order` raises. When Stripe does not answer, the order is returned
        as `PENDING`: the safety-net job finishes it.
        """
        with self._db.unit_of_work() as session:
            order = create_order(session, request, policy=policy, now=utc_now())
        try:
            return self._charge(order, before_commit=before_commit)
        except PaymentUnavailable:
            return self._read_order(order.id, before_commit=before_commit)

    def charge(self, order_id: UUID, *, before_commit: BeforeCommit = no_op) -> Order:
        """Charge a pending order, or abort it when its hold has expired: by then Stripe may
        have forgotten an earlier charge and its idempotency key.

        Raises `PaymentUnavailable`: the outcome is unknown.
        """
        return self._charge(self._read_order(order_id), before_commit=before_commit)

    def _charge(self, order: Order, *, before_commit: BeforeCommit) -> Order:
        if order.status != OrderStatus.PENDING:
            return self._read_order(order.id, before_commit=before_commit)
        try:
            intent = self._charge_in_time(order)
        except PaymentRequestRefused as error:
            return self._fail_payment(order.id, error, before_commit=before_commit)
        if intent is None:
            return self.expire(order.id, before_commit=before_commit)
        return self.apply_intent(
            order.id, intent, snapshot=order, before_commit=before_commit
        )

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

    def apply_intent(
        self,
        order_id: UUID,
        intent: PaymentIntent,
        *,
        snapshot: Order | None = None,
        before_commit: BeforeCommit = no_op,
    ) -> Order:
        """Bring the order in line with Stripe's state of its intent. Raises `OrderNotFound`.

        `snapshot` is the order as it was before the call to Stripe.
        """
        with self._db.unit_of_work() as session:
            order = steps.apply_intent(
                session,
                order_id=order_id,
                intent=intent,
                alerts=self._alerts,
                snapshot=snapshot,
            )
            before_commit(session, order)
            return order

    def expire(self, order_id: UUID, *, before_commit: BeforeCommit = no_op) -> Order:
        """Cancel an order that was not paid in time, unless it turns out to be paid.

        Raises `PaymentUnavailable`; then nothing is canceled.
        """
        if orders.is_awaiting_payment(self._read_order(order_id)):
            return self.abort(order_id, before_commit=before_commit)
        return self._read_order(order_id, before_commit=before_commit)

    def abort(self, order_id: UUID, *, before_commit: BeforeCommit = no_op) -> Order:
        """Make sure that an order can no longer be charged. A payment that was made after all
        pays for an order that awaits payment, and is refunded for one that is closed.

        Raises `PaymentUnavailable`.
        """
        intent = self._close_intent(order_id)
        if intent is not None:
            return self.apply_intent(order_id, intent, before_commit=before_commit)
        with self._db.unit_of_work() as session:
            order = steps.cancel_unpaid(session, order_id=order_id)
            before_commit(session, order)
            return order

    def _close_intent(self, order_id: UUID) -> PaymentIntent | None:
        """Cancel the order's intent if it is open. Returns its final state, `None` when there
        is no intent."""
        order = self._read_order(order_id)
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

    def _fail_payment(
        self,
        order_id: UUID,
        error: PaymentRequestRefused,
        *,
        before_commit: BeforeCommit,
    ) -> Order:
        with self._db.unit_of_work() as session:
            order = steps.fail_payment(session, order_id=order_id)
            orders.record_event(
                order,
                type="payment.refused",
                actor=Actor.SYSTEM,
                reason=error.message,
            )
            before_commit(session, order)
            return order

    def _read_order(
        self, order_id: UUID, *, before_commit: BeforeCommit = no_op
    ) -> Order:
        with self._db.unit_of_work() as session:
            order = orders.require_order_unscoped(session, order_id=order_id)
            before_commit(session, order)
            return order
