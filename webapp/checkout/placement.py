"""The first step of a checkout: the cart becomes an order whose units are held."""

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

# The request itself charges; the promise is for when its process dies in between.
CHARGE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class CheckoutRequest:
    """What a customer says when ordering."""

    owner_id: UUID
    payment_method_id: str
    shipping_address: dict[str, str]
    currency: str | None = None
    """To pay in; that of the prices when empty."""
    expected_total_minor: int | None = None
    """The total that the customer has seen, in that currency."""
    idempotency_key: str | None = None
    actor: Actor = Actor.CUSTOMER


def create_order(
    session: Session, placing: CheckoutRequest, *, policy: CheckoutPolicy, now: datetime
) -> Order:
    """Hold the cart's units and write the order down, unpaid.

    Raises `CartEmpty`, `OutOfStock`, `MixedCurrencies`, `CurrencyNotOffered`,
    `TotalChanged`, and `AccountGone` when the account is deleted at this moment; then
    nothing is held. A request that was here before, by its key, gets the order it has
    already made.
    """
    if placing.idempotency_key is not None:
        made = orders.find_order_by_key(
            session,
            owner_id=placing.owner_id,
            idempotency_key=placing.idempotency_key,
            now=now,
        )
        if made is not None:
            return made
    lines = _sellable_lines(session, placing.owner_id)
    order = _order(placing, lines, terms=policy, now=now)
    _agree(order, expected_minor=placing.expected_total_minor)
    worth = _worth(lines, tax_percent=_tax_percent(placing, policy), terms=policy)
    order.book_total_minor = worth
    buyer = orders.lock_customer_history(session, owner_id=placing.owner_id, now=now)
    risk.score_risk(
        order,
        history=buyer,
        book_total_minor=worth,
        review_threshold=policy.review_threshold,
    )
    orders.record_event(order, type="order.placed", actor=placing.actor)
    session.add(order)
    session.add_all(_holds(order))
    enqueue(session, "payments.charge", after=CHARGE_AFTER, order_id=order.id)
    enqueue(session, "orders.expire", after=policy.hold_duration, order_id=order.id)
    bulk_flush(session)
    # Last of all, so that others wait for these units no longer than they must.
    _hold(session, order, lines)
    return order


def _agree(order: Order, *, expected_minor: int | None) -> None:
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


def _order(
    placing: CheckoutRequest,
    lines: tuple[CartRow, ...],
    *,
    terms: CheckoutPolicy,
    now: datetime,
) -> Order:
    base = lines[0].currency
    currency = placing.currency or base
    rate = terms.exchange_rates.get_rate(base, currency)
    order_id = new_id()
    items = [_item(order_id, line, n, rate) for n, line in enumerate(lines)]
    tax_percent = _tax_percent(placing, terms)
    totals = price_lines(
        ((item.unit_price_minor, item.quantity) for item in items),
        tax_percent=tax_percent,
    )
    exchanged = currency != base
    return Order(
        id=order_id,
        customer_id=placing.owner_id,
        idempotency_key=placing.idempotency_key,
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.UNPAID,
        currency=currency,
        base_currency=base if exchanged else None,
        exchange_rate=rate if exchanged else None,
        rounding=ROUNDING if exchanged else None,
        tax_percent=tax_percent,
        subtotal_minor=totals.subtotal_minor,
        tax_minor=totals.tax_minor,
        total_minor=totals.total_minor,
        payment_method_id=placing.payment_method_id,
        shipping_address=placing.shipping_address,
        hold_expires_at=now + terms.hold_duration,
        placed_at=now,
        items=items,
        events=[],
    )


def _tax_percent(placing: CheckoutRequest, terms: CheckoutPolicy) -> Decimal:
    address = placing.shipping_address
    return terms.taxes.find_percent(
        country=address["country"], state=address.get("state", "")
    )


def _worth(
    lines: tuple[CartRow, ...], *, tax_percent: Decimal, terms: CheckoutPolicy
) -> int:
    """The total in the currency of the books: the same whatever is paid in."""
    priced = ((line.price_minor, line.quantity) for line in lines)
    total = price_lines(priced, tax_percent=tax_percent).total_minor
    base = lines[0].currency
    return convert(
        total, terms.exchange_rates.get_rate(base, terms.exchange_rates.base)
    )


def _item(order_id: UUID, line: CartRow, position: int, rate: Decimal) -> OrderItem:
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


def _holds(order: Order) -> list[StockHold]:
    return [
        StockHold(order_id=order.id, variant_id=variant_id, quantity=quantity)
        for variant_id, quantity in orders.count_units(order).items()
    ]


def _hold(session: Session, order: Order, lines: tuple[CartRow, ...]) -> None:
    gone = stock.hold(session, orders.count_units(order), order_id=order.id)
    if gone:
        raise build_cart_error(
            [_sold_meanwhile(line) for line in lines if line.variant_id in gone]
        )


def _sold_meanwhile(line: CartRow) -> Issue:
    return Issue.about(
        line,
        IssueCode.NOT_ENOUGH_STOCK,
        f"{line.name}: fewer than {line.quantity} left, somebody was quicker",
    )
