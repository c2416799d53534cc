"""Stock as it is read from the database: beside what PostgreSQL adds up, whatever moved it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from analytics.query_service import QueryService
from analytics.result_cache import CachedQueries
from tests.support.factories import RowFactory
from tests.support.postgres import private_postgres
from webapp.adapters.storage.build import build_storage
from webapp.catalog import stock
from webapp.catalog.models import StockMovement, StockReason, Variant
from webapp.config import Settings
from webapp.db import migrate
from webapp.db.session import Database
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.orders.models import OrderItem

Json = dict[str, Any]
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def service(database: Database, settings: Settings) -> QueryService:
    storage = build_storage(settings)
    return QueryService(database, storage, home_currency="USD", zone=UTC_ZONE)


@pytest.fixture
def settings(tmp_path: Any, postgres_url: str) -> Settings:
    return Settings(database_url=postgres_url, var_dir=tmp_path)


def run_query(service: QueryService | CachedQueries, **fields: Any) -> Json:
    outcome = service.run(
        AnalyticsQuery.model_validate({"metrics": ["stock"], **fields})
    )
    assert outcome.error is None, outcome.error
    assert outcome.result is not None
    return outcome.result


def insert_movement(
    database: Database, variant_id: UUID, at: datetime, **values: Any
) -> None:
    """With its effect on the variant."""
    with database.unit_of_work() as session:
        movement = StockMovement(
            variant_id=variant_id,
            created_at=at,
            **{"reason": StockReason.COUNTED, "on_hand": 0, "held": 0, **values},
        )
        session.add(movement)
        variant = session.get_one(Variant, variant_id)
        variant.on_hand += movement.on_hand
        variant.held += movement.held


def open_variant(database: Database, at: datetime, units: int, **product: Any) -> UUID:
    with database.unit_of_work() as session:
        [variant] = RowFactory(session).product(stock=0, **product).variants
        variant.created_at = at
        variant_id = variant.id
    insert_movement(database, variant_id, at, reason=StockReason.OPENED, on_hand=units)
    return variant_id


@pytest.mark.slow
def test_stock_of_any_day_is_what_postgresql_adds_up(
    database: Database, service: QueryService
) -> None:
    """From the first movement on: here, movements begin at none and are all there are."""
    random = Random(7)  # noqa: S311
    now = utc_now().replace(microsecond=0)
    ids = [
        open_variant(database, now - timedelta(days=60), 500, name=name, category=name)
        for name in ("Kettle", "Cup", "Lamp")
    ]
    for _ in range(120):
        at = now - timedelta(minutes=random.randrange(1, 59 * 24 * 60))
        insert_movement(
            database,
            random.choice(ids),
            at,
            reason=random.choice([*StockReason][2:6]),
            on_hand=random.randint(-4, 4),
        )
    first = (now - timedelta(days=25)).date()

    result = run_query(
        service,
        groupBy=["category", "day"],
        window={"firstDay": first.isoformat(), "lastDay": now.date().isoformat()},
    )

    with database.unit_of_work() as session:
        rows = session.execute(
            text("""
                SELECT p.category, to_char(d, 'YYYY-MM-DD'), sum(m.on_hand)
                FROM generate_series(CAST(:first AS timestamp), :last, '1 day') d,
                    stock_movements m JOIN variants v ON v.id = m.variant_id
                    JOIN products p ON p.id = v.product_id
                WHERE m.created_at < (d + interval '1 day') AT TIME ZONE 'UTC'
                GROUP BY 1, 2
            """),
            {"first": first, "last": now.date()},
        )
        expected = {(category, day): int(units) for category, day, units in rows}
    found = {(row["category"], row["day"]): row["stock"] for row in result["rows"]}
    assert found == expected
    assert len(found) == 78


def test_what_is_stored_of_orders_and_counts_is_what_figures_show(
    database: Database, service: QueryService
) -> None:
    """By the use cases of the shop; nothing is kept that a later one changes."""
    variant_id = open_variant(database, utc_now() - timedelta(days=1), 10)
    cached = CachedQueries(service, database, UTC_ZONE)
    query: Mapping[str, Any] = {"metrics": ["stock", "available"]}

    def read() -> tuple[int, int]:
        totals = run_query(cached, **query)["totals"]
        return totals["stock"], totals["available"]

    assert read() == (10, 10)
    order = new_id()
    with database.unit_of_work() as session:
        stock.hold(session, {variant_id: 3}, order_id=order)
    assert read() == (10, 7)
    with database.unit_of_work() as session:
        stock.sell_held(session, {variant_id: 3}, order_id=order, low_stock=0)
    assert read() == (7, 7)
    with database.unit_of_work() as session:
        stock.restock(session, {variant_id: 1}, order_id=order)
    assert read() == (8, 8)


def test_a_result_is_of_now_whatever_the_minute_was(
    database: Database, service: QueryService
) -> None:
    """The rows of the result cache are of orders; a stock result is none of them."""
    variant_id = open_variant(database, utc_now() - timedelta(days=1), 10)
    computed = service.compute(AnalyticsQuery.model_validate({"metrics": ["stock"]}))

    assert computed.snapshot is None
    insert_movement(database, variant_id, utc_now(), on_hand=5)
    assert run_query(service)["totals"] == {"stock": 15}


def test_a_variant_that_was_there_before_its_record_has_no_stock_then(
    database: Database, service: QueryService
) -> None:
    """Its later movements are known, and what they add up to is not all that it has."""
    now = utc_now()
    with database.unit_of_work() as session:
        product = RowFactory(session).product(stock=40, name="Kettle")
        variant_id = product.variants[0].id
        product.variants[0].created_at = now - timedelta(days=30)
    insert_movement(database, variant_id, now - timedelta(days=10), on_hand=-3)
    insert_movement(database, variant_id, now - timedelta(days=5), on_hand=-4)
    day = (now - timedelta(days=20)).date().isoformat()

    result = run_query(service, groupBy=["day"], window={"firstDay": day})

    found = [row["stock"] for row in result["rows"]]
    assert found == [*[None] * 10, *[37] * 5, *[33] * 6]
    assert "was not recorded all the time" in " ".join(result["notes"])


def test_a_variant_that_was_reconciled_is_known_from_then_on(
    database: Database, service: QueryService
) -> None:
    now = utc_now()
    variant_id = open_variant(database, now - timedelta(days=30), 5)
    insert_movement(
        database,
        variant_id,
        now - timedelta(days=2),
        reason=StockReason.RECONCILED,
        on_hand=9,
    )
    day = (now - timedelta(days=4)).date().isoformat()

    result = run_query(service, groupBy=["day"], window={"firstDay": day})

    assert [row["stock"] for row in result["rows"]] == [None, None, 14, 14, 14]


def test_only_movements_since_the_windows_are_read(
    database: Database, service: QueryService
) -> None:
    """And of levels only those since they are asked of; what came before is right all the same."""
    now = utc_now()
    variant_id = open_variant(database, now - timedelta(days=300), 5)
    for days in (200, 150, 100, 40, 3):
        insert_movement(database, variant_id, now - timedelta(days=days), on_hand=1)

    now_alone = run_query(service)
    both = ["stock", "out_of_stock_days"]
    week = run_query(service, metrics=both, window={"unit": "week"})
    year = run_query(service, metrics=both)

    assert now_alone["totals"]["stock"] == 10
    assert week["totals"] == year["totals"] == {"stock": 10, "out_of_stock_days": 0.0}
    read = [each["receipt"]["rowsRead"] for each in (now_alone, week, year)]
    assert read == [2, 2, 7]


def test_the_outlook_is_of_the_stock_in_the_database(
    database: Database, service: QueryService
) -> None:
    from_now = utc_now() - timedelta(days=40)
    variant_id = open_variant(database, from_now, 70, name="Kettle")
    with database.unit_of_work() as session:
        make = RowFactory(session)
        sku = session.get_one(Variant, variant_id).sku
        for day in range(1, 40):
            item = OrderItem(
                position=0,
                name="Kettle",
                sku=sku,
                category="Kitchen",
                quantity=1,
                unit_price_minor=2500,
                line_total_minor=2500,
            )
            make.order(
                items=[item],
                placed_at=from_now + timedelta(days=day),
                number=70_000 + day,
            )
    for day in range(1, 40):
        at = from_now + timedelta(days=day)
        insert_movement(database, variant_id, at, reason=StockReason.SOLD, on_hand=-1)

    body = AnalysisBody.model_validate({"analysis": "stock_outlook"}).root
    outcome = service.run_analysis(body)

    assert outcome.error is None, outcome.error
    assert outcome.result is not None
    [row] = outcome.result["tables"][0]["rows"]
    assert (row["variant"], row["stock"]) == (sku, 31)
    assert 0.9 < row["units_per_day"] < 1.1


@pytest.mark.slow
def test_the_record_of_older_databases_begins_with_the_migration() -> None:
    """Where movements do not add up, or their beginning is missing; others stay as they are."""
    with private_postgres() as url:
        engine = migrate.build_engine(url)
        migrate.upgrade(engine, revision="0019")
        with engine.begin() as connection:
            for name, units in (("whole", 4), ("imported", 7), ("drifted", 9)):
                connection.execute(text(OLD_ROWS), {"name": name, "units": units})
            for name, reason, units in (
                ("whole", "OPENED", 5),
                ("whole", "SOLD", -1),
                ("imported", "SOLD", -2),
                ("drifted", "OPENED", 5),
            ):
                values = {"name": name, "reason": reason, "units": units}
                connection.execute(text(OLD_MOVEMENT), values)
        migrate.upgrade(engine)
        with engine.connect() as connection:
            rows = connection.execute(
                text("""
                    SELECT v.sku, v.on_hand - sum(m.on_hand), max(m.on_hand)
                        FILTER (WHERE m.reason = 'RECONCILED')
                    FROM variants v JOIN stock_movements m ON m.variant_id = v.id
                    GROUP BY v.id ORDER BY v.sku
                """)
            )
            assert [tuple(row) for row in rows] == [
                ("drifted", 0, 4),
                ("imported", 0, 9),
                ("whole", 0, None),
            ]
        engine.dispose()


OLD_ROWS = """
    WITH product AS (
        INSERT INTO products (id, name, description, category, currency, tags, attributes,
            is_active, version)
        VALUES (gen_random_uuid(), :name, '', 'Kitchen', 'USD', '{}', '{}', true, 1)
        RETURNING id
    )
    INSERT INTO variants (id, product_id, position, sku, options, price_minor, on_hand, held)
    SELECT gen_random_uuid(), id, 0, :name, '{}', 100, :units, 0 FROM product
"""
OLD_MOVEMENT = """
    INSERT INTO stock_movements (id, variant_id, reason, on_hand, held)
    SELECT gen_random_uuid(), id, :reason, :units, 0 FROM variants WHERE sku = :name
"""
