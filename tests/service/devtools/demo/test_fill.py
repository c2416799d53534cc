"""The demo shop in real tables, read back through its services and by SQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.support.demo_shop import NOW, PASSWORDS
from tests.support.passwords import log_in
from webapp.accounts.models import Customer
from webapp.cart.models import CartLine
from webapp.catalog import service as catalog
from webapp.catalog.models import Product, StockMovement, Variant
from webapp.config import Settings
from webapp.db.outbox import OutboxMessage
from webapp.devtools.demo import customer_orders, repository, service
from webapp.devtools.demo.accounts import ACCOUNTS, CUSTOMER
from webapp.devtools.demo.carts import CARTS
from webapp.devtools.demo.catalog import load_catalog
from webapp.integrity import service as integrity
from webapp.knowledge.models import Chunk, Document
from webapp.orders import service as orders
from webapp.orders.models import Order, OrderEvent, OrderItem, StockHold
from webapp.orders.status import OrderStatus, PaymentStatus
from webapp.payments.models import Payment, Refund, RefundItem
from webapp.search_analytics.buffered_events import BufferedFollowUp, FollowUpType
from webapp.search_analytics.models import RecordedSearch, SearchEvent, SearchQueryDay
from webapp.search_analytics.repository import insert_follow_ups
from webapp.search_analytics.service import COMPLETE_AFTER, RETENTION

MIDNIGHT = datetime.combine(NOW.date(), time(), UTC)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def shop(engine: Engine) -> Iterator[Session]:
    """Filled once for a module's read-only tests, then rolled back."""
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            assert repository.is_shop_empty(session)
            service.fill_shop(
                session, PASSWORDS, settings=Settings(), now=NOW, report=lambda _: None
            )
            session.flush()
            yield session
        transaction.rollback()


@pytest.fixture
def customer_id(shop: Session) -> UUID:
    return shop.scalars(
        select(Customer.id).where(Customer.email == CUSTOMER.email)
    ).one()


def test_a_filled_shop_is_not_filled_again(shop: Session) -> None:
    assert not repository.is_shop_empty(shop)


@pytest.mark.parametrize(("role", "groups"), [("customer", []), ("admin", ["admin"])])
def test_both_accounts_can_sign_in(shop: Session, role: str, groups: list[str]) -> None:
    signed_in = log_in(
        shop,
        email=ACCOUNTS[role].email,
        password=PASSWORDS[role],
        now=NOW,
    )

    assert signed_in.customer.groups == groups


def test_every_product_is_inserted_with_its_variants(shop: Session) -> None:
    all_products = load_catalog()

    assert shop.scalar(select(func.count(Product.id))) == len(all_products)
    assert shop.scalar(select(func.count(Variant.id))) == sum(
        len(product.variants) for product in all_products
    )


def test_the_first_page_of_the_shop_is_mixed_and_on_sale(shop: Session) -> None:
    page = catalog.list_products(shop, limit=20)

    assert len({product.category for product in page.items}) >= 6
    assert all(product.is_active and product.image_url for product in page.items)


def test_the_products_are_enqueued_for_indexing_in_one_job(shop: Session) -> None:
    [arguments] = shop.scalars(
        select(OutboxMessage.arguments).where(
            OutboxMessage.job == "search.index_products"
        )
    )

    assert len(arguments["ids"].split(",")) == len(load_catalog())


def test_articles_are_split_into_chunks_and_enqueued_to_be_embedded(
    shop: Session,
) -> None:
    documents = shop.scalars(select(Document)).all()
    enqueued = shop.scalars(
        select(OutboxMessage.arguments["ids"].astext).where(
            OutboxMessage.job == "knowledge.embed_documents"
        )
    ).all()

    assert len(documents) >= 12
    assert sorted(enqueued) == sorted(str(document.id) for document in documents)
    assert shop.scalars(select(func.count(Chunk.id))).one() >= 4 * len(documents)


def test_orders_are_numbered_by_time(shop: Session) -> None:
    rows = shop.execute(
        select(Order.number, Order.placed_at).order_by(Order.number)
    ).all()
    times = [placed_at for _, placed_at in rows]

    assert times == sorted(times)
    assert times[0] < MIDNIGHT - timedelta(days=540)
    assert [at for at in times if at >= MIDNIGHT] == [NOW]


