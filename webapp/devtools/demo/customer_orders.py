"""The demo customer's own past: one order in each state that an order can rest in. Pure.

The state in between, an order that the shop is working on, is placed for real when the
demo data goes in (`seed`), so that it can be cancelled and its money goes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.history import generate_tracking_number
from webapp.devtools.demo.orders import PastLine, PastOrder
from webapp.devtools.demo.people import DemoBuyer
from webapp.orders.status import OrderStatus, PaymentStatus

CUSTOMER_REFERENCE = "demo:customer"
ADDRESS = {
    "street": "14 Harbor View",
    "city": "Portland",
    "state": "OR",
    "zipCode": "97205",
    "country": "United States",
}
OPEN_ORDER_ITEMS = (
    ("tarn-double-wall-french-press-1-l", 1),
    ("harbor-row-yirga-single-origin-coffee-beans", 2),
)
"""Slugs and quantities of the order that is placed for real."""


@dataclass(frozen=True)
class Bought:
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
PAST = (
    Bought(74, OrderStatus.DELIVERED, HEADPHONES),
    Bought(26, OrderStatus.DELIVERED, BOOK_AND_TEAPOT),
    Bought(12, OrderStatus.CANCELLED, CAMERA),
    Bought(3, OrderStatus.SHIPPED, TREKKING),
)


def build_customer_orders(
    products: Sequence[DemoProduct], *, today: date
) -> list[PastOrder]:
    by_slug = {product.slug: product for product in products}
    random = Random(CUSTOMER_REFERENCE)  # noqa: S311 repeatable on purpose, and no secret
    return [_order(each, by_slug, today, random) for each in PAST]


def _order(
    bought: Bought, by_slug: dict[str, DemoProduct], today: date, random: Random
) -> PastOrder:
    day = today - timedelta(days=bought.days_ago)
    cancelled = bought.status == OrderStatus.CANCELLED
    return PastOrder(
        reference=f"{CUSTOMER_REFERENCE}:{bought.days_ago}",
        buyer=DemoBuyer(CUSTOMER_REFERENCE, ADDRESS),
        placed_at=datetime.combine(day, time(18, 42), UTC),
        lines=tuple(
            PastLine(by_slug[slug], by_slug[slug].variants[0], quantity)
            for slug, quantity in bought.basket
        ),
        status=bought.status,
        payment_status=PaymentStatus.REFUNDED if cancelled else PaymentStatus.PAID,
        tracking_number=None if cancelled else generate_tracking_number(random),
    )
