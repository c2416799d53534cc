"""Index changes, promised by whoever changes a product."""

from uuid import UUID

from jobs.task import Task
from webapp.bootstrap import Runtime
from webapp.search import indexing


def index_products(runtime: Runtime, task: Task, *, ids: str) -> None:
    """`ids` are separated by commas; a promise of several hundred is the cheapest."""
    indexing.index_products(
        runtime.db, runtime.search, [UUID(each) for each in ids.split(",")]
    )
    with runtime.db.unit_of_work() as session:
        task.keep(session)


def heal(runtime: Runtime, task: Task) -> None:
    """The drift check, on a schedule: mends what a lost or late change left behind."""
    indexing.heal(runtime.db, runtime.search)
    with runtime.db.unit_of_work() as session:
        task.keep(session)
