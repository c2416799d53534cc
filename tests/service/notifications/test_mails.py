"""Who is told of what by mail: once, each by a promise of their own."""

from dataclasses import replace
from email.message import EmailMessage
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.support.factories import RowFactory
from tests.support.notification_harness import NotificationHarness
from webapp.adapters.mail.port import Mail, MailRefused, MailUnavailable
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.notifications import service
from webapp.notifications.events import ROUTES, Audience
from webapp.notifications.models import SentNotification

OF_ORDERS = [event for event in ROUTES if event.startswith(("order.", "payment."))]


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("event", OF_ORDERS)
def test_an_event_of_an_order_reaches_its_audience(
    telling: NotificationHarness, event: str
) -> None:
    buyer = telling.create_customer(email="ada@example.com")
    telling.create_customer(email="boss@example.com", admin=True, name="Bo")
    order_id = telling.create_order(buyer)
    telling.enqueue_event(event, order_id=order_id)

    telling.run_jobs()

    [mail] = telling.read_mails()
    to_admins = ROUTES[event].audience is Audience.ADMINS
    assert mail["To"] == ("boss@example.com" if to_admins else "ada@example.com")
    assert ("List-Unsubscribe" in mail) is to_admins
    assert mail["Subject"]
    assert body(mail).startswith("Hello Bo," if to_admins else "Hello Ada,")
    assert "Kettle &lt;3" in body(mail, "html") or "Kettle" not in body(mail)


def test_an_event_told_twice_is_mailed_once(telling: NotificationHarness) -> None:
    order_id = telling.create_order(telling.create_customer())
    telling.enqueue_event("order.confirmed", order_id=order_id)
    telling.enqueue_event("order.confirmed", order_id=order_id)

    telling.run_jobs()

    assert len(telling.read_mails()) == 1


def test_what_may_happen_again_is_told_again(telling: NotificationHarness) -> None:
    order_id = telling.create_order(telling.create_customer())
    telling.enqueue_event("order.refunded", order_id=order_id)
    telling.enqueue_event("order.refunded", order_id=order_id)

    telling.run_jobs()

    assert len(telling.read_mails()) == 2


def test_a_mail_that_was_sent_and_not_written_down_replaces_itself(
    telling: NotificationHarness,
) -> None:
    telling.enqueue_event(
        "order.shipped", order_id=telling.create_order(telling.create_customer())
    )
    telling.run_jobs("notifications.tell")
    [promised] = telling.list_due("notifications.mail")
    for _ in range(2):
        with telling.runtime.db.unit_of_work() as session:
            arguments = dict(promised.arguments)
            mail = service.prepare_mail(
                session,
                notification_id=arguments.pop("notification_id"),
                event=arguments.pop("event"),
                subject=arguments,
                site="https://shop.example",
                secret="s" * 32,
            )
        assert mail is not None
        telling.runtime.mail.send(mail)

    telling.run_jobs()

    assert len(telling.read_mails()) == 1


def test_a_mail_that_was_written_down_is_not_sent_again(
    telling: NotificationHarness,
) -> None:
    telling.enqueue_event(
        "order.shipped", order_id=telling.create_order(telling.create_customer())
    )
    telling.run_jobs("notifications.tell")
    [promised] = telling.list_due("notifications.mail")
    telling.run_jobs()
    [sent] = (telling.runtime.settings.var_dir / "mail").glob("*.eml")
    sent.unlink()
    with telling.runtime.db.unit_of_work() as session:
        enqueue(session, "notifications.mail", **promised.arguments)

    assert telling.run_jobs() == 1
    assert telling.read_mails() == []


