"""The first step of a checkout: turn the cart into an order and hold its units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.payments.port import MAX_CHARGE_MINOR, MIN_CHARGE_MINOR
from webapp.cart import service as carts
from webapp.cart.issues import Issue, IssueCode
from webapp.cart.read_models import CartRow
from webapp.catalog import stock
from webapp.checkout.errors import (
    AmountTooLarge,
    AmountTooSmall,
    CartAlreadyOrdered,
    CartEmpty,
    PaymentMethodRequired,
    TotalChanged,
    build_cart_error,
)
from webapp.checkout.policy import ROUNDING, CheckoutPolicy
from webapp.checkout.quote import Quote, QuoteLine
from webapp.db.bulk_flush import bulk_flush
from webapp.db.outbox import enqueue
from webapp.kit.countries import find_country, parse_country
from webapp.kit.ids import new_id
from webapp.orders import service as orders
from webapp.orders.models import Order, OrderItem, StockHold
from webapp.orders.read_models import CustomerHistory
from webapp.orders.status import (
    AWAITING_PAYMENT,
    OPEN_STATUSES,
    WEB_CHANNEL,
    Actor,
    OrderEventType,
    OrderStatus,
    PaymentStatus,
)
from webapp.payments.risk import RiskAssessment, RiskFactors, assess_risk

# The request itself charges; this job is the safety net for when its process dies in between.
CHARGE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class CheckoutRequest:
    """A customer's request to order the contents of the cart."""

    owner_id: UUID
    payment_method_id: str | None
    """`None` for a free order."""
    shipping_address: dict[str, str]
    currency: str | None = None
    """Currency to pay in; the currency of the prices when `None`."""
    expected_total_minor: int | None = None
    """The total that the customer was shown, in the currency to pay in; `None`: the prices that
    the cart has shown."""
    idempotency_key: str | None = None
    actor: Actor = Actor.CUSTOMER


def create_order(
    session: Session, request: CheckoutRequest, *, policy: CheckoutPolicy, now: datetime
) -> Order:
    """Hold the cart's units and store the order, unpaid.

    Raises `CartEmpty`, `CartAlreadyOrdered`, `OutOfStock`, `MixedCurrencies`,
    `CurrencyNotOffered`, `TotalChanged`, `AmountTooSmall`, `AmountTooLarge`,
    `PaymentMethodRequired`, and `AccountGone` when the account is being deleted
    concurrently; then nothing is held. A repeated request, with the same idempotency key,
    gets the order that it has already made.
    """
    # First, so that what is read next is current: one cart becomes one order.
    carts.lock_cart(session, owner_id=request.owner_id)
    history = orders.lock_customer_history(
        session,
        owner_id=request.owner_id,
        idempotency_key=request.idempotency_key,
        now=now,
    )
    existing = _find_repeated(session, request, history, now=now)
    if existing is not None:
        return existing
    _require_no_open_order(history)
    rows = _read_sellable_rows(session, request.owner_id)
    if not rows:
        raise _build_empty_error(history, placed_after=now - policy.hold_duration)
    quote = _build_quote(rows, request, policy)
    _check_total(quote, rows, request, policy)
    _check_charge(quote, request)
    risk = _assess_risk(request, quote, history=history, now=now)
    order = _build_order(request, quote, risk, policy=policy, now=now)
    orders.record_event(order, type=OrderEventType.PLACED, actor=request.actor)
    session.add(order)
    session.add_all(_build_holds(order))
    enqueue(session, "payments.charge", after=CHARGE_AFTER, order_id=order.id)
    enqueue(session, "orders.expire", after=policy.hold_duration, order_id=order.id)
    bulk_flush(session)
    # Last, so that the stock rows stay locked as briefly as possible.
    _hold_units(session, order, quote)
    return order


def _find_repeated(
    session: Session,
    request: CheckoutRequest,
    history: CustomerHistory,
    *,
    now: datetime,
) -> Order | None:
    """The order that an earlier request with the same idempotency key has made."""
    if request.idempotency_key is None or not history.has_used_key:
        return None
    return orders.find_order_by_key(
        session,
        owner_id=request.owner_id,
        idempotency_key=request.idempotency_key,
        now=now,
    )


def _read_sellable_rows(session: Session, owner_id: UUID) -> tuple[CartRow, ...]:
    contents = carts.read_contents(session, owner_id=owner_id)
    blocking = [issue for issue in contents.issues if issue.blocks_checkout]
    if blocking:
        raise build_cart_error(blocking)
    return contents.lines


def _require_no_open_order(history: CustomerHistory) -> None:
    latest = history.latest_order
    if latest is not None and latest.status in AWAITING_PAYMENT:
        raise CartAlreadyOrdered(latest)


def _build_empty_error(
    history: CustomerHistory, *, placed_after: datetime
) -> CartEmpty | CartAlreadyOrdered:
    """Of two requests to order a cart the second may find it empty: it learns of the first."""
    latest = history.latest_order
    if (
        latest is not None
        and latest.status in OPEN_STATUSES
        and latest.placed_at > placed_after
    ):
        return CartAlreadyOrdered(latest)
    return CartEmpty()