def test_every_order_adds_up_to_the_cent(shop: Session) -> None:
    lines = (
        select(OrderItem.order_id, func.sum(OrderItem.line_total_minor).label("sum"))
        .group_by(OrderItem.order_id)
        .subquery()
    )
    wrong = shop.execute(
        select(Order.id)
        .outerjoin(lines, lines.c.order_id == Order.id)
        .where(
            (Order.subtotal_minor.is_distinct_from(lines.c.sum))
            | (Order.total_minor != Order.subtotal_minor + Order.tax_minor)
            | (
                Order.tax_minor
                != func.round(Order.subtotal_minor * Order.tax_percent / 100)
            )
        )
    ).all()

    assert wrong == []


def test_lines_are_copies_of_what_was_sold(shop: Session) -> None:
    wrong = shop.execute(
        select(OrderItem.id)
        .join(Variant, Variant.id == OrderItem.variant_id)
        .join(Product, Product.id == OrderItem.product_id)
        .where(
            (OrderItem.name != Product.name)
            | (OrderItem.sku != Variant.sku)
            | (OrderItem.category != Product.category)
            | OrderItem.brand.is_distinct_from(Product.brand)
            | OrderItem.tags.is_distinct_from(Product.tags)
            | (Variant.product_id != Product.id)
            | (
                OrderItem.line_total_minor
                != OrderItem.quantity * OrderItem.unit_price_minor
            )
        )
    ).all()

    assert wrong == []


def test_what_was_sold_lately_cost_what_it_costs_now(shop: Session) -> None:
    """At the rate of its order, by the rule of the checkout."""
    rate = func.coalesce(Order.exchange_rate, 1)
    wrong = shop.execute(
        select(OrderItem.id)
        .join(Order, Order.id == OrderItem.order_id)
        .join(Variant, Variant.id == OrderItem.variant_id)
        .where(
            Order.placed_at > MIDNIGHT - timedelta(days=40),
            OrderItem.unit_price_minor != func.round(Variant.price_minor * rate),
        )
    ).all()

    assert wrong == []


def test_orders_in_other_currencies_have_their_rate_and_value(shop: Session) -> None:
    own = Settings().currency
    is_converted = Order.currency != own
    value = Order.total_minor / func.coalesce(Order.exchange_rate, 1)
    wrong = shop.execute(
        select(Order.id).where(
            (Order.exchange_rate.is_not(None) != is_converted)
            | (Order.base_currency.is_not(None) != is_converted)
            | (Order.rounding.is_not(None) != is_converted)
            # Each unit price was rounded to the cent.
            | (func.abs(Order.book_total_minor - value) > 20)
        )
    ).all()

    assert wrong == []
    assert set(shop.scalars(select(Order.currency).distinct())) == {"USD", "EUR", "GBP"}


def test_customers_have_accounts_and_ordered_after_registering(shop: Session) -> None:
    late = shop.execute(
        select(Order.id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            Order.placed_at < Customer.created_at,
            Customer.email.not_in([account.email for account in ACCOUNTS.values()]),
        )
    ).all()
    with_accounts = shop.scalars(select(func.count(Order.customer_id.distinct()))).one()

    assert late == []
    assert with_accounts == shop.scalars(select(func.count(Customer.id))).one() - 1


def test_movements_add_up_to_what_is_on_hand(shop: Session) -> None:
    """And what was sold, or canceled, moved exactly once."""
    moved = (
        select(StockMovement.variant_id, func.sum(StockMovement.on_hand).label("units"))
        .group_by(StockMovement.variant_id)
        .subquery()
    )
    wrong = shop.execute(
        select(Variant.id)
        .outerjoin(moved, moved.c.variant_id == Variant.id)
        .where(Variant.on_hand.is_distinct_from(moved.c.units))
    ).all()
    sales = shop.execute(
        select(StockMovement.order_id, func.sum(StockMovement.on_hand).label("units"))
        .where(StockMovement.order_id.is_not(None), StockMovement.on_hand != 0)
        .group_by(StockMovement.order_id)
    ).all()
    ordered = shop.execute(
        select(Order.id, func.sum(OrderItem.quantity), func.min(Order.status))
        .join(OrderItem, OrderItem.order_id == Order.id)
        .where(OrderItem.kind == "SALE", Order.placed_at < MIDNIGHT)
        .group_by(Order.id)
    ).all()

    assert wrong == []
    assert {sale.order_id: sale.units for sale in sales} == {
        order_id: 0 if status == OrderStatus.CANCELLED else -units
        for order_id, units, status in ordered
    }


