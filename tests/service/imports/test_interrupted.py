"""An import that is interrupted between any two batches resumes where it stopped."""

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


class Interrupted(Exception):
    """A crash of the import, after a number of batches that the test chooses."""


class InterruptingProgress(NullProgress):
    def __init__(self, after: int) -> None:
        self.remaining = after

    def update(self, done: int, *, rows: int) -> None:  # noqa: ARG002
        self.remaining -= 1
        if self.remaining == 0:
            raise Interrupted


class CallbackProgress(NullProgress):
    """Calls a function after each batch."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback

    def update(self, done: int, *, rows: int) -> None:  # noqa: ARG002
        self.callback()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "PRODUCT_BATCH_SIZE", 2)
    monkeypatch.setattr(runner, "LINE_BATCH_SIZE", 2)
    monkeypatch.setattr(history, "LINE_BATCH_SIZE", 2)
    monkeypatch.setattr(history, "PRODUCT_BATCH_SIZE", 3)


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_products_resume_after_the_last_whole_batch(
    harness: ImportHarness, after: int
) -> None:
    rows: list[dict[str, object]] = [*KETTLES, {"id": "8"}, KETTLES[0]]
    with pytest.raises(Interrupted):
        harness.import_products(rows, progress=InterruptingProgress(after))

    summary = harness.import_products(rows)

    assert summary.is_resumed
    assert summary.counts == ImportCounts(created=7, rejected=2)
    assert [each["line"] for each in harness.read_rejects()] == [8, 9]
    with harness.db.unit_of_work() as session:
        assert session.scalar(select(func.count(Product.id))) == 7
        assert session.scalar(select(func.max(Product.version))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("after", range(1, 12))
def test_orders_resume_in_every_step(harness: ImportHarness, after: int) -> None:
    rows = [*LINES, "broken"]
    try:
        harness.import_retail_orders(*rows, progress=InterruptingProgress(after))
    except Interrupted:
        summary = harness.import_retail_orders(*rows)
    else:
        pytest.fail("the run ended before it was interrupted")

    assert summary.is_resumed
    assert summary.counts == ImportCounts(created=7, rejected=1, orders=4, products=7)
    assert [each["line"] for each in harness.read_rejects()] == [9]
    with harness.db.unit_of_work() as session:
        assert session.scalar(select(func.count(Order.id))) == 4
        assert session.scalar(select(func.count(OrderItem.id))) == 7
        assert session.scalar(select(func.sum(Order.total_minor))) == 28 * 150


def test_concurrent_imports_of_one_file_import_nothing_twice(
    harness: ImportHarness,
) -> None:
    """The second import takes over the run; the first detects it at its next batch and stops."""
    second = CallbackProgress(lambda: harness.import_products(KETTLES))

    with pytest.raises(ImportUnderWay):
        harness.import_products(KETTLES, progress=second)

    with harness.db.unit_of_work() as session:
        assert session.scalar(select(func.count(Product.id))) == 7
        assert session.scalar(select(func.max(Product.version))) == 1
