"""Vectors of products: made once for each text, and current."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import delete, select, update

from jobs.context import AlreadyDone, JobContext
from jobs.search import embed_products, heal_index, index_products
from tests.support.factories import RowFactory
from webapp.adapters.embeddings.port import DIMENSIONS, Vectors
from webapp.bootstrap import Runtime
from webapp.catalog.models import Product
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.kit.ids import new_id
from webapp.search.vectors import service
from webapp.search.vectors.models import ProductVector


class CountingEmbedder:
    """Keeps what it was given; its vectors are the numbers of the texts, as directions."""

    def __init__(
        self, model: str = "counting", meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        self.model = model
        self.texts: list[str] = []
        self._meanwhile = meanwhile

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        self._meanwhile()
        return np.eye(DIMENSIONS, dtype=np.float32)[: len(texts)]


def add_products(runtime: Runtime, *names: str, is_active: bool = True) -> list[UUID]:
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        return [rows.product(name=name, is_active=is_active).id for name in names]


def change_product(runtime: Runtime, product_id: UUID, **values: object) -> None:
    with runtime.db.unit_of_work() as session:
        session.execute(
            update(Product).where(Product.id == product_id).values(**values)
        )


def embed_all(runtime: Runtime, embedder: CountingEmbedder) -> int:
    with runtime.db.unit_of_work() as session:
        ids = session.scalars(select(Product.id).order_by(Product.id)).all()
    return service.embed_products(runtime.db, embedder, ids)


def list_jobs(runtime: Runtime) -> list[str]:
    """The ids of the products that are enqueued, by job."""
    with runtime.db.unit_of_work() as session:
        found = session.scalars(
            select(OutboxMessage).where(OutboxMessage.job == "search.embed_products")
        )
        return [message.arguments["ids"] for message in found]


def test_title_and_description_are_embedded_once(runtime: Runtime) -> None:
    add_products(runtime, "Lamp", "Rug")
    embedder = CountingEmbedder()

    assert embed_all(runtime, embedder) == 2
    assert embedder.texts == ["Lamp. Lamp for a test", "Rug. Rug for a test"]
    assert embed_all(runtime, embedder) == 0
    assert len(embedder.texts) == 2


def test_a_product_without_a_description_is_its_title(runtime: Runtime) -> None:
    [lamp] = add_products(runtime, "Lamp")
    change_product(runtime, lamp, description="")
    embedder = CountingEmbedder()

    embed_all(runtime, embedder)

    assert embedder.texts == ["Lamp"]


def test_a_long_text_is_cut(runtime: Runtime) -> None:
    [lamp] = add_products(runtime, "Lamp")
    change_product(runtime, lamp, description="ü" * 500)
    embedder = CountingEmbedder()

    embed_all(runtime, embedder)

    assert embedder.texts == ["Lamp. " + "ü" * 394]


def test_only_a_changed_text_is_embedded_again(runtime: Runtime) -> None:
    lamp, rug = add_products(runtime, "Lamp", "Rug")
    embed_all(runtime, CountingEmbedder())
    change_product(runtime, lamp, version=2, brand="Acme", tags=["new"])
    change_product(runtime, rug, description="Soft")
    embedder = CountingEmbedder()

    embed_all(runtime, embedder)

    assert embedder.texts == ["Rug. Soft"]


def test_another_model_embeds_all_again(runtime: Runtime) -> None:
    add_products(runtime, "Lamp", "Rug")
    embed_all(runtime, CountingEmbedder("first"))

    assert embed_all(runtime, CountingEmbedder("second")) == 2
    assert embed_all(runtime, CountingEmbedder("second")) == 0


def test_a_withdrawn_product_is_not_embedded(runtime: Runtime) -> None:
    add_products(runtime, "Lamp", is_active=False)

    assert embed_all(runtime, CountingEmbedder()) == 0


def test_a_text_that_changes_while_it_is_embedded_gets_no_vector(
    runtime: Runtime,
) -> None:
    lamp, rug = add_products(runtime, "Lamp", "Rug")

    def overtake() -> None:
        change_product(runtime, lamp, name="Lantern")

    assert embed_all(runtime, CountingEmbedder(meanwhile=overtake)) == 1
    with runtime.db.unit_of_work() as session:
        assert session.scalars(select(ProductVector.product_id)).all() == [rug]


def test_a_product_deleted_while_it_is_embedded_gets_no_vector(
    runtime: Runtime,
) -> None:
    [lamp] = add_products(runtime, "Lamp")

    def delete_lamp() -> None:
        with runtime.db.unit_of_work() as session:
            session.execute(delete(Product).where(Product.id == lamp))

    assert embed_all(runtime, CountingEmbedder(meanwhile=delete_lamp)) == 0


def test_a_deleted_product_takes_its_vector_along(runtime: Runtime) -> None:
    add_products(runtime, "Lamp")
    embed_all(runtime, CountingEmbedder())

    with runtime.db.unit_of_work() as session:
        session.execute(delete(Product))
        assert session.scalars(select(ProductVector.product_id)).all() == []


def test_what_needs_no_vector_is_not_enqueued(runtime: Runtime) -> None:
    lamp, rug = add_products(runtime, "Lamp", "Rug")
    embed_all(runtime, CountingEmbedder())
    change_product(runtime, rug, name="Carpet")

    with runtime.db.unit_of_work() as session:
        service.enqueue_embedding(session, model="counting", ids=[lamp, rug, new_id()])

    assert list_jobs(runtime) == [str(rug)]


def test_the_catalog_is_enqueued_in_batches_unless_it_is(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH_SIZE", 2)
    lamp, rug, mug = add_products(runtime, "Lamp", "Rug", "Mug")

    with runtime.db.unit_of_work() as session:
        assert service.enqueue_catalog(session, model="counting") == 3
    assert list_jobs(runtime) == [f"{lamp},{rug}", str(mug)]
    with runtime.db.unit_of_work() as session:
        assert service.enqueue_catalog(session, model="counting") == 0


def test_one_run_at_a_time_embeds_the_catalog(runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as first, runtime.db.unit_of_work() as second:
        assert service.lock_catalog(first, waits=False)
        assert not service.lock_catalog(second, waits=False)
    with runtime.db.unit_of_work() as third:
        assert service.lock_catalog(third, waits=True)


def run_job(
    runtime: Runtime, job: Callable[..., None], **arguments: str
) -> OutboxMessage:
    with runtime.db.unit_of_work() as session:
        message = enqueue(session, "a job")
    job(runtime, JobContext(message.id), **arguments)
    with runtime.db.unit_of_work() as session:
        return session.get_one(OutboxMessage, message.id)


def test_indexing_enqueues_the_embedding_of_a_text_that_changed(
    runtime: Runtime,
) -> None:
    [lamp] = add_products(runtime, "Lamp")
    runtime = replace(runtime, embedder=CountingEmbedder())

    assert run_job(runtime, index_products, ids=str(lamp)).done_at
    assert list_jobs(runtime) == [str(lamp)]

    assert run_job(runtime, embed_products, ids=str(lamp)).done_at
    change_product(runtime, lamp, version=2, brand="Acme")
    run_job(runtime, index_products, ids=str(lamp))
    assert list_jobs(runtime) == [str(lamp)], "not again for its brand"


def test_a_message_that_is_done_is_not_done_again(runtime: Runtime) -> None:
    [lamp] = add_products(runtime, "Lamp")
    runtime = replace(runtime, embedder=CountingEmbedder())
    message = run_job(runtime, embed_products, ids=str(lamp))

    with pytest.raises(AlreadyDone):
        embed_products(runtime, JobContext(message.id), ids=str(lamp))


def test_the_drift_check_enqueues_what_lacks_a_vector(runtime: Runtime) -> None:
    lamp, rug = add_products(runtime, "Lamp", "Rug")
    runtime = replace(runtime, embedder=CountingEmbedder())
    service.embed_products(runtime.db, runtime.embedder, [lamp])

    assert run_job(runtime, heal_index).done_at

    assert list_jobs(runtime) == [str(rug)]
