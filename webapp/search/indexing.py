"""Keeps the search index in step with the database.

The engine is never called inside a transaction, so a product may change between reading
and writing it, and two jobs may write the same product in either order. Therefore each
writer reads the versions again after writing and repeats the products that differ: the
last writer has then seen the last change.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from webapp.adapters.search.port import ProductDocument, SearchEngine, SearchNotReady
from webapp.db.session import Database
from webapp.search import repository, service

BATCH_SIZE = 500
"""Products read and written at once: about 2 MB and 0.2 s."""


@dataclass(frozen=True)
class IndexDrift:
    """Number of products by kind of difference between index and database."""

    missing: int
    outdated: int
    orphaned: int

    @property
    def total(self) -> int:
        return self.missing + self.outdated + self.orphaned


def index_products(db: Database, engine: SearchEngine, ids: Collection[UUID]) -> None:
    """Index these products as they are now; delete those that are not on sale.

    Builds the whole index when there is no usable one.
    """
    try:
        _index_all(db, engine, list(dict.fromkeys(ids)))
    except SearchNotReady:
        rebuild_index(db, engine)


def rebuild_index(db: Database, engine: SearchEngine) -> int:
    """Rebuild the index while the old one answers; return the number of products."""
    count = engine.rebuild(_iter_documents(db))
    # Changes made meanwhile went into the old index.
    _, ids = find_drift(db, engine)
    _index_all(db, engine, ids)
    return count


def repair_index(db: Database, engine: SearchEngine) -> IndexDrift:
    """Compare index and database and repair differences; rebuild an unusable index."""
    try:
        drift, ids = find_drift(db, engine)
        _index_all(db, engine, ids)
    except SearchNotReady:
        return IndexDrift(missing=rebuild_index(db, engine), outdated=0, orphaned=0)
    return drift


def find_drift(db: Database, engine: SearchEngine) -> tuple[IndexDrift, Sequence[UUID]]:
    """Compare versions and availability: the counts, and the products that differ."""
    indexed = engine.list_versions()
    with db.unit_of_work() as session:
        expected = repository.list_document_versions(session)
    missing = expected.keys() - indexed.keys()
    orphaned = indexed.keys() - expected.keys()
    outdated = {
        product_id
        for product_id in expected.keys() & indexed.keys()
        if expected[product_id] != indexed[product_id]
    }
    drift = IndexDrift(len(missing), len(outdated), len(orphaned))
    return drift, sorted(missing | outdated | orphaned)


def _index_all(db: Database, engine: SearchEngine, ids: Sequence[UUID]) -> None:
    for start in range(0, len(ids), BATCH_SIZE):
        _index_batch(db, engine, ids[start : start + BATCH_SIZE])


def _index_batch(db: Database, engine: SearchEngine, ids: Sequence[UUID]) -> None:
    while ids:
        with db.unit_of_work() as session:
            documents = service.build_documents(session, ids=ids)
        written = {
            document.product_id: document.document_version for document in documents
        }
        withdrawn = [product_id for product_id in ids if product_id not in written]
        if documents:
            engine.upsert(documents)
        if withdrawn:
            engine.delete(withdrawn)
        with db.unit_of_work() as session:
            current = repository.list_document_versions(session, ids)
        ids = [
            product_id
            for product_id in ids
            if written.get(product_id) != current.get(product_id)
        ]


def _iter_documents(db: Database) -> Iterator[ProductDocument]:
    last_id: UUID | None = None
    while True:
        with db.unit_of_work() as session:
            ids = repository.list_next_active_ids(
                session, after=last_id, limit=BATCH_SIZE
            )
            documents = service.build_documents(session, ids=ids)
        if not ids:
            return
        yield from documents
        last_id = ids[-1]
