"""From cart to paid order: transactions and calls to Stripe, in turn, never mixed.

Every caller (the request, the safety-net job, the webhook) goes through the same steps; the
order's row says how far it has come, Stripe's idempotency key is the order's id.
"""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.payments.port import (
    Intent,
    IntentStatus,
    PaymentGateway,
    PaymentKeyReused,
    PaymentRequestRefused,
    PaymentUnavailable,
)
from webapp.checkout import steps
from webapp.checkout.alerts import Alerts
from webapp.checkout.placing import Placing, open_order
from webapp.checkout.terms import Terms
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderStatus

InSameTransaction = Callable[[Session, Order], None]
"""What the caller adds to the transaction that settles: its stored answer, a kept promise."""


def nothing_more(_session: Session, _order: Order) -> None:
    """For callers that add nothing."""


class Checkout:
    def __init__(
        self, db: Database, gateway: PaymentGateway, *, alerts: Alerts
    ) -> None:
        self._db = db
        self._gateway = gateway
        self._alerts = alerts

    def place(
        self,
        placing: Placing,
        *,
        terms: Terms,
        also: InSameTransaction = nothing_more,
    ) -> Order:
        """Order what is in the cart and charge it.

        Raises what `open_order` raises. When Stripe does not answer, the order comes
        back `PENDING`: the safety net finishes it.
        """
        with self._db.unit_of_work() as session:
            order = open_order(session, placing, terms=terms, now=utc_now())
        try:
            return self._charge(order, also=also)
        except PaymentUnavailable:
            return self._read(order.id, also=also)

    def charge(
        self, order_id: UUID, *, also: InSameTransaction = nothing_more
    ) -> Order:
        """Charge a pending order, or give it up when its time is over: by then Stripe may
        have forgotten an earlier charge and its key.

        Raises `PaymentUnavailable`: the outcome is unknown.
        """
        return self._charge(self._look(order_id), also=also)

    def _charge(self, order: Order, *, also: InSameTransaction) -> Order:
        if order.status != OrderStatus.PENDING:
            return self._read(order.id, also=also)
        try:
            intent = self._charged(order)
        except PaymentRequestRefused as refusal:
            return self._refused(order.id, refusal, also=also)
        if intent is None:
            return self.expire(order.id, also=also)
        return self.settle(order.id, intent, seen=order, also=also)

    def _charged(self, order: Order) -> Intent | None:
        """`None` when the order's time is over, or when somebody who gives it up was
        quicker with its key."""
        if order.hold_expires_at is not None and order.hold_expires_at <= utc_now():
            return None
        with suppress(PaymentKeyReused):
            return self._ask_for_charge(order)
        return None

    def _ask_for_charge(self, order: Order) -> Intent:
        """Asked again, the same order gets the same answer, and Stripe charges nothing."""
        return self._gateway.charge(
            order_id=str(order.id),
            amount_minor=order.total_minor,
            currency=order.currency,
            payment_method_id=order.payment_method_id or "",
            idempotency_key=str(order.id),
        )

    def settle(
        self,
        order_id: UUID,
        intent: Intent,
        *,
        seen: Order | None = None,
        also: InSameTransaction = nothing_more,
    ) -> Order:
        """Raises `OrderNotFound`. `seen` is the order as it was before Stripe was asked."""
        with self._db.unit_of_work() as session:
            order = steps.settle(
                session,
                order_id=order_id,
                intent=intent,
                alerts=self._alerts,
                seen=seen,
            )
            also(session, order)
            return order

    def expire(
        self, order_id: UUID, *, also: InSameTransaction = nothing_more
    ) -> Order:
        """Give up an order that was not paid in time, unless its money is there after all.

        Raises `PaymentUnavailable`; then nothing is given up.
        """
        if orders.awaits_payment(self._look(order_id)):
            return self.call_off(order_id, also=also)
        return self._read(order_id, also=also)

    def call_off(
        self, order_id: UUID, *, also: InSameTransaction = nothing_more
    ) -> Order:
        """See to it that an order can take no money any more: what it has taken after all
        pays for it while it waits, and goes back when it is over.

        Raises `PaymentUnavailable`.
        """
        intent = self._last_word(order_id)
        if intent is not None:
            return self.settle(order_id, intent, also=also)
        with self._db.unit_of_work() as session:
            order = steps.give_up(session, order_id=order_id)
            also(session, order)
            return order

    def _last_word(self, order_id: UUID) -> Intent | None:
        """Stripe's final answer about the order's money; an open intent is cancelled."""
        order = self._look(order_id)
        intent_id = order.payment_id or self._bar_charges(order)
        if intent_id is None:
            return None
        intent = self._gateway.cancel(intent_id, idempotency_key=f"cancel-{intent_id}")
        if intent.status is IntentStatus.PROCESSING:
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
        found = self._gateway.find_by_order(str(order.id), since=order.placed_at)
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
        also: InSameTransaction,
    ) -> Order:
        with self._db.unit_of_work() as session:
            order = steps.refuse_payment(session, order_id=order_id)
            orders.note(
                order,
                type="payment.refused",
                actor=Actor.SYSTEM,
                reason=refusal.message,
            )
            also(session, order)
            return order

    def _read(self, order_id: UUID, *, also: InSameTransaction) -> Order:
        with self._db.unit_of_work() as session:
            order = orders.read_order(session, order_id=order_id)
            also(session, order)
            return order

    def _look(self, order_id: UUID) -> Order:
        with self._db.unit_of_work() as session:
            return orders.read_order(session, order_id=order_id)
