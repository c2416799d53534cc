"""The first step of a checkout: turn the cart into an order and hold its units."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.cart import service as carts
from webapp.cart.issues import Issue, IssueCode
from webapp.cart.read_models import CartRow
from webapp.catalog import stock
from webapp.checkout.errors import CartEmpty, TotalChanged, build_cart_error
from webapp.checkout.policy import ROUNDING, CheckoutPolicy
from webapp.checkout.quote import Quote, QuoteLine
from webapp.db.bulk_flush import bulk_flush
from webapp.db.outbox import enqueue
from webapp.kit.countries import country_code
from webapp.kit.ids import new_id
from webapp.orders import service as orders
from webapp.orders.models import Order, OrderItem, StockHold
from webapp.orders.read_models import CustomerHistory
from webapp.orders.status import Actor, OrderEventType, OrderStatus, PaymentStatus
from webapp.payments.risk import RiskAssessment, RiskFactors, assess_risk

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
    quote = Quote.from_cart(
        _read_sellable_rows(session, request.owner_id),
        policy=policy,
        shipping_address=request.shipping_address,
        currency=request.currency,
    )
    _check_expected_total(quote, expected_minor=request.expected_total_minor)
    history = orders.lock_customer_history(session, owner_id=request.owner_id, now=now)
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


def _read_sellable_rows(session: Session, owner_id: UUID) -> tuple[CartRow, ...]:
    contents = carts.read_contents(session, owner_id=owner_id)
    if not contents.lines:
        raise CartEmpty
    blocking = [issue for issue in contents.issues if issue.blocks_checkout]
    if blocking:
        raise build_cart_error(blocking)
    return contents.lines


def _check_expected_total(quote: Quote, *, expected_minor: int | None) -> None:
    total_minor = quote.totals.total_minor
    if expected_minor is not None and expected_minor != total_minor:
        raise TotalChanged(
            expected_minor=expected_minor,
            total_minor=total_minor,
            currency=quote.currency,
        )


def _assess_risk(
    request: CheckoutRequest, quote: Quote, *, history: CustomerHistory, now: datetime
) -> RiskAssessment:
    known_countries = {country_code(country) for country in history.countries}
    return assess_risk(
        RiskFactors(
            total_minor=quote.book_total_minor,
            largest_quantity=max(line.row.quantity for line in quote.lines),
            account_age=now - history.customer_since,
            paid_orders=history.paid_orders,
            orders_last_hour=history.orders_last_hour,
            declined_last_day=history.declined_last_day,
            new_country=country_code(request.shipping_address["country"])
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
