"""Mails about events: to whom, once, and one outbox message per recipient."""

from dataclasses import replace
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from tests.support.factories import RowFactory
from tests.support.notification_harness import NotificationHarness
from webapp.adapters.mail.port import (
    AddressUnsupported,
    Mail,
    MailRefused,
    MailUnavailable,
)
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.notifications import service
from webapp.notifications.events import ROUTES, Audience, EventName
from webapp.notifications.models import SentNotification

ORDER_EVENTS = [event for event in ROUTES if event.startswith(("order.", "payment."))]


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("event", ORDER_EVENTS)
def test_an_event_of_an_order_reaches_its_audience(
    harness: NotificationHarness, event: EventName
) -> None:
    buyer = harness.create_customer(email="ada@example.com")
    harness.create_customer(email="boss@example.com", admin=True, name="Bo")
    order_id = harness.create_order(buyer)
    harness.enqueue_event(event, order_id=order_id)

    harness.run_jobs()

    [mail] = harness.read_mails()
    to_admins = ROUTES[event].audience is Audience.ADMINS
    assert mail["To"] == ("boss@example.com" if to_admins else "ada@example.com")
    assert ("List-Unsubscribe" in mail) is to_admins
    assert mail["Subject"]
    assert body(mail).startswith("Hello Bo," if to_admins else "Hello Ada,")
    assert "Kettle &lt;3" in body(mail, "html") or "Kettle" not in body(mail)


def test_the_confirmation_has_the_whole_address(harness: NotificationHarness) -> None:
    order_id = harness.create_order(harness.create_customer())
    harness.enqueue_event("order.confirmed", order_id=order_id)

    harness.run_jobs()

    [mail] = harness.read_mails()
    lines = [line.strip() for line in body(mail).splitlines()]
    start = lines.index("Ada <3")
    assert lines[start : start + 8] == [
        "Ada <3",
        "Park & Co.",
        "1 Main St",
        "Floor 2",
        "Springfield, IL 62701",
        "United States",
        "Phone +1 217 555 0100",
        "",
    ]
    html = body(mail, "html").replace("\r\n", "")
    assert "Ada &lt;3<br>Park &amp; Co.<br>1 Main St<br>Floor 2<br>" in html


def test_an_event_enqueued_twice_is_mailed_once(harness: NotificationHarness) -> None:
    order_id = harness.create_order(harness.create_customer())
    harness.enqueue_event("order.confirmed", order_id=order_id)
    harness.enqueue_event("order.confirmed", order_id=order_id)

    harness.run_jobs()

    assert len(harness.read_mails()) == 1


def test_an_event_that_repeats_is_mailed_again(harness: NotificationHarness) -> None:
    order_id = harness.create_order(harness.create_customer())
    harness.enqueue_event("order.refunded", order_id=order_id)
    harness.enqueue_event("order.refunded", order_id=order_id)

    harness.run_jobs()

    assert len(harness.read_mails()) == 2


def test_a_mail_that_was_sent_and_not_recorded_replaces_itself(
    harness: NotificationHarness,
) -> None:
    harness.enqueue_event(
        "order.shipped", order_id=harness.create_order(harness.create_customer())
    )
    harness.run_jobs("notifications.tell")
    [message] = harness.list_due("notifications.mail")
    for _ in range(2):
        with harness.runtime.db.unit_of_work() as session:
            arguments = dict(message.arguments)
            pending = service.load_pending_mail(
                session,
                notification_id=UUID(arguments.pop("notification_id")),
                event=EventName(arguments.pop("event")),
                subject=arguments,
            )
        assert pending is not None
        mail = service.render_mail(
            pending, site="https://shop.example", secret="s" * 32
        )
        assert mail is not None
        harness.runtime.mail.send(mail)

    harness.run_jobs()

    assert len(harness.read_mails()) == 1


def test_a_mail_that_was_recorded_is_not_sent_again(
    harness: NotificationHarness,
) -> None:
    harness.enqueue_event(
        "order.shipped", order_id=harness.create_order(harness.create_customer())
    )
    harness.run_jobs("notifications.tell")
    [message] = harness.list_due("notifications.mail")
    harness.run_jobs()
    [sent] = (harness.runtime.settings.var_dir / "mail").glob("*.eml")
    sent.unlink()
    with harness.runtime.db.unit_of_work() as session:
        enqueue(session, "notifications.mail", **message.arguments)

    assert harness.run_jobs() == 1
    assert harness.read_mails() == []


def test_one_bad_address_does_not_hold_up_the_others(
    harness: NotificationHarness,
) -> None:
    class SelectiveMailSender:
        def send(self, mail: Mail) -> None:
            if mail.recipient == "bad@example.com":
                raise MailUnavailable("no such mailbox")
            harness.runtime.mail.send(mail)

        def check_recipient(self, address: str) -> None:
            """Never known before."""

        def check(self) -> None:
            """Always healthy."""

    for name in ("bad", "good", "better"):
        harness.create_customer(email=f"{name}@example.com", admin=True)
    harness.enqueue_event(
        "order.high_value", order_id=harness.create_order(harness.create_customer())
    )
    harness.run_jobs("notifications.tell")
    selective = replace(harness.runtime, mail=SelectiveMailSender())

    with pytest.raises(MailUnavailable):
        harness.run_jobs(runtime=selective)
    harness.run_jobs(runtime=selective)

    assert {mail["To"] for mail in harness.read_mails()} == {
        "good@example.com",
        "better@example.com",
    }


