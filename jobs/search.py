"""Updates of the search index, enqueued by every change of a product."""

from uuid import UUID

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.search import indexing


def index_products(runtime: Runtime, context: JobContext, *, ids: str) -> None:
    """Index products (`ids`, separated by commas); one message for several hundred is cheapest."""
    indexing.index_products(
        runtime.db, runtime.search, [UUID(product_id) for product_id in ids.split(",")]
    )
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)


def heal_index(runtime: Runtime, context: JobContext) -> None:
    """Drift check, on a schedule: repair what a lost or late change left in the index."""
    indexing.repair_index(runtime.db, runtime.search)
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)