def test_no_stock_was_ever_negative_and_nothing_was_sold_without(shop: Session) -> None:
    units_after = func.sum(StockMovement.on_hand).over(
        partition_by=StockMovement.variant_id,
        order_by=(StockMovement.created_at, StockMovement.id),
    )
    levels = select(units_after.label("units")).subquery()

    lowest, times_empty = shop.execute(
        select(func.min(levels.c.units), func.count().filter(levels.c.units == 0))
    ).one()

    assert lowest == 0
    assert times_empty > 60


def test_refunds_are_for_lines_of_orders_that_were_paid(shop: Session) -> None:
    refunded = shop.execute(
        select(Order.payment_status, func.count().label("orders"))
        .join(Payment, Payment.order_id == Order.id)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(
            Refund.amount_minor <= Payment.amount_minor,
            Payment.amount_minor == Order.total_minor,
            Order.payment_id == Payment.intent_id,
        )
        .group_by(Order.payment_status)
    ).all()
    of_lines = shop.scalars(select(func.count(RefundItem.refund_id.distinct()))).one()
    by_status = {row.payment_status: row.orders for row in refunded}

    assert set(by_status) == {PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED}
    assert sum(by_status.values()) == of_lines
    assert of_lines == shop.scalars(select(func.count(Refund.id))).one()


def test_the_invariants_of_the_shop_hold(shop: Session) -> None:
    results = integrity.check_invariants(shop, stripe_ledger=[], now=NOW)

    assert [each.invariant.name for each in results if not each.holds] == []


def test_returns_are_negative_lines_of_their_own_orders(shop: Session) -> None:
    kinds = shop.execute(
        select(
            OrderItem.kind,
            func.min(OrderItem.quantity),
            func.max(OrderItem.quantity),
        )
        .group_by(OrderItem.kind)
        .order_by(OrderItem.kind)
    ).all()
    mixed = (
        select(OrderItem.order_id)
        .group_by(OrderItem.order_id)
        .having(func.count(OrderItem.kind.distinct()) > 1)
    )

    [(returned, _, most), (sold, least, _)] = kinds
    assert (returned, sold) == ("RETURN", "SALE")
    assert most < 0 < least
    assert shop.execute(mixed).all() == []


def test_no_order_is_older_than_what_was_bought(shop: Session) -> None:
    early = (
        select(OrderItem.id)
        .join(Order, Order.id == OrderItem.order_id)
        .join(Product, Product.id == OrderItem.product_id)
        .where(Order.placed_at <= Product.created_at)
    )

    assert shop.execute(early).all() == []


def test_the_events_of_an_order_are_in_sequence(shop: Session) -> None:
    [order] = shop.scalars(
        select(Order).where(Order.status == OrderStatus.SHIPPED).limit(1)
    )
    events = shop.scalars(
        select(OrderEvent.type)
        .where(OrderEvent.order_id == order.id)
        .order_by(OrderEvent.id)
    ).all()

    assert events == ["order.placed", "order.paid", "order.processing", "order.shipped"]


def test_the_demo_customer_has_an_order_in_every_state_to_ask_about(
    shop: Session, customer_id: UUID
) -> None:
    page = orders.list_orders(shop, owner_id=customer_id)

    assert [
        (order.status, order.payment_status, order.tracking_number is not None)
        for order in page.items
    ] == [
        (OrderStatus.PENDING, PaymentStatus.UNPAID, False),
        (OrderStatus.SHIPPED, PaymentStatus.PAID, True),
        (OrderStatus.CANCELLED, PaymentStatus.REFUNDED, False),
        (OrderStatus.DELIVERED, PaymentStatus.PAID, True),
        (OrderStatus.DELIVERED, PaymentStatus.PAID, True),
    ]


