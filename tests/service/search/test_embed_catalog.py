"""The batch job that embeds the catalog: only what changed, cut off and run again, and twice."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from jobs.batch import embed_catalog as job
from jobs.batch.embed_catalog import embed_catalog, split_products
from jobs.batch.metrics import RunMetrics
from jobs.batch.runner import BatchRun, JobRuns
from tests.support.factories import RowFactory
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from tests.support.word_embedder import WordEmbedder
from webapp.adapters.embeddings.port import DIMENSIONS, Embedder, Vectors
from webapp.catalog.models import Product
from webapp.config import PROJECT_ROOT, Settings
from webapp.db.session import Database
from webapp.kit.ids import new_id
from webapp.search.vectors import service
from webapp.search.vectors.models import ProductVector


class ShortWordEmbedder(WordEmbedder):
    """As wide as the model; stops at a text that it is told."""

    def __init__(self, stops_at: str | None = None) -> None:
        self._stops_at = stops_at

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self._stops_at in texts:
            raise KeyboardInterrupt
        return super().embed(texts)[:, :DIMENSIONS] + 0.01


def use_embedder(monkeypatch: pytest.MonkeyPatch, embedder: Embedder) -> None:
    monkeypatch.setattr(job, "open_embedder", lambda _: embedder)


@pytest.fixture(autouse=True)
def _small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "UNIT_SIZE", 2)
    use_embedder(monkeypatch, ShortWordEmbedder())


@pytest.fixture
def products(database: Database) -> list[UUID]:
    with database.unit_of_work() as session:
        rows = RowFactory(session)
        return [rows.product(name=f"Lamp {number}").id for number in range(5)]


@pytest.fixture
def lines() -> list[str]:
    """What the run has printed."""
    return []


@pytest.fixture
def run(postgres_url: str, tmp_path: Path, lines: list[str]) -> BatchRun:
    settings = Settings(database_url=postgres_url, var_dir=tmp_path)
    return BatchRun(settings, print_line=lines.append, metrics=RunMetrics("embed"))


def count_vectors(database: Database) -> int:
    with database.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(ProductVector)) or 0


def test_units_are_named_by_the_numbers_of_their_products() -> None:
    ids = [new_id() for _ in range(3)]

    assert split_products(ids) == {"products 1-2": ids[:2], "products 3-3": ids[2:]}
    assert split_products([]) == {}


@pytest.mark.usefixtures("products")
def test_the_catalog_is_embedded_with_a_line_for_each_unit(
    run: BatchRun, lines: list[str], database: Database
) -> None:
    assert embed_catalog(run) == 5

    assert count_vectors(database) == 5
    assert [line.rsplit("  ", 1)[0] for line in lines] == [
        "1/3  products 1-2  2 embedded",
        "2/3  products 3-4  2 embedded",
        "3/3  products 5-5  1 embedded",
    ]
    assert run.metrics.rows == 5


def test_a_second_run_embeds_only_what_changed(
    run: BatchRun, lines: list[str], database: Database, products: list[UUID]
) -> None:
    embed_catalog(run)
    with database.unit_of_work() as session:
        session.execute(
            update(Product).where(Product.id == products[3]).values(name="Rug")
        )
    lines.clear()

    assert embed_catalog(run) == 1
    assert embed_catalog(run) == 0
    assert len(lines) == 1


@pytest.mark.usefixtures("products")
def test_a_run_that_was_cut_off_is_gone_on_with(
    run: BatchRun, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    use_embedder(monkeypatch, ShortWordEmbedder("Lamp 3. Lamp 3 for a test"))
    with pytest.raises(KeyboardInterrupt):
        embed_catalog(run)
    assert count_vectors(database) == 2

    use_embedder(monkeypatch, ShortWordEmbedder())
    assert embed_catalog(run) == 3


@pytest.mark.usefixtures("products")
def test_a_second_run_at_once_waits_and_then_has_nothing_to_do(
    run: BatchRun, database: Database, lines: list[str]
) -> None:
    counts: list[int] = []
    with database.unit_of_work() as first:
        service.lock_catalog(first, waits=False)
        with pytest.raises(JobRuns):
            embed_catalog(BatchRun(run.settings, waits=False))
        waiting = Thread(target=lambda: counts.append(embed_catalog(run)))
        waiting.start()
        eventually(lambda: count_lock_waiters(database) == 1)
        with database.unit_of_work() as session:
            ids = service.list_products_to_embed(session, model="word")
        service.embed_products(database, ShortWordEmbedder(), ids)
    waiting.join()

    assert counts == [0]
    assert lines == ["The catalog is being embedded: waiting for the end"]


@pytest.mark.slow
def test_the_command_says_what_it_does() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jobs.batch.embed_catalog", "--help"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Embed the titles and descriptions" in done.stdout
    assert "--no-wait" in done.stdout
