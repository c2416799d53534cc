"""The tables of the dataset are those of the database: the demo shop, exported, changed, and
exported again."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import polars as pl
import pytest
from sqlalchemy import select, text

from analytics.dataset import manifest as manifests
from analytics.dataset.manifest import FOLDER, TABLES
from analytics.query_processes import ProcessRequest
from analytics.query_service import QueryService
from analytics.query_worker import answer_request
from jobs.batch.export_orders import export_orders
from jobs.batch.runner import BatchRun
from tests.support.demo_shop import NOW, PASSWORDS, ZONE
from tests.support.postgres import migrated_postgres
from webapp.account_deletion.service import delete_account
from webapp.accounts.models import Customer
from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.adapters.storage.port import Storage
from webapp.catalog.models import StockMovement
from webapp.config import PROJECT_ROOT, Settings
from webapp.db.session import Database
from webapp.devtools.demo import service as demo
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.orders.models import Order
from webapp.payments.models import Payment, Refund
from webapp.search_analytics.models import RecordedSearch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COUNTED = """payment_status IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')
    AND status NOT IN ('PENDING', 'REQUIRES_ACTION', 'PAYMENT_FAILED', 'CANCELLED')"""
IS_KNOWN = """customer_id IS NULL
    OR customer_id NOT IN (SELECT id FROM customers WHERE deleted_at IS NOT NULL)"""
# Of each table, sums over columns of its files, and the same of the database.
SUMS: Mapping[str, tuple[str, str]] = {
    "order_lines": (
        """count(*), sum(quantity), sum(tax_minor) FILTER (WHERE kind <> 'REFUND'),
        sum(amount_minor) FILTER (WHERE kind <> 'REFUND'),
        sum(amount_minor + tax_minor) FILTER (WHERE kind = 'REFUND')""",
        """
        SELECT (SELECT count(*) FROM order_items) + count(*),
            (SELECT sum(quantity) FROM order_items),
            (SELECT sum(tax_minor) FROM orders), (SELECT sum(line_total_minor) FROM order_items),
            -sum(coalesce(named.amount_minor, refunds.amount_minor))
        FROM refunds LEFT JOIN refund_items AS named ON named.refund_id = refunds.id
        WHERE stripe_refund_id IS NOT NULL
        """,
    ),
    "orders": (
        """count(*), sum(lines), sum(units), sum(subtotal_minor), sum(tax_minor),
        sum(total_minor), sum(refunded_minor), count(customer), count(channel),
        sum(CAST(is_revenue AS int))""",
        f"""
        SELECT count(*), (SELECT count(*) FROM order_items),
            (SELECT sum(quantity) FROM order_items), sum(subtotal_minor), sum(tax_minor),
            sum(total_minor),
            (SELECT sum(amount_minor) FROM refunds WHERE stripe_refund_id IS NOT NULL),
            count(coalesce(customer_id::text, customer_ref)) FILTER (WHERE {IS_KNOWN}),
            count(channel), count(*) FILTER (WHERE {COUNTED})
        FROM orders
        """,
    ),
    "customers": (
        """count(*), sum(CAST(has_account AS int)), count(first_paid_order),
        sum(epoch_us("at")), count(registered_at)""",
        f"""
        SELECT count(*), count(*) FILTER (WHERE account IS NOT NULL), count(paid),
            sum(extract(epoch FROM first_at) * 1000000),
            count(*) FILTER (WHERE account IS NOT NULL)
        FROM (
            SELECT coalesce(customer_id::text, customer_ref) AS key,
                max(customer_id::text) AS account,
                min(placed_at) FILTER (WHERE number = first_number) AS first_at,
                min(number) FILTER (WHERE {COUNTED}) AS paid
            FROM (
                SELECT *, min(number) OVER (
                    PARTITION BY coalesce(customer_id::text, customer_ref)
                ) AS first_number FROM orders WHERE {IS_KNOWN}
            ) AS numbered
            WHERE coalesce(customer_id::text, customer_ref) IS NOT NULL GROUP BY key
        ) AS customers
        """,
    ),
    "payments": (
        """count(*), sum(amount_minor), sum(refunded_minor), sum(order_number),
        sum(epoch_us("at"))""",
        """
        SELECT count(*), sum(amount_minor), sum(refunded_minor), sum(number),
            sum(extract(epoch FROM payments.created_at) * 1000000)
        FROM payments JOIN orders ON orders.id = order_id
        """,
    ),
    "refunds": (
        "count(*), sum(amount_minor), sum(lines), sum(CAST(is_confirmed AS int))",
        """
        SELECT count(*), sum(amount_minor), (SELECT count(*) FROM refund_items),
            count(stripe_refund_id)
        FROM refunds
        """,
    ),
    "stock_movements": (
        "count(*), sum(on_hand), sum(held), count(order_number), count(DISTINCT variant_id)",
        """
        SELECT count(*), sum(on_hand), sum(held),
            count(*) FILTER (WHERE order_id IN (SELECT id FROM orders)),
            count(DISTINCT variant_id)
        FROM stock_movements
        """,
    ),
    "searches": (
        """count(*), sum(results), sum(clicks), sum(adds), sum(orders), sum(first_position),
        sum(CAST(is_visitor_known AS int))""",
        """
        SELECT count(*), sum(results), sum(clicks), sum(adds), sum(orders), sum(position),
            count(visitor)
        FROM (
            SELECT searches.*,
                (SELECT count(*) FROM search_events AS e
                    WHERE e.search_id = searches.id AND type = 'click') AS clicks,
                (SELECT count(*) FROM search_events AS e
                    WHERE e.search_id = searches.id AND type = 'add_to_cart') AS adds,
                (SELECT count(*) FROM search_events AS e
                    WHERE e.search_id = searches.id AND type = 'order') AS orders,
                (SELECT min(position) FROM search_events AS e
                    WHERE e.search_id = searches.id AND type = 'click') AS position
            FROM searches
        ) AS found
        """,
    ),
    "search_days": (
        "count(*), sum(searches), sum(clicks), sum(orders), count(DISTINCT day)",
        """
        SELECT count(*), sum(searches), sum(clicks), sum(orders), count(DISTINCT day)
        FROM search_query_days
        """,
    ),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A shop in a database of its own, and its dataset."""
    with migrated_postgres() as url:
        database = Database.from_url(url)
        with database.unit_of_work() as session:
            demo.fill_shop(
                session, PASSWORDS, settings=Settings(), now=NOW, report=lambda _: None
            )
        database.close()
        folder = tmp_path_factory.mktemp("shop")
        yield Settings(database_url=url, var_dir=folder / "var")


