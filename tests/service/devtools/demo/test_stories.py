"""Each story of `docs/demo-shop.md` is in the demo shop: its requests find what the page says."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from statistics import median
from typing import Any

import pytest
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analytics.query_service import QueryService
from tests.support.demo_shop import (
    NOW,
    PASSWORDS,
    ZONE,
    Row,
    StoryAnswer,
    read_figures,
    read_stories,
    send_request,
)
from tests.support.postgres import migrated_postgres
from webapp.accounts.models import Customer
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.cart.models import CartLine
from webapp.catalog.models import Product, StockMovement
from webapp.config import Settings
from webapp.db.session import Database
from webapp.devtools.demo import service
from webapp.devtools.demo.stories import (
    BAD_WEEK,
    CAMPAIGN,
    COUNTRY_COLLAPSE,
    MISSING_PRODUCT,
    SOLD_OUT,
    UNUSUAL_DAY,
    find_month,
)
from webapp.orders.models import Order, OrderItem
from webapp.orders.status import OrderStatus
from webapp.payments.models import Refund
from webapp.search_analytics import service as search_analytics
from webapp.search_analytics.models import RecordedSearch, SearchQueryDay
from webapp.search_analytics.read_models import QueryOrder

TODAY = NOW.date()
STORIES = read_stories()

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database of its own with the shop: its transactions are those of the analytics."""
    with migrated_postgres() as url:
        database = Database.from_url(url)
        with database.unit_of_work() as session:
            service.fill_shop(
                session, PASSWORDS, settings=Settings(), now=NOW, report=lambda _: None
            )
        yield database
        database.close()


@pytest.fixture
def shop(database: Database) -> Iterator[Session]:
    with database.unit_of_work() as session:
        yield session


@pytest.fixture(scope="module")
def analytics(
    database: Database, tmp_path_factory: pytest.TempPathFactory
) -> QueryService:
    storage = FileSystemStorage(tmp_path_factory.mktemp("storage"))
    return QueryService(database, storage, home_currency="USD", zone=ZONE)


def send(analytics: QueryService, story: str) -> list[StoryAnswer]:
    return [send_request(request, analytics) for request in STORIES[story]]


def test_every_story_of_the_page_is_checked_here() -> None:
    checked = {
        name.removeprefix("test_story_").replace("_", " ")
        for name in globals()
        if name.startswith("test_story_")
    }

    assert {heading.lower().replace(",", "") for heading in STORIES} == checked


def test_story_a_country_collapses(analytics: QueryService) -> None:
    by_country, by_month, explained, rate = send(analytics, "A country collapses")
    worst = by_country.rows[0]

    assert worst["country"] == COUNTRY_COLLAPSE.country
    assert worst["net_revenue"] < 0.5 * worst["net_revenue_before"]
    first_month = find_month(TODAY, months_ago=COUNTRY_COLLAPSE.months_ago).isoformat()
    months = sorted(by_month.rows, key=lambda row: str(row["month"]))
    before, after = months[:3], months[3:]
    assert str(after[0]["month"]) == first_month[:7]
    assert max(row["cancellation_rate"] for row in before) < 10
    assert _average(after, "cancellation_rate") > 20
    assert _average(after, "placed_orders") < 0.5 * _average(before, "placed_orders")
    assert explained.findings["outcome"] == "canceled"
    assert explained.findings["outcomeChange"] < 0
    assert rate.findings["mainValue"] == "France"
    assert rate.findings["mainRateEffect"] > 0


def _average(rows: Sequence[Row], column: str) -> float:
    return float(sum(row[column] for row in rows)) / len(rows)


def test_story_a_campaign(analytics: QueryService) -> None:
    by_month, explained = send(analytics, "A campaign")
    before, campaign, after = sorted(by_month.rows, key=lambda row: str(row["month"]))

    assert campaign["month"] == CAMPAIGN.first_day(TODAY).isoformat()[:7]
    for usual in (before, after):
        assert campaign["units"] > 2 * usual["units"]
        assert campaign["net_revenue"] > 1.5 * usual["net_revenue"]
        assert campaign["new_customers"] > 3 * usual["new_customers"]
    assert explained.findings["change"] > 0
    effects = {
        row["effect"]: row["change"] for row in explained.tables["price_volume_mix"]
    }
    assert effects["price"] < 0 < effects["volume"]


