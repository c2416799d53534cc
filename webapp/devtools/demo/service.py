"""Inserts the demo shop: through the features' own services where rows are few, in bulk where
they are many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.cart import service as carts
from webapp.catalog.labels.service import unify_spellings
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.checkout.policy import CheckoutPolicy
from webapp.config import Settings
from webapp.db.outbox import enqueue
from webapp.devtools.demo import customer_orders, repository
from webapp.devtools.demo.accounts import ACCOUNTS
from webapp.devtools.demo.articles import load_articles
from webapp.devtools.demo.bulk_repository import BulkWriter
from webapp.devtools.demo.carts import generate_carts
from webapp.devtools.demo.catalog import DemoProduct, load_catalog
from webapp.devtools.demo.history import History, generate_history
from webapp.devtools.demo.history_days import HistoryDays
from webapp.devtools.demo.inventory import list_movements
from webapp.devtools.demo.markets import Trading
from webapp.devtools.demo.orders import PastOrder
from webapp.devtools.demo.people import DemoBuyer
from webapp.devtools.demo.searches import (
    PastSearch,
    count_by_day,
    generate_searches,
)
from webapp.devtools.demo.stories import HISTORY_DAYS
from webapp.devtools.demo.supply import SupplyPlan
from webapp.kit.hashing import BoundedPasswordHasher
from webapp.knowledge import service as knowledge
from webapp.search_analytics import service as search_analytics
from webapp.search_analytics.service import RETENTION

ProgressReport = Callable[[str], None]
# Products were listed over the weeks before the first order, not all at once.
LISTING_DAYS = 21
TEST_CARD = "pm_card_visa"
REGISTERED_BEFORE = timedelta(minutes=9)


@dataclass(frozen=True)
class HistoryCounts:
    customers: int
    """With an account, the demo accounts not included."""
    orders: int
    searches: int


def fill_shop(
    session: Session,
    passwords: Mapping[str, str],
    *,
    settings: Settings,
    now: datetime,
    report: ProgressReport,
) -> None:
    """Insert accounts, products, orders and help articles, and enqueue the jobs that index
    them."""
    products = load_catalog()
    customer_id = add_accounts(session, passwords, now=now)
    add_products(session, products, settings=settings, today=now.date())
    report(
        f"{len(products)} products in {len({p.category for p in products})} categories"
    )
    counts = add_history(session, products, customer_id, settings=settings, now=now)
    report(f"{counts.orders} orders of {counts.customers} customers and guests")
    report(f"{counts.searches} searches")
    place_open_order(session, products, customer_id, settings=settings, now=now)
    report(f"{add_articles(session, settings=settings)} help articles")


def add_accounts(
    session: Session, passwords: Mapping[str, str], *, now: datetime
) -> UUID:
    """Create the two demo accounts; returns the customer's id."""
    ids = {
        role: accounts.create_verified_customer(
            session,
            email=account.email,
            password=passwords[role],
            name=account.name,
            groups=account.groups,
            passwords=BoundedPasswordHasher(),
            now=now,
        ).id
        for role, account in ACCOUNTS.items()
    }
    return ids["customer"]


def add_products(
    session: Session,
    products: Sequence[DemoProduct],
    *,
    settings: Settings,
    today: date,
) -> None:
    unify_spellings(session, products)
    repository.insert_products(
        session,
        [(product, compute_listing_time(product, today=today)) for product in products],
        currency=settings.currency,
    )
    ids = ",".join(str(product.id) for product in products)
    enqueue(session, "search.index_products", ids=ids)


def compute_listing_time(product: DemoProduct, *, today: date) -> datetime:
    """Return the time of its launch, or one in the weeks before the shop opened."""
    if product.launched_days_ago is not None:
        day = today - timedelta(days=product.launched_days_ago)
        return datetime.combine(day, time(9), UTC)
    opening = datetime.combine(today - timedelta(days=HISTORY_DAYS), time(), UTC)
    seconds_before = crc32(product.slug.encode()) % int(
        timedelta(LISTING_DAYS).total_seconds()
    )
    return opening - timedelta(seconds=seconds_before)


