"""The jobs that mail codes, warnings and notices, with a folder as the mail server."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest

from jobs import accounts as job
from jobs.context import JobContext
from tests.support.factories import RowFactory
from webapp.accounts import codes, recovery, service
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id

EMAIL = "ada@example.com"


def add_customer(runtime: Runtime, *, is_verified: bool) -> UUID:
    with runtime.db.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.verified_at = utc_now() if is_verified else None
        return customer.id


def mail_code(runtime: Runtime, purpose: CodePurpose, *, email: str = EMAIL) -> UUID:
    """Enqueue the job and run it; returns the id of its outbox message."""
    with runtime.db.unit_of_work() as session:
        message = enqueue(session, "accounts.mail_code", email=email, purpose=purpose)
    job.mail_code(runtime, JobContext(message.id), **message.arguments)
    return message.id


def answer_registration(runtime: Runtime, customer_id: UUID) -> UUID:
    with runtime.db.unit_of_work() as session:
        message = enqueue(
            session,
            "accounts.answer_registration",
            email=EMAIL,
            customer_id=customer_id,
        )
    job.answer_registration(runtime, JobContext(message.id), **message.arguments)
    return message.id


def sent(runtime: Runtime) -> list[EmailMessage]:
    folder = runtime.settings.resolve_path(runtime.settings.mail_url)
    return [
        message_from_bytes(file.read_bytes(), policy=policy.default)
        for file in sorted(folder.glob("*.eml"))
    ]


def is_done(runtime: Runtime, message_id: UUID) -> bool:
    """Whether the job is done; its arguments, which held an address, must be erased."""
    with runtime.db.unit_of_work() as session:
        message = session.get_one(OutboxMessage, message_id)
        assert message.arguments == {}
        return message.done_at is not None


def bodies(mail: EmailMessage) -> list[str]:
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    return [part.get_content() for part in parts if part is not None]


def test_the_mailed_code_is_valid_for_every_registration_of_the_address(
    runtime: Runtime,
) -> None:
    customer_ids = [add_customer(runtime, is_verified=False) for _ in range(2)]

    message_id = mail_code(runtime, CodePurpose.VERIFY_EMAIL)

    [mail] = sent(runtime)
    assert EMAIL in mail["To"]
    code = mail["Subject"].split()[0]
    for body in bodies(mail):
        assert code in body
        assert "30 minutes" in body
    with runtime.db.unit_of_work() as session:
        for customer_id in customer_ids:
            assert codes.redeem_code(
                session,
                customer_id=customer_id,
                purpose=CodePurpose.VERIFY_EMAIL,
                code=code,
                now=utc_now(),
            )
    assert is_done(runtime, message_id)


def test_the_mailed_link_opens_the_shops_page(runtime: Runtime) -> None:
    customer_id = add_customer(runtime, is_verified=False)

    message_id = mail_code(runtime, CodePurpose.RESET_PASSWORD)

    [mail] = sent(runtime)
    site = re.escape(runtime.settings.site)
    tokens: set[str] = set()
    for body in bodies(mail):
        tokens |= set(re.findall(rf"{site}/reset-password\#token=([\w-]+)", body))
        assert "60 minutes" in body
    assert len(tokens) == 1
    with runtime.db.unit_of_work() as session:
        owner = recovery.find_link_owner(session, token=tokens.pop(), now=utc_now())
        assert owner is not None
        assert owner.id == customer_id
    assert is_done(runtime, message_id)


def test_a_verified_address_is_mailed_no_code_to_verify_it(runtime: Runtime) -> None:
    add_customer(runtime, is_verified=True)

    message_id = mail_code(runtime, CodePurpose.VERIFY_EMAIL)

    assert sent(runtime) == []
    assert is_done(runtime, message_id)


@pytest.mark.parametrize("purpose", CodePurpose)
def test_a_stranger_is_mailed_nothing(runtime: Runtime, purpose: CodePurpose) -> None:
    add_customer(runtime, is_verified=False)

    message_id = mail_code(runtime, purpose, email="no@example.com")

    assert sent(runtime) == []
    assert is_done(runtime, message_id)


def test_a_member_of_a_pool_has_no_password_to_choose_here(runtime: Runtime) -> None:
    customer_id = add_customer(runtime, is_verified=True)
    with runtime.db.unit_of_work() as session:
        session.get_one(Customer, customer_id).password_hash = None

    message_id = mail_code(runtime, CodePurpose.RESET_PASSWORD)

    assert sent(runtime) == []
    assert is_done(runtime, message_id)


def test_a_new_account_is_mailed_its_code(runtime: Runtime) -> None:
    customer_id = add_customer(runtime, is_verified=False)

    message_id = answer_registration(runtime, customer_id)

    [mail] = sent(runtime)
    assert "is your E-Com67 code" in mail["Subject"]
    assert is_done(runtime, message_id)


def test_the_owner_is_notified_of_a_registration_with_their_address(
    runtime: Runtime,
) -> None:
    add_customer(runtime, is_verified=True)

    message_id = answer_registration(runtime, new_id())

    [mail] = sent(runtime)
    assert EMAIL in mail["To"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "which has one already" in body.get_content()
    assert is_done(runtime, message_id)


def test_an_owner_deleted_meanwhile_is_not_notified(runtime: Runtime) -> None:
    customer_id = add_customer(runtime, is_verified=True)
    with runtime.db.unit_of_work() as session:
        customer = session.get_one(Customer, customer_id)
        service.anonymize_customer(session, customer=customer, now=utc_now())

    message_id = answer_registration(runtime, new_id())

    assert sent(runtime) == []
    assert is_done(runtime, message_id)


@pytest.mark.parametrize("is_verified", [True, False])
def test_only_a_verified_address_is_greeted_by_name(
    runtime: Runtime, is_verified: bool
) -> None:
    customer_id = add_customer(runtime, is_verified=is_verified)

    for purpose in CodePurpose:
        mail_code(runtime, purpose)
    for registered_id in (customer_id, new_id()):
        answer_registration(runtime, registered_id)

    greetings = set()
    for mail in sent(runtime):
        for kind in ("plain", "html"):
            body = mail.get_body((kind,))
            assert body is not None
            greetings |= set(re.findall("Hello.*,", body.get_content()))
    assert greetings == ({"Hello Ada,"} if is_verified else {"Hello,"})


@pytest.mark.parametrize(
    ("change", "subject", "sentence"),
    [
        ("added", "has a second factor now", "a code of it besides the"),
        ("removed", "has no second factor any more", "was removed"),
    ],
)
def test_the_owner_is_notified_of_a_second_factor(
    runtime: Runtime, change: str, subject: str, sentence: str
) -> None:
    add_customer(runtime, is_verified=True)
    with runtime.db.unit_of_work() as session:
        message = enqueue(
            session,
            "accounts.mail_second_factor_notice",
            email=EMAIL,
            change=change,
        )

    job.mail_second_factor_notice(runtime, JobContext(message.id), **message.arguments)

    [mail] = sent(runtime)
    assert (mail["To"], subject in mail["Subject"]) == (EMAIL, True)
    for body in bodies(mail):
        assert sentence in " ".join(body.split())
        assert "Forgot password" in body
    assert is_done(runtime, message.id)


def test_an_account_that_is_gone_is_not_notified(runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as session:
        message = enqueue(
            session, "accounts.mail_second_factor_notice", email=EMAIL, change="added"
        )

    job.mail_second_factor_notice(runtime, JobContext(message.id), **message.arguments)

    assert sent(runtime) == []
    assert is_done(runtime, message.id)