@pytest.fixture(scope="module")
def shop(settings: Settings) -> Iterator[Database]:
    database = Database.from_url(settings.require_database_url())
    yield database
    database.close()


@pytest.fixture
def storage(settings: Settings) -> Storage:
    """Up to date."""
    export(settings)
    return build_storage(settings)


def export(settings: Settings) -> Mapping[str, list[str]]:
    """The months that were written, by table."""
    plan = export_orders(BatchRun(settings, print_line=lambda _: None)).plan
    return {name: list(each.months) for name, each in plan.items() if each.months}


def list_urls(storage: Storage, table: str) -> list[str]:
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    months = manifest.tables.get_table(table)
    return [storage.uri(each.file.path) for each in months.values()]


def read_table(storage: Storage, table: str) -> pl.DataFrame:
    return pl.read_parquet(list_urls(storage, table), hive_partitioning=False)


def sum_files(storage: Storage, table: str) -> list[int]:
    sums, _ = SUMS[table]
    files = list_urls(storage, table)
    query = f"SELECT {sums} FROM read_parquet($1, hive_partitioning = false)"
    with duckdb.connect() as reader:
        [row] = reader.execute(query, [files]).fetchall()
    return [int(value) for value in row]


def sum_database(shop: Database, table: str) -> list[int]:
    _, statement = SUMS[table]
    with shop.unit_of_work() as session:
        row = session.execute(text(statement)).one()
    return [int(value) for value in row]


def check_sums(shop: Database, storage: Storage) -> None:
    for table in TABLES:
        assert sum_files(storage, table) == sum_database(shop, table), table


@pytest.mark.parametrize("table", TABLES)
def test_counts_and_sums_are_those_of_the_database(
    shop: Database, storage: Storage, table: str
) -> None:
    found = sum_files(storage, table)

    assert found == sum_database(shop, table)
    assert all(found)
    assert read_table(storage, table).schema == TABLES[table]