def add_history(
    session: Session,
    products: Sequence[DemoProduct],
    customer_id: UUID,
    *,
    settings: Settings,
    now: datetime,
) -> HistoryCounts:
    """Insert customers, their past orders, what these took out of the stock, carts they have left,
    and searches."""
    trading, today = Trading.from_settings(settings), now.date()
    history = generate_history(
        products,
        today=today,
        trading=trading,
        always_available=customer_orders.ALWAYS_AVAILABLE,
    )
    own = customer_orders.build_customer_orders(products, today=today, trading=trading)
    past = sorted([*history.orders, *own], key=lambda order: order.placed_at)
    with BulkWriter(session) as writer:
        registrations = _list_registrations(history)
        customer_ids = repository.insert_customers(writer, registrations)
        order_ids = repository.insert_orders(
            writer,
            past,
            customer_ids=customer_ids
            | {customer_orders.CUSTOMER_REFERENCE: customer_id},
            currency=settings.currency,
        )
        add_movements(writer, products, past, history.supply, order_ids, today=today)
        searches = generate_searches(products, history.orders, today=today)
        carts_left = generate_carts(products, registrations, now=now)
        repository.insert_carts(writer, carts_left, customer_ids=customer_ids)
        zone = ZoneInfo(settings.time_zone)
        add_searches(writer, searches, order_ids, zone=zone, now=now)
    search_analytics.aggregate_searches(session, now=now, zone=zone)
    return HistoryCounts(len(history.buyers), len(past), len(searches))


def add_movements(
    writer: BulkWriter,
    products: Sequence[DemoProduct],
    orders: Sequence[PastOrder],
    supply: SupplyPlan,
    order_ids: Mapping[str | None, str],
    *,
    today: date,
) -> None:
    listed_at = {each.id: compute_listing_time(each, today=today) for each in products}
    movements = list_movements(
        orders, products, supply, days=HistoryDays(today), listed_at=listed_at
    )
    repository.insert_movements(writer, movements, order_ids=order_ids)


def add_searches(
    writer: BulkWriter,
    searches: Sequence[PastSearch],
    order_ids: Mapping[str | None, str],
    *,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Insert searches as the shop would have kept them: by visitor as long as it may, before as
    figures of whole days."""
    first_day = (now - RETENTION).astimezone(zone).date() + timedelta(days=1)
    kept_from = datetime.combine(first_day, time(), zone)
    earlier = [each for each in searches if each.searched_at < kept_from]
    repository.insert_search_days(writer, count_by_day(earlier, zone=zone))
    repository.insert_searches(writer, searches[len(earlier) :], order_ids=order_ids)


def _list_registrations(history: History) -> list[tuple[DemoBuyer, datetime]]:
    """Customers register just before their first order."""
    first_orders: dict[str | None, datetime] = {}
    for order in history.orders:
        first_orders.setdefault(order.buyer.reference, order.placed_at)
    return [
        (buyer, first_orders[buyer.reference] - REGISTERED_BEFORE)
        for buyer in history.buyers
    ]


def place_open_order(
    session: Session,
    products: Sequence[DemoProduct],
    customer_id: UUID,
    *,
    settings: Settings,
    now: datetime,
) -> None:
    """Place an order through the checkout. The workers charge and fulfill it as soon as they
    run, so that it has a payment that a cancellation refunds."""
    by_slug = {product.slug: product for product in products}
    for slug, quantity in customer_orders.OPEN_ORDER_ITEMS:
        carts.set_quantity(
            session,
            owner_id=customer_id,
            product_id=by_slug[slug].id,
            quantity=quantity,
        )
    order = create_order(
        session,
        CheckoutRequest(customer_id, TEST_CARD, customer_orders.ADDRESS),
        policy=CheckoutPolicy.from_settings(settings),
        now=now,
    )
    # The job enqueued by the checkout is delayed, because a request would charge first.
    enqueue(session, "payments.charge", order_id=order.id)


def add_articles(session: Session, *, settings: Settings) -> int:
    """Returns the number of articles."""
    articles = load_articles(settings)
    for article in articles:
        knowledge.put_document(
            session, slug=article.slug, title=article.title, body=article.body
        )
    return len(articles)