def test_story_customers_who_do_not_come_back(analytics: QueryService) -> None:
    retention, value = send(analytics, "Customers who do not come back")
    month = CAMPAIGN.first_day(TODAY).isoformat()[:7]
    cohorts = {
        row["cohort"]: row
        for row in retention.tables["cohorts"]
        if isinstance(row["month_1"], float)
    }
    others = [row for name, row in cohorts.items() if name != month]

    assert cohorts[month]["customers"] > max(row["customers"] for row in others)
    assert cohorts[month]["month_1"] < 0.5 * _average(others, "month_1")
    assert cohorts[month]["month_1"] < min(row["month_1"] for row in others)
    grown = {
        row["cohort"]: row["month_3"] / row["month_0"]
        for row in value.tables["cohorts"]
        if row["month_3"] and isinstance(row["customers"], int)
    }
    assert min(grown, key=lambda cohort: grown[cohort]) == month


def test_story_a_product_sold_out(analytics: QueryService, shop: Session) -> None:
    by_day, by_product = send(analytics, "A product sold out")
    first = TODAY - timedelta(days=SOLD_OUT.from_days_ago)
    days = {
        (first + timedelta(days=number)).isoformat() for number in range(SOLD_OUT.days)
    }
    without = [row for row in by_day.rows if row["day"] in days]

    assert len(without) == SOLD_OUT.days
    assert sum(row["units"] for row in without) == 0
    assert sum(row["units"] for row in by_day.rows) > 20
    [sold_out, *_] = by_product.rows
    assert sold_out["product"] == "Morrow Electric Kettle 1.7 l"
    assert sold_out["units"] == 0
    assert sold_out["out_of_stock_days"] > 3 * 13
    clicked = search_analytics.summarize_queries(
        shop,
        first_day=first,
        last_day=first + timedelta(days=SOLD_OUT.days - 1),
        zone=ZONE,
        order=QueryOrder(limit=100),
    )
    assert sum(each.clicks for each in clicked.queries if "kettle" in each.query) > 0


def test_story_a_price_rise(analytics: QueryService) -> None:
    [effect] = send(analytics, "A price rise")
    [variant] = [
        row
        for row in effect.tables["variants"]
        if row["name"] == "Olive Oil Body Soap, 3 Bars"
    ]

    assert variant["price_low"] < 0.85 * variant["price_high"]
    assert variant["high"] < 0
    assert variant["elasticity"] < -1


def test_story_bought_together(analytics: QueryService) -> None:
    [found] = send(analytics, "Bought together")
    [closest, *_] = found.tables["pairs"]

    assert {closest["first"], closest["second"]} == {
        "Gooseneck Pour-Over Kettle 0.9 l",
        "Pour-Over Dripper Set",
    }
    assert closest["lift"] > 10


def test_story_an_unusual_day(analytics: QueryService) -> None:
    by_day, anomalies, best = send(analytics, "An unusual day")
    day = (TODAY - timedelta(days=UNUSUAL_DAY.days_ago)).isoformat()
    unusual = by_day.find_row(day=day)
    others = [row["orders"] for row in by_day.rows if row is not unusual]

    assert unusual["orders"] > 2.5 * median(others)
    assert unusual["guest_orders"] > 0.7 * unusual["orders"]
    assert best.rows[0]["product"] == "The Patient Loaf"
    assert best.rows[0]["units"] > 3 * best.rows[1]["units"]
    # The weeks before decide what is unusual: those before Christmas are themselves.
    if TODAY.month not in {1, 2}:
        [found] = [row for row in anomalies.tables["anomalies"] if row["day"] == day]
        assert found["orders"] > 2.5 * found["expected"]


def test_story_a_bad_week(analytics: QueryService) -> None:
    [by_week] = send(analytics, "A bad week")
    year, week, _ = BAD_WEEK.first_day(TODAY).isocalendar()
    bad = by_week.find_row(week=f"{year}-W{week:02}")
    others = [row for row in by_week.rows if row is not bad]

    assert len(others) == 4
    assert bad["placed_orders"] < 0.5 * min(row["placed_orders"] for row in others)
    assert bad["cancellation_rate"] > 2 * _average(others, "cancellation_rate")


def test_story_a_product_takes_off(analytics: QueryService) -> None:
    [by_month] = send(analytics, "A product takes off")
    units = [
        row["units"] for row in sorted(by_month.rows, key=lambda row: str(row["month"]))
    ]

    assert max(units[:4]) < 10
    assert sum(units[-2:]) / 2 > 6 * sum(units[:4]) / 4


def test_story_a_category_declines(analytics: QueryService) -> None:
    [by_category] = send(analytics, "A category declines")
    [office, *others] = by_category.rows

    assert office["category"] == "Office"
    assert office["units_change_percent"] < -40
    assert sum(row["units_change_percent"] > 0 for row in others) >= len(others) - 3


def test_story_a_faulty_batch(analytics: QueryService) -> None:
    [returned] = send(analytics, "A faulty batch")
    [faulty, second, _] = returned.rows

    assert faulty["product"] == "Whirl Hand Blender Set"
    assert faulty["returned_units"] > 1.3 * second["returned_units"]


