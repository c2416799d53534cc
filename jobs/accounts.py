from uuid import UUID

from jobs.task import Task
from webapp.accounts import service
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.notifications import messages


def mail_code(runtime: Runtime, task: Task, *, customer_id: str) -> None:
    """Make a code, then mail it: only its hash is kept, so a repetition makes a new one."""
    with runtime.db.unit_of_work() as session:
        customer = service.require_customer(session, customer_id=UUID(customer_id))
        if customer.verified_at is not None:
            task.keep(session)
            return
        code = service.new_code(session, customer_id=customer.id, now=utc_now())
    runtime.mail.send(
        messages.verification_code(
            message_id=task.message_id,
            recipient=customer.email,
            name=customer.name,
            code=code,
        )
    )
    with runtime.db.unit_of_work() as session:
        task.keep(session)