def test_every_customer_of_an_order_is_a_row_of_the_customers(storage: Storage) -> None:
    customers = read_table(storage, "customers")["customer"]

    assert customers.is_unique().all()
    for table in ("orders", "order_lines"):
        found = read_table(storage, table)["customer"].drop_nulls().unique()
        assert found.sort().equals(customers.sort())


@pytest.mark.usefixtures("storage")
def test_an_export_of_what_has_not_changed_writes_nothing(settings: Settings) -> None:
    assert export(settings) == {}


def test_a_payment_that_changes_is_written_again_and_nothing_else(
    settings: Settings, storage: Storage, shop: Database
) -> None:
    with shop.unit_of_work() as session:
        payment = session.scalars(select(Payment).order_by(Payment.created_at)).first()
        assert payment is not None
        payment.decline_code = "expired_card"
        month = f"{payment.created_at:%Y-%m}"

    assert export(settings) == {"payments": [month]}

    declined = read_table(storage, "payments").filter(decline_code="expired_card")
    assert declined["payment_id"].to_list() == [str(payment.id)]


def test_a_refund_of_an_old_order_is_in_all_tables_that_know_it(
    settings: Settings, storage: Storage, shop: Database
) -> None:
    """The order's own month, fourteen months back, and that of the refund."""
    now = datetime.now(UTC)
    with shop.unit_of_work() as session:
        order = session.scalars(
            select(Order)
            .where(
                Order.placed_at < now - timedelta(days=425),
                Order.total_minor > 0,
                text(COUNTED),
            )
            .order_by(Order.placed_at.desc())
        ).first()
        assert order is not None
        payment = Payment(
            order_id=order.id,
            intent_id="pi_of_an_old_order",
            status="succeeded",
            amount_minor=order.total_minor,
            currency=order.currency,
        )
        session.add(payment)
        session.flush()
        session.add(
            Refund(
                payment_id=payment.id,
                amount_minor=order.total_minor,
                reason="broken",
                actor="admin",
                stripe_refund_id="re_of_an_old_order",
            )
        )
        then, number = f"{order.placed_at:%Y-%m}", order.number
    this_month = f"{now:%Y-%m}"

    assert export(settings) == {
        "order_lines": [this_month],
        "orders": [then],
        "payments": [this_month],
        "refunds": [this_month],
    }

    check_sums(shop, storage)
    [refunded] = read_table(storage, "orders").filter(order_number=number)[
        "refunded_minor"
    ]
    assert refunded == order.total_minor


def test_searches_that_are_deleted_go_and_their_days_stay(
    settings: Settings, storage: Storage, shop: Database
) -> None:
    days = read_table(storage, "search_days")
    with shop.unit_of_work() as session:
        first = session.scalars(
            select(RecordedSearch.occurred_at).order_by(RecordedSearch.occurred_at)
        ).first()
        assert first is not None
        end = first + timedelta(days=10)
        session.execute(
            text("DELETE FROM searches WHERE occurred_at < :end"), {"end": end}
        )
    assert set(export(settings)) == {"searches"}

    found = read_table(storage, "searches")
    assert found.filter(pl.col("at") < end).is_empty()
    assert read_table(storage, "search_days").equals(days)


def test_a_movement_of_stock_writes_its_month(
    settings: Settings, storage: Storage, shop: Database
) -> None:
    count = read_table(storage, "stock_movements").height
    with shop.unit_of_work() as session:
        movement = session.scalars(select(StockMovement)).first()
        assert movement is not None
        session.add(
            StockMovement(
                variant_id=movement.variant_id, reason="COUNTED", on_hand=3, held=0
            )
        )

    assert export(settings) == {"stock_movements": [f"{datetime.now(UTC):%Y-%m}"]}
    assert read_table(storage, "stock_movements").height == count + 1


