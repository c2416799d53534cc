"""Keeps the index in step with the database.

The engine is never called inside a transaction, so a product may change between reading
and writing it, and two jobs may write the same product in either order. Therefore whoever
wrote looks again, and repeats what is not as it was: the last to write has then seen the
last change.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from webapp.adapters.search.port import ProductDocument, SearchEngine, SearchNotReady
from webapp.db.session import Database
from webapp.search import repository, service

BATCH = 500
"""Products read and written at once: about 2 MB and 0.2 s."""


@dataclass(frozen=True)
class IndexDrift:
    """How index and database differed."""

    missing: int
    outdated: int
    orphaned: int

    @property
    def total(self) -> int:
        return self.missing + self.outdated + self.orphaned


def index_products(db: Database, engine: SearchEngine, ids: Collection[UUID]) -> None:
    """Bring these products into the index as they are now, or out of it. Where there is
    no usable index, build it whole."""
    try:
        _index_all(db, engine, list(dict.fromkeys(ids)))
    except SearchNotReady:
        rebuild_index(db, engine)


def rebuild_index(db: Database, engine: SearchEngine) -> int:
    """Build the index anew while the old one answers; returns how many products."""
    count = engine.rebuild(_every_entry(db))
    # What changed meanwhile went into the old index.
    _, ids = find_drift(db, engine)
    _index_all(db, engine, ids)
    return count


def heal_index(db: Database, engine: SearchEngine) -> IndexDrift:
    """Compare index and database, and mend what differs; an unusable index is rebuilt."""
    try:
        drift, ids = find_drift(db, engine)
        _index_all(db, engine, ids)
    except SearchNotReady:
        return IndexDrift(missing=rebuild_index(db, engine), outdated=0, orphaned=0)
    return drift


def find_drift(db: Database, engine: SearchEngine) -> tuple[IndexDrift, Sequence[UUID]]:
    """How far the index is off by version and availability, and which products are."""
    held = engine.list_versions()
    with db.unit_of_work() as session:
        wanted = repository.list_document_versions(session)
    missing = wanted.keys() - held.keys()
    extra = held.keys() - wanted.keys()
    outdated = {
        product_id
        for product_id in wanted.keys() & held.keys()
        if wanted[product_id] != held[product_id]
    }
    drift = IndexDrift(len(missing), len(outdated), len(extra))
    return drift, sorted(missing | outdated | extra)


def _index_all(db: Database, engine: SearchEngine, ids: Sequence[UUID]) -> None:
    for start in range(0, len(ids), BATCH):
        _index(db, engine, ids[start : start + BATCH])


def _index(db: Database, engine: SearchEngine, ids: Sequence[UUID]) -> None:
    while ids:
        with db.unit_of_work() as session:
            entries = service.build_documents(session, ids=ids)
        written = {entry.product_id: entry.document_version for entry in entries}
        withdrawn = [product_id for product_id in ids if product_id not in written]
        if entries:
            engine.upsert(entries)
        if withdrawn:
            engine.delete(withdrawn)
        with db.unit_of_work() as session:
            now = repository.list_document_versions(session, ids)
        ids = [each for each in ids if written.get(each) != now.get(each)]


def _every_entry(db: Database) -> Iterator[ProductDocument]:
    last: UUID | None = None
    while True:
        with db.unit_of_work() as session:
            ids = repository.list_next_active_ids(session, after=last, limit=BATCH)
            entries = service.build_documents(session, ids=ids)
        if not ids:
            return
        yield from entries
        last = ids[-1]
