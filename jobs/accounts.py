"""Mails with codes and links to an address that a visitor entered in a form, and about what has
changed in how an account signs in.

The account of that address is looked up here and not in the request, whose duration would
reveal whether one exists.
"""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jobs.context import JobContext
from webapp.accounts import codes, recovery, registration, service
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer
from webapp.accounts.recovery import LINK_LIFETIME, RESET_PATH
from webapp.adapters.mail.port import Mail, MailRefused
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.notifications import messages


def mail_code(
    runtime: Runtime, context: JobContext, *, email: str, purpose: str
) -> None:
    """Mail a code, or a link, to the account of this address, if it is waiting for one."""
    build_mail = (
        _build_code_mail
        if CodePurpose(purpose) is CodePurpose.VERIFY_EMAIL
        else _build_reset_mail
    )
    with runtime.db.unit_of_work() as session:
        mail = build_mail(runtime, session, context, email)
    _send_and_finish(runtime, context, mail)


def answer_registration(
    runtime: Runtime, context: JobContext, *, email: str, customer_id: str
) -> None:
    """Mail a code to a new account, or tell the owner of an address that was taken already
    that a registration was attempted."""
    registered_id = UUID(customer_id)
    with runtime.db.unit_of_work() as session:
        owner = service.find_by_email(session, email=email)
        mail = None
        if owner is not None and owner.verified_at is None:
            mail = _build_code_mail(
                runtime, session, context, email, only_id=registered_id
            )
        elif owner is not None and owner.id != registered_id:
            mail = messages.build_address_taken_mail(
                message_id=context.message_id,
                recipient=email,
                name=_get_verified_name(owner),
            )
    _send_and_finish(runtime, context, mail)


def mail_second_factor_notice(
    runtime: Runtime, context: JobContext, *, email: str, change: str
) -> None:
    """Notify the owner of the account that its second factor was `added` or `removed`."""
    with runtime.db.unit_of_work() as session:
        owner = service.find_by_email(session, email=email)
        mail = None
        if owner is not None:
            mail = messages.build_second_factor_mail(
                message_id=context.message_id,
                recipient=email,
                name=_get_verified_name(owner),
                is_enabled=change == "added",
            )
    _send_and_finish(runtime, context, mail)


def _build_code_mail(
    _: Runtime,
    session: Session,
    context: JobContext,
    email: str,
    *,
    only_id: UUID | None = None,
) -> Mail | None:
    """Build the mail with a new code for the registrations of the address, or for one of them.

    Only hashes of it are stored, so a second attempt of the job issues another one.
    """
    customer_ids = [
        customer_id
        for customer_id in registration.list_unverified_ids(session, email=email)
        if only_id in {None, customer_id}
    ]
    if not customer_ids:
        return None
    code = codes.generate_code()
    for customer_id in customer_ids:
        codes.store_code(
            session,
            customer_id=customer_id,
            purpose=CodePurpose.VERIFY_EMAIL,
            code=code,
            now=utc_now(),
        )
    return messages.build_verification_mail(
        message_id=context.message_id, recipient=email, code=code
    )


def _build_reset_mail(
    runtime: Runtime, session: Session, context: JobContext, email: str
) -> Mail | None:
    """Build the mail with a link. An account of a user pool has its password there, so none can
    be reset here."""
    customer = service.find_by_email(session, email=email)
    if customer is None or customer.password_hash is None:
        return None
    token = recovery.issue_reset_token(session, customer_id=customer.id, now=utc_now())
    return messages.build_password_reset_mail(
        message_id=context.message_id,
        recipient=email,
        name=_get_verified_name(customer),
        url=f"{runtime.settings.site.rstrip('/')}{RESET_PATH}#token={token}",
        minutes=LINK_LIFETIME // timedelta(minutes=1),
    )


def _get_verified_name(customer: Customer) -> str:
    """Return the name for a verified address only: any other mail must not repeat text that
    a stranger typed."""
    return customer.name if customer.verified_at is not None else ""


def _send_and_finish(runtime: Runtime, context: JobContext, mail: Mail | None) -> None:
    """Send the mail, if any, and mark the job done.

    An address that accepts no mail may be registered by anyone: it does not fail the job.
    """
    if mail is not None:
        with suppress(MailRefused):
            runtime.mail.send(mail)
    with runtime.db.unit_of_work() as session:
        context.mark_done(session, erase_arguments=True)
