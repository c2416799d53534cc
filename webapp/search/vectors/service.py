"""Keeps a vector of each product on sale, by which search finds what is meant.

A vector is of the product's title and description, and stored with the hash of that text: only
what has none, or one of another text or model, is embedded. The model runs with no transaction
open, and a text that was changed meanwhile gets no vector: its change has enqueued another job.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.embeddings.port import Embedder
from webapp.db import outbox
from webapp.db.session import Database
from webapp.search.vectors import repository

BATCH_SIZE = 200
"""Products embedded by one job, in some three seconds, for which mails wait."""


def embed_products(db: Database, embedder: Embedder, ids: Sequence[UUID]) -> int:
    """Embed those of the products whose vector is missing or of another text or model; return
    how many."""
    with db.unit_of_work() as session:
        texts = repository.list_changed_texts(session, model=embedder.model, ids=ids)
    if not texts:
        return 0
    vectors = embedder.embed([each.text for each in texts])
    with db.unit_of_work() as session:
        return repository.store_vectors(session, texts, vectors, model=embedder.model)


def list_products_to_embed(session: Session, *, model: str) -> Sequence[UUID]:
    return repository.list_changed_ids(session, model=model)


def enqueue_embedding(session: Session, *, model: str, ids: Sequence[UUID]) -> None:
    """Enqueue the embedding of those of the products that need it: not when a price changed."""
    _enqueue_batches(
        session, repository.list_changed_ids(session, model=model, ids=ids)
    )


def enqueue_catalog(session: Session, *, model: str) -> int:
    """Enqueue the embedding of all products that need it, of which a change or job was lost, or
    which are older than this feature; return how many. None while such jobs are open."""
    if outbox.is_enqueued(session, "search.embed_products"):
        return 0
    ids = repository.list_changed_ids(session, model=model)
    _enqueue_batches(session, ids)
    return len(ids)


def lock_catalog(session: Session, *, waits: bool) -> bool:
    """Have no other run embed the whole catalog before this transaction ends; false where one
    does, and is not to be waited for."""
    if repository.lock_catalog(session):
        return True
    if waits:
        repository.await_catalog(session)
    return waits


def _enqueue_batches(session: Session, ids: Sequence[UUID]) -> None:
    for start in range(0, len(ids), BATCH_SIZE):
        batch = ids[start : start + BATCH_SIZE]
        outbox.enqueue(session, "search.embed_products", ids=",".join(map(str, batch)))