def _build_quote(
    rows: Sequence[CartRow], request: CheckoutRequest, policy: CheckoutPolicy
) -> Quote:
    return Quote.from_cart(
        rows,
        policy=policy,
        shipping_address=request.shipping_address,
        currency=request.currency,
    )


def _check_total(
    quote: Quote,
    rows: Sequence[CartRow],
    request: CheckoutRequest,
    policy: CheckoutPolicy,
) -> None:
    """Check that the customer has seen the total: in the request, or by the prices that the
    cart has shown. Raises `TotalChanged`."""
    total_minor, expected_minor = quote.totals.total_minor, request.expected_total_minor
    if expected_minor is None and any(
        row.price_minor != row.seen_price_minor for row in rows
    ):
        seen = [row._replace(price_minor=row.seen_price_minor) for row in rows]
        expected_minor = _build_quote(seen, request, policy).totals.total_minor
    if expected_minor is not None and expected_minor != total_minor:
        raise TotalChanged(
            expected_minor=expected_minor,
            total_minor=total_minor,
            currency=quote.currency,
        )


def _check_charge(quote: Quote, request: CheckoutRequest) -> None:
    total_minor, currency = quote.totals.total_minor, quote.currency
    if total_minor == 0:
        return
    minimum_minor = MIN_CHARGE_MINOR.get(currency, 0)
    if total_minor < minimum_minor:
        raise AmountTooSmall(minimum_minor=minimum_minor, currency=currency)
    if total_minor > MAX_CHARGE_MINOR:
        raise AmountTooLarge(maximum_minor=MAX_CHARGE_MINOR, currency=currency)
    if request.payment_method_id is None:
        raise PaymentMethodRequired


def _assess_risk(
    request: CheckoutRequest, quote: Quote, *, history: CustomerHistory, now: datetime
) -> RiskAssessment:
    known_countries = set(map(find_country, history.countries))
    return assess_risk(
        RiskFactors(
            total_minor=quote.book_total_minor,
            largest_quantity=max(line.row.quantity for line in quote.lines),
            account_age=now - history.customer_since,
            paid_orders=history.paid_orders,
            orders_last_hour=history.orders_last_hour,
            declined_last_day=history.declined_last_day,
            new_country=parse_country(request.shipping_address["country"])
            not in known_countries,
        )
    )


def _build_order(
    request: CheckoutRequest,
    quote: Quote,
    risk: RiskAssessment,
    *,
    policy: CheckoutPolicy,
    now: datetime,
) -> Order:
    order_id = new_id()
    return Order(
        id=order_id,
        customer_id=request.owner_id,
        idempotency_key=request.idempotency_key,
        channel=WEB_CHANNEL,
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.UNPAID,
        currency=quote.currency,
        base_currency=quote.base_currency if quote.is_converted else None,
        exchange_rate=quote.exchange_rate if quote.is_converted else None,
        rounding=ROUNDING if quote.is_converted else None,
        tax_percent=quote.tax_percent,
        subtotal_minor=quote.totals.subtotal_minor,
        tax_minor=quote.totals.tax_minor,
        total_minor=quote.totals.total_minor,
        book_total_minor=quote.book_total_minor,
        payment_method_id=request.payment_method_id,
        shipping_address=request.shipping_address,
        risk_score=risk.score,
        risk_reasons=list(risk.reasons),
        needs_review=risk.score >= policy.review_threshold,
        hold_expires_at=now + policy.hold_duration,
        placed_at=now,
        items=[_build_item(order_id, line, n) for n, line in enumerate(quote.lines)],
        events=[],
    )


def _build_item(order_id: UUID, line: QuoteLine, position: int) -> OrderItem:
    return OrderItem(
        order_id=order_id,
        position=position,
        variant_id=line.row.variant_id,
        product_id=line.row.product_id,
        name=line.row.name,
        sku=line.row.sku,
        category=line.row.category,
        brand=line.row.brand or "",
        tags=line.row.tags,
        image_url=line.row.image_url,
        quantity=line.row.quantity,
        unit_price_minor=line.unit_price_minor,
        line_total_minor=line.total_minor,
    )


def _build_holds(order: Order) -> list[StockHold]:
    return [
        StockHold(order_id=order.id, variant_id=variant_id, quantity=quantity)
        for variant_id, quantity in orders.count_units(order).items()
    ]


def _hold_units(session: Session, order: Order, quote: Quote) -> None:
    missing = stock.hold(session, orders.count_units(order), order_id=order.id)
    if missing:
        raise build_cart_error(
            [
                _build_issue(line.row)
                for line in quote.lines
                if line.row.variant_id in missing
            ]
        )


def _build_issue(row: CartRow) -> Issue:
    return Issue.from_line(
        row,
        IssueCode.NOT_ENOUGH_STOCK,
        f"{row.name}: fewer than {row.quantity} left, they have just been sold",
    )
