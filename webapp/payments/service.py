"""Our side of the money: what Stripe told us, and what we owe back."""

from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db.outbox import promise
from webapp.kit.ids import new_id
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import NOTHING_TAKEN, Actor, PaymentStatus
from webapp.payments import repository
from webapp.payments.errors import NothingToRefund, PaidElsewhere, RefundTooLarge
from webapp.payments.models import Payment, Refund
from webapp.suppliers.payments import Intent


def record(session: Session, *, order: Order, intent: Intent) -> bool:
    """The order's intent as Stripe has it now; false when another one has paid for it."""
    written = repository.put(
        session,
        order_id=order.id,
        intent_id=intent.id,
        status=intent.status,
        amount_minor=intent.amount_minor,
        currency=intent.currency.upper(),
        client_secret=intent.client_secret,
        action_url=intent.action_url,
        decline_code=intent.decline_code,
    )
    if written:
        order.payment_id = intent.id
    return order.payment_id == intent.id


def find_payment(session: Session, *, order_id: UUID) -> Payment | None:
    return repository.of_order(session, order_id)


def refund(
    session: Session,
    *,
    order: Order,
    amount_minor: int | None,
    reason: str,
    actor: Actor,
) -> Refund:
    """Promise money back, all that is left of it when `amount_minor` is `None`.

    The row is written and counted first, the money moves afterwards under the row's id,
    so that two refunds at once can never exceed the charge. Raises `PaidElsewhere`,
    `NothingToRefund` and `RefundTooLarge`.
    """
    payment = _payment_of(session, order)
    left = payment.amount_minor - payment.refunded_minor if payment else 0
    if payment is None or left == 0:
        raise NothingToRefund("Nothing of this order's money is left to refund")
    amount = left if amount_minor is None else amount_minor
    if amount > left:
        raise RefundTooLarge(
            "The refund is larger than what is left of the charge", left_minor=left
        )
    row = Refund(
        id=new_id(),
        payment_id=payment.id,
        amount_minor=amount,
        reason=reason,
        actor=actor,
    )
    session.add(row)
    payment.refunded_minor += amount
    whole = payment.refunded_minor == payment.amount_minor
    orders.set_payment_status(
        order,
        to=PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED,
        actor=actor,
    )
    promise(session, "payments.refund", refund_id=row.id)
    return row


def _payment_of(session: Session, order: Order) -> Payment | None:
    """What was paid for the order here, locked; `None` when nothing was.

    Raises `PaidElsewhere` for an order that was brought in from another shop.
    """
    if order.payment_status in NOTHING_TAKEN:
        return None
    payment = repository.of_order(session, order.id, locked=True)
    if payment is None:
        raise PaidElsewhere(order.id)
    return payment


def refund_rest(
    session: Session, *, order: Order, reason: str, actor: Actor
) -> Refund | None:
    """Everything that has not been refunded yet; nothing when nothing is left."""
    payment = _payment_of(session, order)
    if payment is None or payment.refunded_minor == payment.amount_minor:
        return None
    return refund(session, order=order, amount_minor=None, reason=reason, actor=actor)


def refund_to_send(session: Session, *, refund_id: UUID) -> tuple[Refund, str]:
    """The refund and the intent its money comes from."""
    return repository.refund_and_intent(session, refund_id)


def note_sent(session: Session, *, refund_id: UUID, stripe_refund_id: str) -> None:
    row, _intent_id = repository.refund_and_intent(session, refund_id)
    row.stripe_refund_id = stripe_refund_id


def knows_event(session: Session, *, event_id: str) -> bool:
    return repository.knows_event(session, event_id)


def remember_event(session: Session, *, event_id: str, kind: str) -> bool:
    """In the transaction of its effect. False when it was acted on before."""
    return repository.remember_event(session, event_id=event_id, kind=kind)
