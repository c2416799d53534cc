from datetime import timedelta
from uuid import UUID

from jobs.task import Task
from webapp.accounts import codes, service
from webapp.accounts.codes import CODE_LIFETIME, Purpose
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.notifications import messages
from webapp.suppliers.mail import Mail


def mail_code(runtime: Runtime, task: Task, *, customer_id: str, purpose: str) -> None:
    """Make a code, then mail it: only its hash is kept, so a repetition makes a new one."""
    reason = Purpose(purpose)
    with runtime.db.unit_of_work() as session:
        customer = service.find_customer(session, customer_id=UUID(customer_id))
        if customer is None or customer.email is None or not _waits(customer, reason):
            task.keep(session)
            return
        code = codes.new_code(
            session, customer_id=customer.id, purpose=reason, now=utc_now()
        )
    runtime.mail.send(
        _mail(task, reason, recipient=customer.email, name=customer.name, code=code)
    )
    with runtime.db.unit_of_work() as session:
        task.keep(session)


def mail_taken(runtime: Runtime, task: Task, *, customer_id: str) -> None:
    """Tell the owner of an address that somebody tried to open an account with it."""
    with runtime.db.unit_of_work() as session:
        owner = service.find_customer(session, customer_id=UUID(customer_id))
    if owner is not None and owner.email is not None:
        runtime.mail.send(
            messages.address_taken(
                message_id=task.message_id, recipient=owner.email, name=owner.name
            )
        )
    with runtime.db.unit_of_work() as session:
        task.keep(session)


def _waits(customer: Customer, reason: Purpose) -> bool:
    return reason is not Purpose.VERIFY_EMAIL or customer.verified_at is None


def _mail(task: Task, reason: Purpose, *, recipient: str, name: str, code: str) -> Mail:
    if reason is Purpose.VERIFY_EMAIL:
        return messages.verification_code(
            message_id=task.message_id, recipient=recipient, name=name, code=code
        )
    return messages.password_reset(
        message_id=task.message_id,
        recipient=recipient,
        name=name,
        code=code,
        minutes=CODE_LIFETIME // timedelta(minutes=1),
    )