def test_one_bad_address_does_not_hold_up_the_others(
    telling: NotificationHarness,
) -> None:
    class Choosy:
        def send(self, mail: Mail) -> None:
            if mail.recipient == "bad@example.com":
                raise MailUnavailable("no such mailbox")
            telling.runtime.mail.send(mail)

        def check(self) -> None:
            """Always well."""

    for name in ("bad", "good", "better"):
        telling.create_customer(email=f"{name}@example.com", admin=True)
    telling.enqueue_event(
        "order.high_value", order_id=telling.create_order(telling.create_customer())
    )
    telling.run_jobs("notifications.tell")
    choosy = replace(telling.runtime, mail=Choosy())

    with pytest.raises(MailUnavailable):
        telling.run_jobs(runtime=choosy)
    telling.run_jobs(runtime=choosy)

    assert {mail["To"] for mail in telling.read_mails()} == {
        "good@example.com",
        "better@example.com",
    }


def test_an_address_that_takes_no_mail_is_noted_and_no_failure(
    telling: NotificationHarness,
) -> None:
    class Strict:
        def send(self, mail: Mail) -> None:
            raise MailRefused(f"no such mailbox: {mail.recipient}")

        def check(self) -> None:
            """Always well."""

    telling.enqueue_event(
        "order.shipped", order_id=telling.create_order(telling.create_customer())
    )

    assert telling.run_jobs(runtime=replace(telling.runtime, mail=Strict())) == 2

    with telling.runtime.db.unit_of_work() as session:
        row = session.scalars(select(SentNotification)).one()
    assert row.sent_at is None
    assert (row.rejection_reason or "").startswith("no such mailbox")


def test_nobody_is_told_of_an_order_of_a_guest(telling: NotificationHarness) -> None:
    telling.enqueue_event("order.delivered", order_id=telling.create_order(None))

    assert telling.run_jobs() == 1
    assert telling.read_mails() == []


def test_who_has_muted_an_event_is_not_told_of_it(telling: NotificationHarness) -> None:
    quiet = telling.create_customer(email="quiet@example.com", admin=True)
    telling.create_customer(email="keen@example.com", admin=True)
    with telling.runtime.db.unit_of_work() as session:
        service.set_preferences(
            session, customer_id=quiet, is_admin=True, changes={"stock.low": False}
        )
        product = RowFactory(session).product(stock=3)
        subject = {"product_id": product.id, "variant_id": product.variants[0].id}
    telling.enqueue_event("stock.low", **subject)

    telling.run_jobs()

    [mail] = telling.read_mails()
    assert mail["To"] == "keen@example.com"
    assert mail["Subject"] == "3 left of Kettle"


def test_who_mutes_an_event_between_promise_and_mail_is_spared(
    telling: NotificationHarness,
) -> None:
    admin = telling.create_customer(admin=True)
    telling.enqueue_event("payment.review", order_id=telling.create_order(None))
    telling.run_jobs("notifications.tell")
    with telling.runtime.db.unit_of_work() as session:
        service.set_preferences(
            session, customer_id=admin, is_admin=True, changes={"payment.review": False}
        )

    telling.run_jobs()

    assert telling.read_mails() == []


def test_a_failed_job_is_told_with_what_to_do(telling: NotificationHarness) -> None:
    telling.create_customer(email="boss@example.com", admin=True)
    with telling.runtime.db.unit_of_work() as session:
        message = OutboxMessage(
            id=uuid4(),
            job="orders.fulfil",
            arguments={"order_id": "x"},
            last_error="Traceback\nLookupError: x",
            attempts=6,
        )
        session.add(message)
    telling.enqueue_event("job.failed", message_id=message.id)

    telling.run_jobs()

    [mail] = telling.read_mails()
    text = body(mail)
    assert mail["Subject"] == "The job orders.fulfil keeps failing"
    assert "LookupError: x" in text
    assert f"ecom67 jobs retry {message.id}" in text


def test_the_unsubscribe_header_is_one_whole_address(
    telling: NotificationHarness,
) -> None:
    telling.create_customer(admin=True)
    telling.enqueue_event("payment.review", order_id=telling.create_order(None))

    telling.run_jobs()

    folder = telling.runtime.settings.var_dir / "mail"
    [raw] = [file.read_bytes() for file in folder.glob("*.eml")]
    [line] = [
        line for line in raw.splitlines() if line.startswith(b"List-Unsubscribe:")
    ]
    assert b"?token=ey" in line
    assert line.endswith(b">")
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in raw
