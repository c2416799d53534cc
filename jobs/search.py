"""Index changes, promised by whoever changes a product."""

from uuid import UUID

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.search import indexing


def index_products(runtime: Runtime, task: JobContext, *, ids: str) -> None:
    """`ids` are separated by commas; a promise of several hundred is the cheapest."""
    indexing.index_products(
        runtime.db, runtime.search, [UUID(each) for each in ids.split(",")]
    )
    with runtime.db.unit_of_work() as session:
        task.mark_done(session)


def heal_index(runtime: Runtime, task: JobContext) -> None:
    """The drift check, on a schedule: mends what a lost or late change left behind."""
    indexing.heal_index(runtime.db, runtime.search)
    with runtime.db.unit_of_work() as session:
        task.mark_done(session)