def test_a_deleted_account_is_found_nowhere(
    settings: Settings, storage: Storage, shop: Database
) -> None:
    """Of the customer with the most orders: not one row is left that says which were theirs."""
    orders = read_table(storage, "orders")
    with_account = read_table(storage, "customers").filter("has_account")["customer"]
    counted = (
        orders.filter(pl.col("customer").is_in(with_account.implode()))
        .group_by("customer")
        .len()
        .sort("len", "customer")
    )
    customer, count = counted.row(-1)
    assert count > 1
    owner = find_owner(shop, customer)
    with shop.unit_of_work() as session:
        session.execute(
            text(
                "UPDATE orders SET status = 'DELIVERED' WHERE customer_id = :owner"
                " AND status NOT IN ('CANCELLED', 'PAYMENT_FAILED')"
            ),
            {"owner": owner},
        )
    export(settings)
    with shop.unit_of_work() as session:
        delete_account(
            session, customer_id=owner, verified_hash=None, now=datetime.now(UTC)
        )

    export(settings)

    files = [
        path
        for path in storage.list_paths(FOLDER)
        if path.endswith(".parquet") and "/spellings/" not in path
    ]
    assert files
    for path in files:
        frame = pl.read_parquet(storage.uri(path), hive_partitioning=False)
        if "customer" in frame.columns:
            assert frame.filter(customer=customer).is_empty(), path
    theirs = read_table(storage, "orders").filter(
        pl.col("order_number").is_in(
            orders.filter(customer=customer)["order_number"].implode()
        )
    )
    assert theirs.height == count
    assert theirs["customer_status"].unique().to_list() == ["guest"]
    assert theirs["state"].unique().to_list() == [""]


class LaggingStorage(FileSystemStorage):
    """Reads the manifest that was there before, once."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.earlier = [self.read_bytes(manifests.MANIFEST_KEY)]

    def read_bytes(self, path: str) -> bytes:
        if path == manifests.MANIFEST_KEY and hasattr(self, "earlier") and self.earlier:
            return self.earlier.pop()
        return super().read_bytes(path)


@pytest.mark.usefixtures("storage")
def test_a_query_whose_files_go_meanwhile_reads_the_dataset_again(
    settings: Settings, shop: Database
) -> None:
    lagging = LaggingStorage(settings.var_dir / "storage")
    for path in lagging.list_paths(FOLDER):
        if path.endswith(".parquet"):
            lagging.delete(path)
    export_orders(BatchRun(settings), is_full=True)
    source = QueryService(shop, lagging, home_currency="USD", zone=ZONE)
    query = AnalyticsQuery.model_validate(
        {"metrics": ["orders"], "window": {"lastDay": "2026-01-31"}}
    )

    reply = answer_request(ProcessRequest(query=query), source)

    assert reply.computed is not None
    assert reply.computed.outcome.error is None
    assert lagging.earlier == []


def find_owner(shop: Database, number: int) -> UUID:
    """Whose first order it is."""
    with shop.unit_of_work() as session:
        owner = session.scalars(
            select(Order.customer_id).where(Order.number == number)
        ).one()
        assert owner is not None
        session.get_one(Customer, owner).password_hash = None
    return owner


EXAMPLES = re.findall(
    r"```python\n(.*?)```",
    (PROJECT_ROOT / "docs" / "dataset.md").read_text(),
    re.DOTALL,
)
MANIFEST_EXAMPLE, POLARS, PANDAS, DUCKDB, SPARK = EXAMPLES


READERS = str(PROJECT_ROOT / ".venv" / "readers" / "bin" / "python")
"""Installed by `.ci/run`."""


@pytest.mark.parametrize(
    ("python", "example"),
    [
        pytest.param(sys.executable, POLARS, id="polars"),
        pytest.param(sys.executable, DUCKDB, id="duckdb"),
        pytest.param(READERS, PANDAS, id="pandas", marks=pytest.mark.services),
        pytest.param(READERS, SPARK, id="spark", marks=pytest.mark.services),
    ],
)
def test_the_examples_of_the_page_print_net_revenue_by_month(
    settings: Settings, storage: Storage, python: str, example: str
) -> None:
    printed = subprocess.run(
        [python, "-c", f"{MANIFEST_EXAMPLE}\n{example}"],
        cwd=settings.var_dir.parent,
        env={**os.environ, "POLARS_FMT_MAX_ROWS": "1000", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert printed.returncode == 0, printed.stderr
    found = re.findall(r"(\d{4}-\d\d)[^\d-]+(-?[\d.]+)", printed.stdout)
    revenue = (
        read_table(storage, "order_lines")
        .filter("is_revenue")
        .group_by(month=pl.col("at").dt.strftime("%Y-%m"))
        .agg(pl.col("home_amount_minor").sum())
        .sort("month")
    )
    assert len(found) > 12
    assert [
        (month, round(float(amount) * 100)) for month, amount in found
    ] == revenue.rows()
