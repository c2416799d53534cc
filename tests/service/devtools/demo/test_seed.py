"""Which shops are filled with demo data, and which are left unchanged."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.support.factories import RowFactory
from webapp.accounts.models import Customer
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.catalog.models import Product
from webapp.config import Settings, Stage
from webapp.db.session import Database
from webapp.devtools.demo.accounts import (
    DRAFT_FILE,
    PUBLISHED_FILE,
    load_or_create_passwords,
)
from webapp.devtools.demo.catalog import load_catalog
from webapp.devtools.demo.seed import seed_shop
from webapp.orders.models import Order

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class SeedRun:
    """Seeds the shop as a start does, and records the progress messages."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.storage = FileSystemStorage(settings.var_dir / "storage")
        self.messages: list[str] = []
        self._database = database
        self._settings = settings

    def __call__(self) -> bool:
        return seed_shop(
            self._database,
            self.storage,
            settings=self._settings,
            now=NOW,
            report=self.messages.append,
        )

    def count_customers(self) -> int:
        """Without the demo accounts."""
        with self._database.unit_of_work() as session:
            return session.scalars(select(func.count(Customer.id))).one() - 2

    def counts(self) -> tuple[int, int]:
        with self._database.unit_of_work() as session:
            products = session.scalars(select(func.count(Product.id))).one()
            orders = session.scalars(select(func.count(Order.id))).one()
        return products, orders


@pytest.fixture
def start(database: Database, settings: Settings) -> SeedRun:
    return SeedRun(database, settings)


@pytest.mark.slow
def test_the_first_start_fills_the_shop_and_the_second_changes_nothing(
    start: SeedRun, tmp_path: Path
) -> None:
    assert start() is True
    filled, file = start.counts(), (tmp_path / PUBLISHED_FILE).read_bytes()

    assert start() is False

    assert filled[0] == len(load_catalog())
    assert start.counts() == filled
    assert (tmp_path / PUBLISHED_FILE).read_bytes() == file
    assert json.loads(file).keys() == {"customer", "admin"}
    assert start.messages == [
        "204 pictures",
        "204 products in 12 categories",
        f"{filled[1] - 1} orders of {start.count_customers()} customers and guests",
        start.messages[3],
        "15 help articles",
        "The shop is in use: nothing to do",
    ]
    assert re.fullmatch(r"\d{5} searches", start.messages[3])
    for product in load_catalog():
        assert start.storage.exists(product.picture_path)


def test_a_shop_with_a_product_is_left_unchanged(
    start: SeedRun, database: Database, tmp_path: Path
) -> None:
    with database.unit_of_work() as session:
        RowFactory(session).product()

    assert start() is False
    assert start.counts() == (1, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_shop_with_a_registered_customer_is_left_unchanged(
    start: SeedRun, database: Database, tmp_path: Path
) -> None:
    with database.unit_of_work() as session:
        RowFactory(session).customer()

    assert start() is False
    assert start.counts() == (0, 0)
    assert list(tmp_path.iterdir()) == []


def test_passwords_of_an_interrupted_start_are_not_published_for_another_shop(
    start: SeedRun, database: Database, tmp_path: Path
) -> None:
    load_or_create_passwords(tmp_path)
    with database.unit_of_work() as session:
        RowFactory(session).customer()

    start()

    assert (tmp_path / DRAFT_FILE).exists()
    assert not (tmp_path / PUBLISHED_FILE).exists()


def test_passwords_of_a_start_that_was_killed_after_its_commit_are_published(
    start: SeedRun, database: Database, tmp_path: Path
) -> None:
    load_or_create_passwords(tmp_path)
    with database.unit_of_work() as session:
        RowFactory(session).customer(email="admin@example.com", admin=True)

    assert start() is False
    assert (tmp_path / PUBLISHED_FILE).exists()


def test_production_is_never_filled(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    start = SeedRun(database, settings.model_copy(update={"stage": Stage.PRODUCTION}))

    assert start() is False
    assert start.messages == ["No demo data in production"]
    assert start.counts() == (0, 0)
    assert list(tmp_path.iterdir()) == []
