"""An import that is cut short, between any two batches, goes on where it was."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from tests.support.imports import ImportHarness
from webapp.catalog.models import Product
from webapp.imports import runner
from webapp.imports.errors import ImportUnderWay
from webapp.imports.history import service as history
from webapp.imports.progress import ImportCounts, NullProgress
from webapp.orders.models import Order, OrderItem

KETTLES: list[dict[str, object]] = [
    {"id": str(n), "name": f"Kettle {n}", "price": n} for n in range(1, 8)
]
LINES = [
    f"{invoice},S{n},THING {n},{n},2011-01-0{invoice} 10:00:00,1.50,,France"
    for n, invoice in enumerate([1, 2, 1, 3, 3, 2, 4], start=1)
]


class PulledOut(Exception):
    """The plug, at a moment of the test's choice."""


class Stops(NullProgress):
    def __init__(self, after: int) -> None:
        self.left = after

    def update(self, done: int, *, rows: int) -> None:  # noqa: ARG002
        self.left -= 1
        if self.left == 0:
            raise PulledOut


class Meanwhile(NullProgress):
    def __init__(self, other: Callable[[], object]) -> None:
        self.other = other

    def update(self, done: int, *, rows: int) -> None:  # noqa: ARG002
        self.other()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PRODUCT_BATCH_SIZE", 2)
    monkeypatch.setattr(runner, "LINE_BATCH_SIZE", 2)
    monkeypatch.setattr(history, "LINE_BATCH_SIZE", 2)
    monkeypatch.setattr(history, "PRODUCT_BATCH_SIZE", 3)


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_products_go_on_after_the_last_whole_batch(
    importing: ImportHarness, after: int
) -> None:
    rows: list[dict[str, object]] = [*KETTLES, {"id": "8"}, KETTLES[0]]
    with pytest.raises(PulledOut):
        importing.import_products(rows, progress=Stops(after))

    summary = importing.import_products(rows)

    assert summary.is_resumed
    assert summary.counts == ImportCounts(created=7, rejected=2)
    assert [each["line"] for each in importing.read_rejects()] == [8, 9]
    with importing.db.unit_of_work() as session:
        assert session.scalar(select(func.count(Product.id))) == 7
        assert session.scalar(select(func.max(Product.version))) == 1


@pytest.mark.parametrize("after", range(1, 12))
def test_orders_go_on_in_every_step(importing: ImportHarness, after: int) -> None:
    rows = [*LINES, "broken"]
    try:
        importing.import_retail_orders(*rows, progress=Stops(after))
    except PulledOut:
        summary = importing.import_retail_orders(*rows)
    else:
        pytest.fail("the run ended before the plug was pulled")

    assert summary.is_resumed
    assert summary.counts == ImportCounts(created=7, rejected=1, orders=4, products=7)
    assert [each["line"] for each in importing.read_rejects()] == [9]
    with importing.db.unit_of_work() as session:
        assert session.scalar(select(func.count(Order.id))) == 4
        assert session.scalar(select(func.count(OrderItem.id))) == 7
        assert session.scalar(select(func.sum(Order.total_minor))) == 28 * 150


def test_two_imports_of_one_file_do_nothing_twice(importing: ImportHarness) -> None:
    """The second one takes over; the first finds that out at its next batch and stops."""
    second = Meanwhile(lambda: importing.import_products(KETTLES))

    with pytest.raises(ImportUnderWay):
        importing.import_products(KETTLES, progress=second)

    with importing.db.unit_of_work() as session:
        assert session.scalar(select(func.count(Product.id))) == 7
        assert session.scalar(select(func.max(Product.version))) == 1
