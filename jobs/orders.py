from uuid import UUID

from jobs.checkout import checkout_of
from jobs.task import Task
from webapp.bootstrap import Runtime
from webapp.checkout import steps


def fulfil(runtime: Runtime, task: Task, *, order_id: str) -> None:
    with runtime.db.unit_of_work() as session:
        steps.fulfil(session, order_id=UUID(order_id))
        task.keep(session)


def expire(runtime: Runtime, task: Task, *, order_id: str) -> None:
    checkout_of(runtime).expire(
        UUID(order_id), also=lambda session, _order: task.keep(session)
    )
