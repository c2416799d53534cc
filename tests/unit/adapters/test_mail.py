"""Mail as servers receive it: SMTP by a fake server, SES by moto."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import boto3
import pytest
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from tests.support.certificates import create_self_signed_certificate
from tests.support.ports import free_port
from tests.support.smtp_server import PASSWORD, USER, FakeSMTPServer, smtp_server
from webapp.adapters.mail.build import build_mail_sender
from webapp.adapters.mail.port import (
    AddressUnsupported,
    Attachment,
    Mail,
    MailRefused,
    MailSender,
    MailUnavailable,
    build_message,
)
from webapp.adapters.mail.smtp import SMTPMailSender
from webapp.config import Settings

SENDER = "E-Com67 <shop@example.com>"
MAIL = Mail(
    message_id=UUID(int=67),
    recipient="ada@example.com",
    subject="Your order 1001: two kettles, dürch and dürch\nshiny",
    text="Hello Ada,\n.\n..two kettles\n",
    html="<p>Hello Ada, two kettles for 50 €</p>",
    unsubscribe_url="https://shop.example/unsubscribe?token=" + "ey" * 200,
)


def assert_complete(mail: EmailMessage) -> None:
    assert mail["From"] == SENDER
    assert mail["To"] == MAIL.recipient
    assert mail["Subject"] == " ".join(MAIL.subject.split())
    assert mail["Message-ID"] == f"<{MAIL.message_id}@ecom67>"
    assert mail["List-Unsubscribe"] == f"<{MAIL.unsubscribe_url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = [part.get_content().splitlines() for part in mail.iter_parts()]
    assert text == MAIL.text.splitlines()
    assert html == [MAIL.html]


def test_pictures_are_within_the_mail_and_files_attached() -> None:
    mail = replace(
        MAIL,
        html='<p>Sales</p><img src="cid:chart-1" alt="by day">',
        images=[Attachment("chart-1", b"\x89PNG")],
        attachments=[
            Attachment("sales.pdf", b"%PDF"),
            Attachment("sales.csv", "größe,1\n".encode()),
            Attachment("sales.xlsx", b"PK"),
            Attachment("sales.odd", b"?"),
        ],
    )

    sent = bytes(build_message(mail, sender=SENDER))

    parsed = message_from_bytes(sent, policy=default)
    related = parsed.get_body(("related",))
    assert related is not None
    html, picture = related.iter_parts()
    assert html.get_content().strip() == mail.html
    assert picture["Content-ID"] == "<chart-1>"
    assert (picture.get_content_type(), picture.get_content()) == (
        "image/png",
        b"\x89PNG",
    )
    files = list(parsed.iter_attachments())
    assert [(each.get_filename(), each.get_content_type()) for each in files] == [
        ("sales.pdf", "application/pdf"),
        ("sales.csv", "text/csv"),
        (
            "sales.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("sales.odd", "application/octet-stream"),
    ]
    assert files[1].get_content() == "größe,1\n"
    assert bytes(build_message(mail, sender=SENDER)) == sent


@pytest.fixture
def smtp_fake() -> Iterator[FakeSMTPServer]:
    with smtp_server() as smtp_fake:
        yield smtp_fake


def smtp(smtp_fake: FakeSMTPServer, *, password: str | None = None) -> MailSender:
    login = f"{USER}:{quote(password, safe='')}@" if password else ""
    return SMTPMailSender(f"smtp://{login}127.0.0.1:{smtp_fake.port}", sender=SENDER)


def test_a_mail_arrives_with_both_parts_and_all_headers(
    smtp_fake: FakeSMTPServer,
) -> None:
    smtp(smtp_fake).send(MAIL)

    [delivered] = smtp_fake.delivered
    assert delivered.sender == "shop@example.com"
    assert delivered.recipients == ["ada@example.com"]
    assert_complete(delivered.mail)


def test_the_sender_authenticates_with_its_password(smtp_fake: FakeSMTPServer) -> None:
    smtp_fake.requires_auth = True

    smtp(smtp_fake, password=PASSWORD).send(MAIL)
    smtp(smtp_fake, password=PASSWORD).check()

    assert len(smtp_fake.delivered) == 1


@pytest.mark.parametrize("password", [None, "wrong"])
def test_without_valid_credentials_mail_is_unavailable(
    smtp_fake: FakeSMTPServer, password: str | None
) -> None:
    smtp_fake.requires_auth = True

    with pytest.raises(MailUnavailable):
        smtp(smtp_fake, password=password).send(MAIL)

    assert smtp_fake.delivered == []


def test_a_server_without_a_trusted_certificate_gets_no_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, tls = create_self_signed_certificate(tmp_path)
    with smtp_server(tls) as smtp_fake:
        url = f"smtps://127.0.0.1:{smtp_fake.port}"

        with pytest.raises(MailUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            SMTPMailSender(url, sender=SENDER).send(MAIL)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        SMTPMailSender(url, sender=SENDER).send(MAIL)

        assert len(smtp_fake.delivered) == 1


def test_a_password_does_not_leave_the_machine_in_clear_text(
    smtp_fake: FakeSMTPServer,
) -> None:
    # Another spelling of the loopback address, which is not recognized as such.
    remote_url = f"smtp://{USER}:secret@127.1:{smtp_fake.port}"

    with pytest.raises(MailUnavailable, match="no encryption"):
        SMTPMailSender(remote_url, sender=SENDER).send(MAIL)

    assert smtp_fake.delivered == []


@pytest.mark.parametrize(
    "reply", ["550 5.1.1 no such mailbox", "553 5.1.3 bad address"]
)
def test_an_address_that_accepts_no_mail_is_rejected_permanently(
    smtp_fake: FakeSMTPServer, reply: str
) -> None:
    smtp_fake.reply_overrides["RCPT"] = reply

    with pytest.raises(MailRefused, match=reply.split(" ", 2)[2]):
        smtp(smtp_fake).send(MAIL)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT", "450 4.2.1 mailbox busy"),
        ("RCPT", "550 5.7.1 relaying denied"),
        ("RCPT", "550 go away"),
        ("MAIL", "550 5.1.0 not from you"),
        ("MAIL", "421 4.3.2 closing"),
        ("DATA", "451 4.3.0 disk full"),
        ("DATA", ""),
        ("EHLO", ""),
    ],
)
def test_a_temporary_error_can_be_retried(
    smtp_fake: FakeSMTPServer, command: str, reply: str
) -> None:
    smtp_fake.reply_overrides[command] = reply

    with pytest.raises(MailUnavailable):
        smtp(smtp_fake).send(MAIL)

    smtp_fake.reply_overrides.clear()
    smtp(smtp_fake).send(MAIL)
    assert len(smtp_fake.delivered) == 1


def test_a_server_that_does_not_listen_is_unavailable() -> None:
    sender = SMTPMailSender(f"smtp://127.0.0.1:{free_port()}", sender=SENDER)

    with pytest.raises(MailUnavailable):
        sender.send(MAIL)
    with pytest.raises(MailUnavailable):
        sender.check()


@pytest.fixture
def ses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSender]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings(mail_url="ses://eu-west-1", mail_from=SENDER, var_dir=tmp_path)
    yield build_mail_sender(settings)
    get_backend("ses").reset()
    server.stop()


def test_ses_gets_the_mail_with_both_parts_and_all_headers(ses: MailSender) -> None:
    boto3.client("sesv2", "eu-west-1").create_email_identity(
        EmailIdentity="shop@example.com"
    )

    ses.send(MAIL)

    [sent] = get_backend("ses")["123456789012"]["eu-west-1"].sent_messages
    assert_complete(message_from_bytes(sent.raw_data.encode(), policy=default))
    assert MAIL.recipient in sent.destinations


@pytest.mark.slow
def test_what_ses_rejects_can_be_retried(ses: MailSender) -> None:
    with pytest.raises(MailUnavailable, match="MessageRejected"):
        ses.send(MAIL)


@pytest.mark.usefixtures("ses")
def test_ses_that_does_not_listen_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    sender = build_mail_sender(Settings(mail_url="ses://eu-west-1", var_dir=tmp_path))

    with pytest.raises(MailUnavailable):
        sender.send(MAIL)
    with pytest.raises(MailUnavailable):
        sender.check()


def test_a_domain_with_other_letters_is_sent_in_ascii(
    smtp_fake: FakeSMTPServer,
) -> None:
    sender = SMTPMailSender(
        f"smtp://127.0.0.1:{smtp_fake.port}", sender="Shop <shop@straße.example>"
    )

    sender.check_recipient("info@münchen.de")
    sender.send(replace(MAIL, recipient="info@münchen.de"))

    [delivered] = smtp_fake.delivered
    assert delivered.recipients == ["info@xn--mnchen-3ya.de"]
    assert delivered.sender == "shop@xn--strae-oqa.example"
    assert delivered.mail["To"] == "info@xn--mnchen-3ya.de"
    assert delivered.mail["From"] == "Shop <shop@xn--strae-oqa.example>"


def test_a_name_that_the_server_cannot_take_is_refused_before_and_when_sending(
    smtp_fake: FakeSMTPServer,
) -> None:
    sender = smtp(smtp_fake)

    with pytest.raises(AddressUnsupported, match="SMTPUTF8"):
        sender.check_recipient("jörg@example.com")
    with pytest.raises(AddressUnsupported, match="SMTPUTF8"):
        sender.send(replace(MAIL, recipient="jörg@example.com"))
    assert smtp_fake.delivered == []


def test_a_server_with_smtputf8_takes_every_name(smtp_fake: FakeSMTPServer) -> None:
    smtp_fake.extensions = ("8BITMIME", "SMTPUTF8")
    sender = smtp(smtp_fake)

    sender.check_recipient("jörg@münchen.de")
    sender.send(replace(MAIL, recipient="jörg@münchen.de"))

    assert smtp_fake.delivered[0].recipients == ["jörg@xn--mnchen-3ya.de"]


def test_while_the_server_does_not_answer_no_name_is_refused() -> None:
    sender = SMTPMailSender(f"smtp://127.0.0.1:{free_port()}", sender=SENDER)

    sender.check_recipient("jörg@example.com")


def test_ses_gets_domains_in_ascii_and_no_other_names(ses: MailSender) -> None:
    boto3.client("sesv2", "eu-west-1").create_email_identity(
        EmailIdentity="shop@example.com"
    )

    ses.check_recipient("info@münchen.de")
    ses.send(replace(MAIL, recipient="info@münchen.de"))

    [sent] = get_backend("ses")["123456789012"]["eu-west-1"].sent_messages
    assert set(sent.destinations) == {"info@xn--mnchen-3ya.de"}
    with pytest.raises(AddressUnsupported):
        ses.check_recipient("jörg@example.com")
    with pytest.raises(AddressUnsupported):
        ses.send(replace(MAIL, recipient="jörg@example.com"))
