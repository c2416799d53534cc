"""The figures of the dataset with what changed since are those of all lines of the database."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from analytics.dataset import manifest as manifests
from analytics.dataset.current import load_current_facts
from analytics.facts.database import load_order_facts
from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from analytics.semantic.steps import Frames, Step, run_in_process
from jobs.batch.export_orders import export_orders
from jobs.batch.runner import BatchRun
from tests.conftest import EMPTY_ALL_TABLES
from tests.service.analytics.test_order_facts import insert_order, insert_refunds
from tests.support.factories import RowFactory
from tests.support.order_history import OrderHistory
from tests.support.thoroughness import THOROUGHNESS
from tests.unit.analytics.test_figures_against_sql import queries
from webapp.adapters.storage.build import build_storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import ImpossibleQuery
from webapp.orders import service as orders
from webapp.orders.models import Order

pytestmark = pytest.mark.slow

ANN = [1001, 1002]
UTC_ZONE = ZoneInfo("UTC")
MARCH_2026 = datetime(2026, 3, 10, tzinfo=UTC)
JANUARY_2025 = datetime(2025, 1, 10, tzinfo=UTC)
Json = dict[str, Any]


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(database_url=postgres_url, var_dir=tmp_path)


@pytest.fixture
def exported(settings: Settings, database: Database) -> Database:
    """Two orders of Ann, of January 2025 and March 2026, and one of Bob; all in the dataset."""
    with database.unit_of_work() as session:
        insert_order(session, customer_ref="ann", placed_at=JANUARY_2025)
        insert_order(session, customer_ref="ann", placed_at=MARCH_2026)
        insert_order(session, customer_ref="bob", placed_at=MARCH_2026)
    export_orders(BatchRun(settings))
    return database


def load(database: Database, settings: Settings) -> OrderFacts:
    with database.unit_of_work() as session:
        return load_current_facts(
            session, build_storage(settings), home_currency=settings.currency
        )


def load_all(database: Database) -> OrderFacts:
    with database.unit_of_work() as session:
        return load_order_facts(session, home_currency="USD")


def sort_lines(facts: OrderFacts) -> pl.DataFrame:
    """Which of the lines of an order opens it does not matter: one of them does."""
    sold = pl.col("opens_order").sum().over("order_number")
    return facts.scan().with_columns(opens_order=sold).sort(pl.all()).collect()


def check_lines(database: Database, settings: Settings) -> OrderFacts:
    """The lines that are loaded are those of the database; the dataset is part of them."""
    facts = load(database, settings)
    assert facts.source == "dataset"
    assert sort_lines(facts).equals(sort_lines(load_all(database)))
    return facts


def list_live(facts: OrderFacts) -> list[int]:
    """The numbers of the orders that were read from the database."""
    return sorted(facts.lines.collect()["order_number"].unique())


def test_what_has_not_changed_is_not_read_from_the_database(
    exported: Database, settings: Settings
) -> None:
    facts = check_lines(exported, settings)

    assert list_live(facts) == []
    assert [month.rows for month in facts.months] == [1, 2]


def test_without_a_dataset_all_lines_are_read_from_the_database(
    exported: Database, settings: Settings
) -> None:
    build_storage(settings).delete(manifests.MANIFEST_KEY)

    facts = load(exported, settings)

    assert (facts.source, list(facts.months)) == ("database", [])
    assert list_live(facts) == [1001, 1002, 1003]


@pytest.mark.parametrize(
    "other",
    [{"home_currency": "EUR"}, {"columns": {"order_lines": "of an earlier version"}}],
)
def test_a_dataset_with_other_columns_or_amounts_is_not_used(
    exported: Database, settings: Settings, other: Json
) -> None:
    storage = build_storage(settings)
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    manifests.save_manifest(storage, manifest.model_copy(update=other))

    assert load(exported, settings).source == "database"


def refund_old_order(session: Session) -> None:
    order = session.scalars(select(Order).filter_by(number=1001)).one()
    order.payment_status = "PARTIALLY_REFUNDED"
    insert_refunds(session, order, 540, at=MARCH_2026)


def execute(statement: str) -> Callable[[Session], object]:
    return lambda session: session.execute(text(statement))


@pytest.mark.parametrize(
    ("change", "live"),
    [
        (refund_old_order, [1001, 1002]),
        (execute("UPDATE orders SET status = 'CANCELLED' WHERE number = 1003"), [1003]),
        (execute("DELETE FROM orders WHERE number = 1003"), []),
        (execute("DELETE FROM orders WHERE number = 1001"), [1002]),
        (execute("UPDATE orders SET status = 'CANCELLED' WHERE number = 1001"), ANN),
        (execute("UPDATE orders SET customer_ref = 'cid' WHERE number = 1001"), ANN),
        (
            execute("UPDATE orders SET placed_at = '2024-12-01' WHERE number = 1002"),
            ANN,
        ),
        (execute("UPDATE order_items SET category = 'New'"), [1001, 1002, 1003]),
        (lambda session: insert_order(session, placed_at=JANUARY_2025), [1004]),
        (
            lambda session: insert_order(
                session, customer_ref="bob", placed_at=JANUARY_2025
            ),
            [1003, 1004],
        ),
    ],
)
def test_what_has_changed_is_read_from_the_database(
    exported: Database,
    settings: Settings,
    change: Callable[[Session], object],
    live: list[int],
) -> None:
    with exported.unit_of_work() as session:
        change(session)

    assert list_live(check_lines(exported, settings)) == live


def test_a_transaction_that_commits_after_the_export_counts_at_once(
    exported: Database, settings: Settings
) -> None:
    with exported.unit_of_work() as late:
        late.execute(text("UPDATE orders SET status = 'CANCELLED' WHERE number = 1003"))
        export_orders(BatchRun(settings))
        assert list_live(check_lines(exported, settings)) == []

    assert list_live(check_lines(exported, settings)) == [1003]


def test_the_orders_of_a_deleted_account_lose_their_address(
    settings: Settings, database: Database
) -> None:
    with database.unit_of_work() as session:
        account = RowFactory(session).customer()
        address = {"country": "US", "state": "Texas"}
        insert_order(session, customer_id=account.id, shipping_address=address)
    export_orders(BatchRun(settings))

    with database.unit_of_work() as session:
        orders.anonymize_customer(session, owner_id=account.id)

    facts = check_lines(database, settings)
    assert facts.scan().collect()["state"].to_list() == [""]


SINCE_MARCH = {"metrics": ["orders"], "window": {"firstDay": "2026-03-01"}}


def list_rows_read(facts: OrderFacts, query: Json) -> list[int]:
    """How many lines of files each step has been given: of the extent, of spellings where there are
    some, of the figures."""
    rows: list[int] = []

    def run_step(step: Step, selected: OrderFacts) -> Sequence[Frames]:
        rows.append(selected.stored_rows)
        return run_in_process(step, selected)

    run_query(
        AnalyticsQuery.model_validate(query),
        facts,
        home_currency="USD",
        zone=UTC_ZONE,
        run_step=run_step,
    )
    return rows


RENAME_FIRST_LINE = """
    UPDATE order_items SET name = 'Cup'
    WHERE order_id = (SELECT id FROM orders WHERE number = 1001)
