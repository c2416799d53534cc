"""Outgoing mail: what the shop asks of whoever delivers it."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol
from uuid import UUID

from webapp.kit.errors import Invalid, Unavailable

TIMEOUT_S = 10


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


def build_message(mail: Mail, *, sender: str) -> EmailMessage:
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
