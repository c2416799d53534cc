"""The first step of a checkout: turn the cart into an order and hold its units."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.cart import service as carts
from webapp.cart.issues import Issue, IssueCode
from webapp.cart.pricing import price_lines
from webapp.cart.read_models import CartRow
from webapp.catalog import stock
from webapp.checkout import risk
from webapp.checkout.errors import CartEmpty, TotalChanged, build_cart_error
from webapp.checkout.policy import ROUNDING, CheckoutPolicy, convert
from webapp.db.bulk_flush import bulk_flush
from webapp.db.outbox import enqueue
from webapp.kit.ids import new_id
from webapp.orders import service as orders
from webapp.orders.models import Order, OrderItem, StockHold
from webapp.orders.status import Actor, OrderStatus, PaymentStatus

# The request itself charges; this job is the safety net for when its process dies in between.
CHARGE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class CheckoutRequest:
    """A customer's request to order the contents of the cart."""

    owner_id: UUID
    payment_method_id: str
    shipping_address: dict[str, str]
    currency: str | None = None
    """Currency to pay in; the currency of the prices when `None`."""
    expected_total_minor: int | None = None
    """The total that the customer was shown, in the currency to pay in."""
    idempotency_key: str | None = None
    actor: Actor = Actor.CUSTOMER


def create_order(
    session: Session, request: CheckoutRequest, *, policy: CheckoutPolicy, now: datetime
) -> Order:
    """Hold the cart's units and store the order, unpaid.

    Raises `CartEmpty`, `OutOfStock`, `MixedCurrencies`, `CurrencyNotOffered`,
    `TotalChanged`, and `AccountGone` when the account is being deleted concurrently; then
    nothing is held. A repeated request, with the same idempotency key, gets the order that
    it has already made.
    """
    if request.idempotency_key is not None:
        existing = orders.find_order_by_key(
            session,
            owner_id=request.owner_id,
            idempotency_key=request.idempotency_key,
            now=now,
        )
        if existing is not None:
            return existing
    lines = _sellable_lines(session, request.owner_id)
    order = _build_order(request, lines, policy=policy, now=now)
    _check_expected_total(order, expected_minor=request.expected_total_minor)
    book_total_minor = _book_total(
        lines, tax_percent=_tax_percent(request, policy), policy=policy
    )
    order.book_total_minor = book_total_minor
    history = orders.lock_customer_history(session, owner_id=request.owner_id, now=now)
    risk.score_risk(
        order,
        history=history,
        book_total_minor=book_total_minor,
        review_threshold=policy.review_threshold,
    )
    orders.record_event(order, type="order.placed", actor=request.actor)
    session.add(order)
    session.add_all(_build_holds(order))
    enqueue(session, "payments.charge", after=CHARGE_AFTER, order_id=order.id)
    enqueue(session, "orders.expire", after=policy.hold_duration, order_id=order.id)
    bulk_flush(session)
    # Last, so that the stock rows stay locked as briefly as possible.
    _hold_units(session, order, lines)
    return order


def _check_expected_total(order: Order, *, expected_minor: int | None) -> None:
    if expected_minor is not None and expected_minor != order.total_minor:
        raise TotalChanged(
            expected_minor=expected_minor,
            total_minor=order.total_minor,
            currency=order.currency,
        )


def _sellable_lines(session: Session, owner_id: UUID) -> tuple[CartRow, ...]:
    cart = carts.view_cart(session, owner_id=owner_id, tax_percent=Decimal(0))
    if not cart.lines:
        raise CartEmpty
    blocking = [issue for issue in cart.issues if issue.blocks_checkout]
    if blocking:
        raise build_cart_error(blocking)
    return cart.lines


def _build_order(
    request: CheckoutRequest,
    lines: tuple[CartRow, ...],
    *,
    policy: CheckoutPolicy,
    now: datetime,
) -> Order:
    base = lines[0].currency
    currency = request.currency or base
    rate = policy.exchange_rates.get_rate(base, currency)
    order_id = new_id()
    items = [_build_item(order_id, line, n, rate) for n, line in enumerate(lines)]
    tax_percent = _tax_percent(request, policy)
    totals = price_lines(
        ((item.unit_price_minor, item.quantity) for item in items),
        tax_percent=tax_percent,
    )
    is_converted = currency != base
    return Order(
        id=order_id,
        customer_id=request.owner_id,
        idempotency_key=request.idempotency_key,
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.UNPAID,
        currency=currency,
        base_currency=base if is_converted else None,
        exchange_rate=rate if is_converted else None,
        rounding=ROUNDING if is_converted else None,
        tax_percent=tax_percent,
        subtotal_minor=totals.subtotal_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        payment_method_id=request.payment_method_id,
        shipping_address=request.shipping_address,
        hold_expires_at=now + policy.hold_duration,
        placed_at=now,
        items=items,
        events=[],
    )


def _tax_percent(request: CheckoutRequest, policy: CheckoutPolicy) -> Decimal:
    address = request.shipping_address
    return policy.taxes.find_percent(
        country=address["country"], state=address.get("state", "")
    )


def _book_total(
    lines: tuple[CartRow, ...], *, tax_percent: Decimal, policy: CheckoutPolicy
) -> int:
    """The total in the book currency, in minor units: independent of the currency to pay in."""
    priced = ((line.price_minor, line.quantity) for line in lines)
    total = price_lines(priced, tax_percent=tax_percent).total_minor
    base = lines[0].currency
    return convert(
        total, policy.exchange_rates.get_rate(base, policy.exchange_rates.base)
    )


def _build_item(
    order_id: UUID, line: CartRow, position: int, rate: Decimal
) -> OrderItem:
    price = convert(line.price_minor, rate)
    return OrderItem(
        order_id=order_id,
        position=position,
        variant_id=line.variant_id,
        product_id=line.product_id,
        name=line.name,
        sku=line.sku,
        category=line.category,
        image_url=line.image_url,
        quantity=line.quantity,
        unit_price_minor=price,
        line_total_minor=price * line.quantity,
    )


def _build_holds(order: Order) -> list[StockHold]:
    return [
        StockHold(order_id=order.id, variant_id=variant_id, quantity=quantity)
        for variant_id, quantity in orders.count_units(order).items()
    ]


def _hold_units(session: Session, order: Order, lines: tuple[CartRow, ...]) -> None:
    missing = stock.hold(session, orders.count_units(order), order_id=order.id)
    if missing:
        raise build_cart_error(
            [_build_issue(line) for line in lines if line.variant_id in missing]
        )


def _build_issue(line: CartRow) -> Issue:
    return Issue.from_line(
        line,
        IssueCode.NOT_ENOUGH_STOCK,
        f"{line.name}: fewer than {line.quantity} left, they have just been sold",
    )