def test_story_arrived_broken(analytics: QueryService) -> None:
    [refunded] = send(analytics, "Arrived broken")
    [broken, second, _] = refunded.rows

    assert broken["product"] == "Stoneware Mug 350 ml"
    assert broken["refunded_orders"] > 2 * second["refunded_orders"]
    assert broken["refund_rate"] > 10


def test_story_regular_customers(analytics: QueryService) -> None:
    [segments] = send(analytics, "Regular customers")
    [champions] = [
        row for row in segments.tables["segments"] if row["segment"] == "champions"
    ]

    assert champions["customers_percent"] < 25
    assert champions["net_revenue_percent"] > 35


def test_story_few_products_much_revenue(analytics: QueryService) -> None:
    [found] = send(analytics, "Few products, much revenue")

    assert 45 < found.findings["topFifthPercent"] < 65


def test_story_new_channels(analytics: QueryService) -> None:
    [by_channel] = send(analytics, "New channels")
    orders = {row["channel"]: row["orders"] for row in by_channel.rows}
    chat, web = (by_channel.find_row(channel=name) for name in ("chat", "web"))

    assert 0.1 < orders["chat"] / sum(orders.values()) < 0.22
    assert 0.04 < orders["agent"] / sum(orders.values()) < 0.13
    assert chat["units_per_order"] > 1.15 * web["units_per_order"]


def test_story_what_is_to_come(analytics: QueryService) -> None:
    [forecast] = send(analytics, "What is to come")

    assert forecast.findings["errorPercent"] < 30
    assert forecast.findings["totalLow"] > 0


def test_story_what_runs_out(analytics: QueryService) -> None:
    [outlook] = send(analytics, "What runs out")
    [espresso] = [
        row
        for row in outlook.tables["running_out"][:5]
        if row["name"] == "Pocket Espresso Maker"
    ]

    assert espresso["stock"] == 4
    assert espresso["runs_out"] < (TODAY + timedelta(days=10)).isoformat()
    assert espresso["order_by"] <= TODAY.isoformat()


def test_story_a_search_that_finds_nothing(analytics: QueryService) -> None:
    by_query, insights = send(analytics, "A search that finds nothing")
    [rising, *others] = by_query.rows

    assert rising["search_query"] == MISSING_PRODUCT.query
    assert rising["zero_result_searches"] > 3 * rising["zero_result_searches_before"]
    assert {row["search_query"] for row in others} == {
        "swimsuit", "umbrella", "pajamas", "drone",
    }  # fmt: skip
    assert all(
        rising["zero_result_searches"] > 2 * row["zero_result_searches"]
        for row in others
    )
    [costly, *_] = insights.tables["zero_result_queries"]
    assert costly["search_query"] == MISSING_PRODUCT.query
    assert 500 < costly["lost_revenue_low"] < costly["lost_revenue_high"] < 5_000


def test_the_figures_of_the_page_are_those_of_the_shop(shop: Session) -> None:
    past = Order.placed_at < datetime.combine(TODAY, time(), UTC)
    returns = select(OrderItem.order_id).where(OrderItem.kind == "RETURN")
    sales = past & Order.id.not_in(returns)

    def count(
        column: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]
    ) -> int:
        statement = select(func.count(column.distinct())).where(*conditions)
        return shop.scalars(statement).one()

    figures = {
        "products, in 12 categories": count(Product.id),
        "customers with an account": count(Customer.id),
        "orders in 8 countries and 3 currencies": count(Order.id, sales),
        "orders of guests": count(Order.id, sales, Order.customer_id.is_(None)),
        "returns, as orders of their own with negative lines": count(
            OrderItem.order_id, OrderItem.kind == "RETURN"
        ),
        "refunds of lines": count(Refund.id),
        "canceled orders": count(Order.id, Order.status == OrderStatus.CANCELLED),
        "stock movements": count(StockMovement.id),
        "searches, of visitors for 90 days, before as figures of days": _count_searches(
            shop
        ),
        "carts that were left": count(CartLine.owner_id) - 1,
    }
    written = read_figures()

    assert written.keys() == figures.keys()
    for name, number in figures.items():
        about = written[name]
        # They differ from day to day by chance, small ones by more.
        assert abs(number - about) <= 0.05 * about + 3 * about**0.5, (name, number)


def _count_searches(shop: Session) -> int:
    """Those of days, and those that no day has yet."""
    of_days = shop.scalars(select(func.sum(SearchQueryDay.searches))).one()
    open_ones = shop.scalars(
        select(func.count(RecordedSearch.id)).where(~RecordedSearch.is_aggregated)
    ).one()
    return int(of_days) + open_ones
