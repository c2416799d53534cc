"""Outgoing mail: a folder of `.eml` files, an SMTP server or Amazon SES."""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from importlib import import_module
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from webapp.config import Settings
from webapp.kit.errors import Invalid, Unavailable

TIMEOUT_S = 10
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
# As long as RFC 5322 lets a line be: a shorter limit would have the address of
# List-Unsubscribe folded as an encoded word, which no mail program reads.
POLICY = SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Mail:
    """`message_id` names the event it tells, so that a repetition can be recognised."""

    message_id: UUID
    recipient: str
    subject: str
    text: str
    html: str | None = None
    unsubscribe_url: str | None = None
    """Where a POST, which mail programs send by themselves (RFC 8058), or a visit ends
    mails of this kind."""


class MailUnavailable(Unavailable):
    code = "MAIL_UNAVAILABLE"


class MailRefused(Invalid):
    """The address takes no mail: to try again is no use."""

    code = "MAIL_REFUSED"


class MailSender(Protocol):
    def send(self, mail: Mail) -> None:
        """Raises `MailUnavailable` and `MailRefused`; sending the same mail again may deliver
        it twice."""
        ...

    def check(self) -> None:
        """Raises what sending would raise now, as far as that shows without a mail."""
        ...


def message_of(mail: Mail, *, sender: str) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = " ".join(mail.subject.split())
    message["Message-ID"] = f"<{mail.message_id}@ecom67>"
    if mail.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


class MailFolder:
    """One `.eml` each, named by its message id: a repetition replaces its own file."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> None:
        path = self._folder / f"{mail.message_id}.eml"
        draft = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(bytes(message_of(mail, sender=self._sender)))
            draft.replace(path)
        except OSError as problem:
            raise MailUnavailable(
                f"The mail folder cannot be written: {problem}"
            ) from problem

    def check(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise MailUnavailable(
                f"The mail folder cannot be made: {problem}"
            ) from problem
        if not os.access(self._folder, os.W_OK):
            raise MailUnavailable(f"The mail folder {self._folder} cannot be written")


class SMTPMail:
    """`smtp://user:password@host:port` (STARTTLS if offered) or `smtps://…`.

    The server's certificate must be good (`SSL_CERT_FILE` names an authority of one's own),
    and the password goes to another machine encrypted or not at all.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._tls = ssl.create_default_context()

    def send(self, mail: Mail) -> None:
        try:
            with self._connected() as server:
                server.send_message(message_of(mail, sender=self._sender))
        except smtplib.SMTPRecipientsRefused as problem:
            [(code, reply)] = problem.recipients.values()
            # Only 5.1 (RFC 3463) speaks of the address: much else is refused with a 550, and
            # passes once somebody has set it right.
            refused = code >= 500 and reply.startswith(b"5.1.")
            kind = MailRefused if refused else MailUnavailable
            raise kind(f"The mail server refused: {reply.decode()}") from problem
        except (OSError, smtplib.SMTPException) as problem:
            raise MailUnavailable(f"The mail server refused: {problem}") from problem

    def check(self) -> None:
        try:
            with self._connected() as server:
                server.noop()
        except (OSError, smtplib.SMTPException) as problem:
            raise MailUnavailable(f"The mail server refused: {problem}") from problem

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A server that knows us; the line is closed however that ends."""
        with self._called() as server:
            server.ehlo()
            if not self._is_encrypted(server) and server.has_extn("starttls"):
                server.starttls(context=self._tls)
            if self._url.username:
                if not self._is_encrypted(server) and self._host not in LOOPBACK:
                    raise smtplib.SMTPException(
                        "it offers no encryption, so it is not told the password"
                    )
                server.login(
                    unquote(self._url.username), unquote(self._url.password or "")
                )
            yield server

    @property
    def _host(self) -> str:
        return self._url.hostname or "localhost"

    @staticmethod
    def _is_encrypted(server: smtplib.SMTP) -> bool:
        return isinstance(server.sock, ssl.SSLSocket)

    def _called(self) -> smtplib.SMTP:
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(
                self._host,
                self._url.port or 465,
                timeout=TIMEOUT_S,
                context=self._tls,
            )
        return smtplib.SMTP(self._host, self._url.port or 25, timeout=TIMEOUT_S)


def open_mail(settings: Settings) -> MailSender:
    url, sender = settings.mail_url, settings.mail_from
    if url.startswith("file:"):
        return MailFolder(settings.path_of(url), sender=sender)
    if url.startswith("ses://"):
        ses = import_module("webapp.suppliers.ses")  # boto3: 10 MB and 0.3 s
        mail: MailSender = ses.SESMail(urlsplit(url).netloc, sender=sender)
        return mail
    return SMTPMail(url, sender=sender)
