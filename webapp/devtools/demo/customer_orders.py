"""Past orders of the demo customer, in every state in which an order can remain. Pure.

The order still in progress is placed through the checkout when the demo data is inserted
(`service.place_open_order`), so that it can be canceled and refunded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.history import generate_tracking_number
from webapp.devtools.demo.markets import Trading
from webapp.devtools.demo.orders import PastLine, PastOrder
from webapp.devtools.demo.people import DemoBuyer
from webapp.orders.status import WEB_CHANNEL, OrderStatus, PaymentStatus

CUSTOMER_REFERENCE = "demo:customer"
ADDRESS = {
    "street": "14 Harbor View",
    "city": "Portland",
    "state": "OR",
    "zipCode": "97205",
    "country": "US",
}
OPEN_ORDER_ITEMS = (
    ("tarn-double-wall-french-press-1-l", 1),
    ("harbor-row-yirga-single-origin-coffee-beans", 2),
)
"""Slugs and quantities of the order that is placed through the checkout."""


@dataclass(frozen=True)
class PastPurchase:
    days_ago: int
    status: OrderStatus
    basket: tuple[tuple[str, int], ...]


HEADPHONES = (("okto-plainsong-wired-studio-headphones", 1),)
BOOK_AND_TEAPOT = (
    ("thyme-table-one-pot-many-evenings", 1),
    ("kiln-co-glass-teapot-with-strainer-1-2-l", 1),
)
CAMERA = (("halcyon-snapdot-instant-camera", 1),)
TREKKING = (
    ("lumenor-firefly-400-headlamp", 1),
    ("ridgeway-traverse-55-trekking-backpack", 1),
)
PAST_PURCHASES = (
    PastPurchase(74, OrderStatus.DELIVERED, HEADPHONES),
    PastPurchase(26, OrderStatus.DELIVERED, BOOK_AND_TEAPOT),
    PastPurchase(12, OrderStatus.CANCELLED, CAMERA),
    PastPurchase(3, OrderStatus.SHIPPED, TREKKING),
)


ALWAYS_AVAILABLE = frozenset(
    slug
    for basket in (OPEN_ORDER_ITEMS, *(each.basket for each in PAST_PURCHASES))
    for slug, _ in basket
)
"""Slugs of what the demo customer buys, which must be there."""


def build_customer_orders(
    products: Sequence[DemoProduct], *, today: date, trading: Trading
) -> list[PastOrder]:
    by_slug = {product.slug: product for product in products}
    random = Random(CUSTOMER_REFERENCE)  # noqa: S311 deterministic on purpose, not a secret
    return [
        _build_order(purchase, by_slug, today, random, trading)
        for purchase in PAST_PURCHASES
    ]


def _build_order(
    purchase: PastPurchase,
    by_slug: dict[str, DemoProduct],
    today: date,
    random: Random,
    trading: Trading,
) -> PastOrder:
    day = today - timedelta(days=purchase.days_ago)
    is_cancelled = purchase.status == OrderStatus.CANCELLED
    return PastOrder(
        reference=f"{CUSTOMER_REFERENCE}:{purchase.days_ago}",
        buyer=DemoBuyer(CUSTOMER_REFERENCE, ADDRESS),
        placed_at=datetime.combine(day, time(18, 42), UTC),
        lines=tuple(
            _build_line(by_slug[slug], quantity) for slug, quantity in purchase.basket
        ),
        status=purchase.status,
        payment_status=PaymentStatus.REFUNDED if is_cancelled else PaymentStatus.PAID,
        channel=WEB_CHANNEL,
        currency=trading.currency,
        exchange_rate=Decimal(1),
        tax_percent=trading.taxes.find_percent(
            country=ADDRESS["country"], state=ADDRESS["state"]
        ),
        tracking_number=None if is_cancelled else generate_tracking_number(random),
    )


def _build_line(product: DemoProduct, quantity: int) -> PastLine:
    variant = product.variants[0]
    return PastLine(product, variant, quantity, variant.price_minor)
