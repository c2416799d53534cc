"""Updates of the search index, enqueued by every change of a product, and of products' vectors,
enqueued where it changed their text."""

from uuid import UUID

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.search import indexing
from webapp.search.vectors import service as vectors


def index_products(runtime: Runtime, context: JobContext, *, ids: str) -> None:
    """Index products (`ids`, separated by commas); one message for several hundred is cheapest."""
    product_ids = [UUID(product_id) for product_id in ids.split(",")]
    indexing.index_products(runtime.db, runtime.search, product_ids)
    with runtime.db.unit_of_work() as session:
        vectors.enqueue_embedding(
            session, model=runtime.embedder.model, ids=product_ids
        )
        context.mark_done(session)


def embed_products(runtime: Runtime, context: JobContext, *, ids: str) -> None:
    """Embed products (`ids`, separated by commas) whose vector is not of their text."""
    product_ids = [UUID(product_id) for product_id in ids.split(",")]
    vectors.embed_products(runtime.db, runtime.embedder, product_ids)
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)


def heal_index(runtime: Runtime, context: JobContext) -> None:
    """Drift check, on a schedule: repair what a lost or late change left in the index, and enqueue
    what lacks a vector."""
    indexing.repair_index(runtime.db, runtime.search)
    with runtime.db.unit_of_work() as session:
        vectors.enqueue_catalog(session, model=runtime.embedder.model)
        context.mark_done(session)