"""


def test_only_the_months_of_the_windows_are_read(
    exported: Database, settings: Settings
) -> None:
    """The extent and the spellings of others are known without reading them."""
    facts = load(exported, settings)
    by_product = {**SINCE_MARCH, "groupBy": ["product"]}

    assert list_rows_read(facts, SINCE_MARCH) == [0, 2]
    assert list_rows_read(facts, by_product) == [0, 0, 2]
    past = {**by_product, "asOf": "2026-03-05T00:00:00Z"}
    assert list_rows_read(facts, past) == [0, 2, 0]


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        # Ann's second order is no longer that of a returning customer, and no more.
        ("UPDATE orders SET customer_ref = 'cid' WHERE number = 1002", [0, 2, 2]),
        (RENAME_FIRST_LINE, [1, 1, 2]),
    ],
)
def test_months_of_orders_that_were_rewritten_are_read(
    exported: Database, settings: Settings, change: str, rows: list[int]
) -> None:
    with exported.unit_of_work() as session:
        session.execute(text(change))
    facts = check_lines(exported, settings)

    assert list_rows_read(facts, {**SINCE_MARCH, "groupBy": ["product"]}) == rows


def test_spellings_of_another_version_are_not_used_and_written_anew(
    exported: Database, settings: Settings
) -> None:
    storage = build_storage(settings)
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    manifest.spelled = "of an earlier version"
    manifests.save_manifest(storage, manifest)
    by_product = {**SINCE_MARCH, "groupBy": ["product"]}

    assert list_rows_read(load(exported, settings), by_product) == [0, 3, 2]
    assert export_orders(BatchRun(settings)).plan["order_lines"].months == [
        "2025-01",
        "2026-03",
    ]
    assert list_rows_read(load(exported, settings), by_product) == [0, 0, 2]


def run_by_month(step: Step, facts: OrderFacts) -> Sequence[Frames]:
    """As a cluster does: each month by itself, and the lines of the database."""
    stored = facts.without_lines()
    months = [stored.with_months([each]) for each in facts.months]
    parts = [facts.with_months([]), *months]
    return [frames for part in parts for frames in run_in_process(step, part)]


def describe(query: AnalyticsQuery, facts: OrderFacts, **options: Any) -> Json | str:
    """The result without its source, or why there is none."""
    at = replace(facts, as_of=datetime(2026, 7, 1, tzinfo=UTC))
    try:
        result = run_query(query, at, home_currency="USD", zone=UTC_ZONE, **options)
    except ImpossibleQuery as error:
        return error.reason
    return result.model_dump(mode="json", exclude={"receipt": {"source"}})


def check_figures(
    database: Database, settings: Settings, seed: int, asked: Sequence[AnalyticsQuery]
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(EMPTY_ALL_TABLES)
    # The log of changes is empty, too.
    build_storage(settings).delete(manifests.MANIFEST_KEY)
    with database.unit_of_work() as session:
        OrderHistory(session, seed).change(40)
    export_orders(BatchRun(settings))
    with database.unit_of_work() as session:
        OrderHistory(session, seed + 1).change(8)
    whole = load_all(database)
    current = check_lines(database, settings)
    export_orders(BatchRun(settings))
    partitioned = load(database, settings)
    assert list_live(partitioned) == []

    for query in asked:
        expected = describe(query, whole)
        assert describe(query, current) == expected
        assert describe(query, partitioned) == expected
        assert describe(query, current, run_step=run_by_month) == expected


@pytest.mark.timeout(300 * THOROUGHNESS)
@examples(
    deadline=None,
    max_examples=10 * THOROUGHNESS,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # A failing example is not made smaller: each takes seconds.
    phases=[Phase.explicit, Phase.generate],
)
@given(seed=st.integers(0, 10_000), asked=st.lists(queries(), min_size=5, max_size=10))
def test_any_query_has_the_same_figures_over_any_parts(
    database: Database, settings: Settings, seed: int, asked: list[AnalyticsQuery]
) -> None:
    check_figures(database, settings, seed, asked)
