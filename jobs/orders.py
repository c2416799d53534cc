from uuid import UUID

from jobs.checkout import build_checkout, record_outcome
from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.orders import service as orders


def fulfill(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
    with runtime.db.unit_of_work() as session:
        orders.start_processing(session, order_id=UUID(order_id))
        context.mark_done(session)


def expire(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
    outcome = build_checkout(runtime).expire(UUID(order_id))
    record_outcome(runtime, context, outcome)
