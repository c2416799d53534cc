"""Mails to an address that a visitor entered in a form.

The account of that address is looked up here and not in the request, whose duration would
reveal whether one exists.
"""

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


def mail_code(
    runtime: Runtime, context: JobContext, *, email: str, purpose: str
) -> None:
    """Mail a code to the account of this address, if it is waiting for one."""
    with runtime.db.unit_of_work() as session:
        customer = service.find_by_email(session, email=email)
        mail = (
            _build_code_mail(session, context, customer, CodePurpose(purpose))
            if customer
            else None
        )
    _send_and_finish(runtime, context, mail)


def answer_registration(
    runtime: Runtime, context: JobContext, *, email: str, customer_id: str
) -> None:
    """Mail a code to a new account, or tell the owner of an address that was taken already
    that a registration was attempted."""
    with runtime.db.unit_of_work() as session:
        owner = service.find_by_email(session, email=email)
        if owner is None:
            mail = None
        elif owner.id == UUID(customer_id):
            mail = _build_code_mail(session, context, owner, CodePurpose.VERIFY_EMAIL)
        else:
            mail = messages.build_address_taken_mail(
                message_id=context.message_id,
                recipient=email,
                name=_get_verified_name(owner),
            )
    _send_and_finish(runtime, context, mail)


def _build_code_mail(
    session: Session, context: JobContext, customer: Customer, purpose: CodePurpose
) -> Mail | None:
    """Build the mail with a new code: only its hash is stored, so a second attempt issues
    another one."""
    if customer.email is None or not _needs_code(customer, purpose):
        return None
    code = codes.issue_code(
        session, customer_id=customer.id, purpose=purpose, now=utc_now()
    )
    if purpose is CodePurpose.VERIFY_EMAIL:
        return messages.build_verification_mail(
            message_id=context.message_id,
            recipient=customer.email,
            code=code,
        )
    return messages.build_password_reset_mail(
        message_id=context.message_id,
        recipient=customer.email,
        name=_get_verified_name(customer),
        code=code,
        minutes=CODE_LIFETIME // timedelta(minutes=1),
    )


def _get_verified_name(customer: Customer) -> str:
    """Return the name for a verified address only: any other mail must not repeat text that
    a stranger typed."""
    return customer.name if customer.verified_at is not None else ""


def _needs_code(customer: Customer, purpose: CodePurpose) -> bool:
    """An account of a user pool has its password there, so none can be reset here."""
    if purpose is CodePurpose.VERIFY_EMAIL:
        return customer.verified_at is None
    return customer.password_hash is not None


def _send_and_finish(runtime: Runtime, context: JobContext, mail: Mail | None) -> None:
    """Send the mail, if any, and mark the job done.

    An address that accepts no mail may be registered by anyone: it does not fail the job.
    """
    if mail is not None:
        with suppress(MailRefused):
            runtime.mail.send(mail)
    with runtime.db.unit_of_work() as session:
        context.mark_done(session, erase_arguments=True)