def test_the_newest_order_holds_stock_and_is_charged_at_once(
    shop: Session, customer_id: UUID
) -> None:
    newest = orders.list_orders(shop, owner_id=customer_id).items[0]
    [held] = shop.scalars(
        select(func.sum(StockHold.quantity)).where(StockHold.order_id == newest.id)
    )
    delays = shop.scalars(
        select(func.extract("epoch", OutboxMessage.due_at - func.now()))
        .where(OutboxMessage.job == "payments.charge")
        .order_by(OutboxMessage.due_at)
    ).all()

    assert held == sum(item.quantity for item in newest.items)
    immediate, delayed = delays
    # The second is by this process's clock, which has advanced since the transaction began.
    assert immediate == 0
    assert delayed >= 30


def test_searches_of_visitors_are_those_of_the_last_days(shop: Session) -> None:
    """Earlier ones are only in the figures of days, and so are those that are complete."""
    oldest, newest = shop.execute(
        select(
            func.min(RecordedSearch.occurred_at), func.max(RecordedSearch.occurred_at)
        )
    ).one()
    open_since = shop.scalars(
        select(func.min(RecordedSearch.occurred_at)).where(
            ~RecordedSearch.is_aggregated
        )
    ).one()
    first_day, last_day = shop.execute(
        select(func.min(SearchQueryDay.day), func.max(SearchQueryDay.day))
    ).one()

    assert NOW - RETENTION < oldest < NOW - RETENTION + timedelta(days=2)
    assert newest < MIDNIGHT
    assert open_since >= NOW - COMPLETE_AFTER
    assert first_day < NOW.date() - timedelta(days=390)
    assert last_day in {
        (NOW - COMPLETE_AFTER).date() - timedelta(days=n) for n in (0, 1)
    }


def test_figures_of_days_have_the_searches_of_visitors(shop: Session) -> None:
    """Of whole days that both have."""
    first = NOW.date() - timedelta(days=80)
    last = NOW.date() - timedelta(days=20)
    day = func.date(RecordedSearch.occurred_at)
    of_visitors = shop.execute(
        select(day, RecordedSearch.query, func.count())
        .where(day.between(first, last))
        .group_by(day, RecordedSearch.query)
    ).all()
    of_days = shop.execute(
        select(SearchQueryDay.day, SearchQueryDay.query, SearchQueryDay.searches).where(
            SearchQueryDay.day.between(first, last)
        )
    ).all()

    assert len(of_days) > 1_000
    assert sorted(map(tuple, of_visitors)) == sorted(map(tuple, of_days))


def test_what_followed_a_search_is_known_by_the_id_that_the_shop_gives_it(
    shop: Session,
) -> None:
    """So that an event that is reported again is not counted again."""
    click = shop.scalars(
        select(SearchEvent).where(SearchEvent.type == FollowUpType.CLICK).limit(1)
    ).one()
    follow_up = BufferedFollowUp(
        search_id=click.search_id,
        at=click.occurred_at,
        type=FollowUpType.CLICK,
        product_id=click.product_id,
        position=click.position,
    )

    assert insert_follow_ups(shop, [follow_up]) == 0


def test_carts_are_left_with_what_can_be_bought(shop: Session) -> None:
    lines = shop.execute(
        select(CartLine.owner_id, CartLine.created_at, Customer.created_at)
        .join(Customer, Customer.id == CartLine.owner_id)
        .join(Variant, Variant.id == CartLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Customer.email != CUSTOMER.email,
            Product.is_active,
            Variant.on_hand - Variant.held >= CartLine.quantity,
            CartLine.price_minor == Variant.price_minor,
        )
    ).all()

    # Those of the demo customer are in the order that is placed through the checkout.
    own = len(customer_orders.OPEN_ORDER_ITEMS)
    assert len(lines) == shop.scalars(select(func.count(CartLine.id))).one() - own
    assert len({owner for owner, *_ in lines}) == CARTS
    assert all(registered < added < NOW for _, added, registered in lines)
