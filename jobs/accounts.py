"""Mail to an address that somebody has typed. Whether there is an account with it is looked
up here, where nobody who typed it can tell how long that takes."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jobs.context import JobContext
from webapp.accounts import codes, service
from webapp.accounts.codes import CODE_LIFETIME, CodePurpose
from webapp.accounts.models import Customer
from webapp.adapters.mail.port import Mail, MailRefused
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.notifications import messages


def mail_code(runtime: Runtime, task: JobContext, *, email: str, purpose: str) -> None:
    """If an account waits for it."""
    with runtime.db.unit_of_work() as session:
        customer = service.find_by_email(session, email=email)
        mail = (
            _code(session, task, customer, CodePurpose(purpose)) if customer else None
        )
    _send(runtime, task, mail)


def answer_registration(
    runtime: Runtime, task: JobContext, *, email: str, customer_id: str
) -> None:
    """A code for the account that was opened; where the address had one already, its owner
    hears that somebody tried."""
    with runtime.db.unit_of_work() as session:
        owner = service.find_by_email(session, email=email)
        if owner is None:
            mail = None
        elif owner.id == UUID(customer_id):
            mail = _code(session, task, owner, CodePurpose.VERIFY_EMAIL)
        else:
            mail = messages.build_address_taken_mail(
                message_id=task.message_id, recipient=email, name=_name(owner)
            )
    _send(runtime, task, mail)


def _code(
    session: Session, task: JobContext, customer: Customer, purpose: CodePurpose
) -> Mail | None:
    """With a new code: only its hash is kept, so a repetition makes another."""
    if customer.email is None or not _waits(customer, purpose):
        return None
    code = codes.issue_code(
        session, customer_id=customer.id, purpose=purpose, now=utc_now()
    )
    if purpose is CodePurpose.VERIFY_EMAIL:
        return messages.build_verification_mail(
            message_id=task.message_id,
            recipient=customer.email,
            code=code,
        )
    return messages.build_password_reset_mail(
        message_id=task.message_id,
        recipient=customer.email,
        name=_name(customer),
        code=code,
        minutes=CODE_LIFETIME // timedelta(minutes=1),
    )


def _name(customer: Customer) -> str:
    """Of a proved address only: anybody else's mail says nothing that a stranger typed."""
    return customer.name if customer.verified_at is not None else ""


def _waits(customer: Customer, purpose: CodePurpose) -> bool:
    """An account whose password a user pool keeps has none to choose here."""
    if purpose is CodePurpose.VERIFY_EMAIL:
        return customer.verified_at is None
    return customer.password_hash is not None


def _send(runtime: Runtime, task: JobContext, mail: Mail | None) -> None:
    """Anybody can register an address that takes no mail: that is no failed job."""
    if mail is not None:
        with suppress(MailRefused):
            runtime.mail.send(mail)
    with runtime.db.unit_of_work() as session:
        task.mark_done(session, erase_arguments=True)
