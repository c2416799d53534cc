"""From cart to paid order: transactions and calls to Stripe, in turn, never mixed.

Every caller (the request, the safety-net job, the webhook) goes through the same steps; the
order's row says how far it has come, Stripe's idempotency key is the order's id.
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
from webapp.checkout.alerts import AlertThresholds
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.checkout.policy import CheckoutPolicy
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderStatus

BeforeCommit = Callable[[Session, Order], None]
"""What the caller adds to the transaction that settles: its stored answer, a kept promise."""


def no_op(_session: Session, _order: Order) -> None:
    """For callers that add nothing."""


class Checkout:
    def __init__(
        self, db: Database, gateway: PaymentGateway, *, alerts: AlertThresholds
    ) -> None:
        self._db = db
        self._gateway = gateway
        self._alerts = alerts

    def place(
        self,
        placing: CheckoutRequest,
        *,
        policy: CheckoutPolicy,
        before_commit: BeforeCommit = no_op,
    ) -> Order:
        """Order what is in the cart and charge it.

        Raises what `open_order` raises. When Stripe does not answer, the order comes
        back `PENDING`: the safety net finishes it.
        """
        with self._db.unit_of_work() as session:
            order = create_order(session, placing, policy=policy, now=utc_now())
        try:
            return self._charge(order, also=before_commit)
        except PaymentUnavailable:
            return self._read(order.id, also=before_commit)

    def charge(self, order_id: UUID, *, before_commit: BeforeCommit = no_op) -> Order:
        """Charge a pending order, or give it up when its time is over: by then Stripe may
        have forgotten an earlier charge and its key.

        Raises `PaymentUnavailable`: the outcome is unknown.
        """
        return self._charge(self._look(order_id), also=before_commit)

    def _charge(self, order: Order, *, also: BeforeCommit) -> Order:
        if order.status != OrderStatus.PENDING:
            return self._read(order.id, also=also)
        try:
            intent = self._charged(order)
        except PaymentRequestRefused as refusal:
            return self._refused(order.id, refusal, also=also)
        if intent is None:
            return self.expire(order.id, before_commit=also)
        return self.apply_intent(order.id, intent, snapshot=order, before_commit=also)

    def _charged(self, order: Order) -> PaymentIntent | None:
        """`None` when the order's time is over, or when somebody who gives it up was
        quicker with its key."""
        if order.hold_expires_at is not None and order.hold_expires_at <= utc_now():
            return None
        with suppress(PaymentKeyReused):
            return self._ask_for_charge(order)
        return None

    def _ask_for_charge(self, order: Order) -> PaymentIntent:
        """Asked again, the same order gets the same answer, and Stripe charges nothing."""
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
        """Raises `OrderNotFound`. `seen` is the order as it was before Stripe was asked."""
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
        """Give up an order that was not paid in time, unless its money is there after all.

        Raises `PaymentUnavailable`; then nothing is given up.
        """
        if orders.is_awaiting_payment(self._look(order_id)):
            return self.abort(order_id, before_commit=before_commit)
        return self._read(order_id, also=before_commit)

    def abort(self, order_id: UUID, *, before_commit: BeforeCommit = no_op) -> Order:
        """See to it that an order can take no money any more: what it has taken after all
        pays for it while it waits, and goes back when it is over.

        Raises `PaymentUnavailable`.
        """
        intent = self._last_word(order_id)
        if intent is not None:
            return self.apply_intent(order_id, intent, before_commit=before_commit)
        with self._db.unit_of_work() as session:
            order = steps.cancel_unpaid(session, order_id=order_id)
            before_commit(session, order)
            return order

    def _last_word(self, order_id: UUID) -> PaymentIntent | None:
        """Stripe's final answer about the order's money; an open intent is cancelled."""
        order = self._look(order_id)
        intent_id = order.payment_id or self._bar_charges(order)
        if intent_id is None:
            return None
        intent = self._gateway.cancel_intent(
            intent_id, idempotency_key=f"cancel-{intent_id}"
        )
        if intent.status is PaymentIntentStatus.PROCESSING:
            raise PaymentUnavailable("The payment is still under way")
        return intent

    def _bar_charges(self, order: Order) -> str | None:
        """The intent of an order of which no answer has been written down.

        Its charge may have been made, or be on its way still. It carries the order's key:
        an intent that has no card and takes that key first keeps the charge out for good.
        If the charge was first, its answer can be had again; while there is none yet,
        Stripe is unavailable.
        """
        with suppress(PaymentKeyReused, PaymentRequestRefused):
            if not self._take_key(order):
                self._ask_for_charge(order)
        found = self._gateway.find_intent_by_order(str(order.id), since=order.placed_at)
        return found.id if found is not None else None

    def _take_key(self, order: Order) -> bool:
        """False when its charge was first."""
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

    def _refused(
        self,
        order_id: UUID,
        refusal: PaymentRequestRefused,
        *,
        also: BeforeCommit,
    ) -> Order:
        with self._db.unit_of_work() as session:
            order = steps.fail_payment(session, order_id=order_id)
            orders.record_event(
                order,
                type="payment.refused",
                actor=Actor.SYSTEM,
                reason=refusal.message,
            )
            also(session, order)
            return order

    def _read(self, order_id: UUID, *, also: BeforeCommit) -> Order:
        with self._db.unit_of_work() as session:
            order = orders.require_order_unscoped(session, order_id=order_id)
            also(session, order)
            return order

    def _look(self, order_id: UUID) -> Order:
        with self._db.unit_of_work() as session:
            return orders.require_order_unscoped(session, order_id=order_id)