def test_an_address_that_accepts_no_mail_is_recorded_and_no_failed_job(
    harness: NotificationHarness,
) -> None:
    class RejectingMailSender:
        def send(self, mail: Mail) -> None:
            raise MailRefused(f"no such mailbox: {mail.recipient}")

        def check_recipient(self, address: str) -> None:
            """Never known before."""

        def check(self) -> None:
            """Always healthy."""

    harness.enqueue_event(
        "order.shipped", order_id=harness.create_order(harness.create_customer())
    )

    assert (
        harness.run_jobs(runtime=replace(harness.runtime, mail=RejectingMailSender()))
        == 2
    )

    with harness.runtime.db.unit_of_work() as session:
        row = session.scalars(select(SentNotification)).one()
    assert row.sent_at is None
    assert (row.rejection_reason or "").startswith("no such mailbox")


def test_an_address_that_the_mail_server_cannot_take_is_a_failed_job_at_once(
    harness: NotificationHarness,
) -> None:
    class PlainMailSender:
        def send(self, mail: Mail) -> None:
            del mail
            raise AddressUnsupported

        def check_recipient(self, address: str) -> None:
            del address
            raise AddressUnsupported

        def check(self) -> None:
            """Always healthy."""

    order_id = harness.create_order(harness.create_customer())
    harness.enqueue_event("order.shipped", order_id=order_id)
    harness.run_jobs("notifications.tell")

    with pytest.raises(AddressUnsupported):
        harness.run_jobs(
            "notifications.mail",
            runtime=replace(harness.runtime, mail=PlainMailSender()),
        )

    with harness.runtime.db.unit_of_work() as session:
        [failed] = session.scalars(
            select(OutboxMessage).where(OutboxMessage.dead_lettered_at.is_not(None))
        )
    assert failed.job == "notifications.mail"
    assert "SMTPUTF8" in (failed.last_error or "")
    [alert] = harness.list_due("notifications.tell")
    assert alert.arguments["event"] == "job.failed"


def test_no_mail_is_sent_about_an_order_of_a_guest(
    harness: NotificationHarness,
) -> None:
    harness.enqueue_event("order.delivered", order_id=harness.create_order(None))

    assert harness.run_jobs() == 1
    assert harness.read_mails() == []


def test_an_admin_who_muted_an_event_is_not_notified(
    harness: NotificationHarness,
) -> None:
    muting = harness.create_customer(email="muting@example.com", admin=True)
    harness.create_customer(email="keen@example.com", admin=True)
    with harness.runtime.db.unit_of_work() as session:
        service.set_preferences(
            session, customer_id=muting, is_admin=True, changes={"stock.low": False}
        )
        product = RowFactory(session).product(stock=3)
        subject = {"product_id": product.id, "variant_id": product.variants[0].id}
    harness.enqueue_event("stock.low", **subject)

    harness.run_jobs()

    [mail] = harness.read_mails()
    assert mail["To"] == "keen@example.com"
    assert mail["Subject"] == "3 left of Kettle"


def test_an_admin_who_mutes_an_event_after_it_is_enqueued_gets_no_mail(
    harness: NotificationHarness,
) -> None:
    admin = harness.create_customer(admin=True)
    harness.enqueue_event("payment.review", order_id=harness.create_order(None))
    harness.run_jobs("notifications.tell")
    with harness.runtime.db.unit_of_work() as session:
        service.set_preferences(
            session, customer_id=admin, is_admin=True, changes={"payment.review": False}
        )

    harness.run_jobs()

    assert harness.read_mails() == []


def test_a_failed_job_is_reported_with_what_to_do(harness: NotificationHarness) -> None:
    harness.create_customer(email="boss@example.com", admin=True)
    with harness.runtime.db.unit_of_work() as session:
        message = OutboxMessage(
            id=uuid4(),
            job="orders.fulfil",
            arguments={"order_id": "x"},
            last_error="Traceback\nLookupError: x",
            attempts=6,
        )
        session.add(message)
    harness.enqueue_event("job.failed", message_id=message.id)

    harness.run_jobs()

    [mail] = harness.read_mails()
    text = body(mail)
    assert mail["Subject"] == "The job orders.fulfil keeps failing"
    assert "LookupError: x" in text
    assert f"ecom67 jobs retry {message.id}" in text


def test_the_unsubscribe_header_is_one_whole_address(
    harness: NotificationHarness,
) -> None:
    harness.create_customer(admin=True)
    harness.enqueue_event("payment.review", order_id=harness.create_order(None))

    harness.run_jobs()

    folder = harness.runtime.settings.var_dir / "mail"
    [raw] = [file.read_bytes() for file in folder.glob("*.eml")]
    [line] = [
        line for line in raw.splitlines() if line.startswith(b"List-Unsubscribe:")
    ]
    assert b"?token=ey" in line
    assert line.endswith(b">")
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
