"""Outgoing mail: the protocol that every mail adapter implements."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, parseaddr
from typing import Protocol
from uuid import UUID

from webapp.kit.email_addresses import encode_domain
from webapp.kit.errors import Invalid, Unavailable

TIMEOUT_S = 10


# RFC 5322's limit on the length of a line: with a shorter one the address of
# List-Unsubscribe would be folded as an encoded word, which no mail program reads.
POLICY = SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Mail:
    """`message_id` is derived from the event, so that a repetition can be recognized."""

    message_id: UUID
    recipient: str
    subject: str
    text: str
    html: str | None = None
    unsubscribe_url: str | None = None
    """URL that ends mails of this kind: by a POST, which mail programs send by themselves
    (RFC 8058), or on the page that it opens."""


class MailUnavailable(Unavailable):
    code = "MAIL_UNAVAILABLE"


class MailRefused(Invalid):
    """The address accepts no mail: a retry is no use."""

    code = "MAIL_REFUSED"


class AddressUnsupported(Invalid):
    """The shop's mail server cannot take the address: neither a retry nor the customer helps."""

    code = "MAIL_ADDRESS_UNSUPPORTED"

    def __init__(self) -> None:
        super().__init__(
            "email: mail cannot be sent to an address with letters other than a to z before "
            "the @; use another address, or a mail server with SMTPUTF8"
        )


class MailSender(Protocol):
    def send(self, mail: Mail) -> None:
        """Raises `MailUnavailable`, `MailRefused` and `AddressUnsupported`; sending the same
        mail again may deliver it twice."""
        ...

    def check_recipient(self, address: str) -> None:
        """Raises `AddressUnsupported` where that is known before a mail is sent."""
        ...

    def check(self) -> None:
        """Raises what `send` would raise, as far as that can be checked without a mail."""
        ...


def has_ascii_name(address: str) -> bool:
    """Whether the part before the @ is one that every mail server takes."""
    return address.rpartition("@")[0].isascii()


def encode_sender(sender: str) -> str:
    """`Name <address>` with the domain of the address in ASCII."""
    name, address = parseaddr(sender)
    return formataddr((name, encode_domain(address))) if address else sender


def build_message(mail: Mail, *, sender: str) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = encode_sender(sender)
    message["To"] = encode_domain(mail.recipient)
    message["Subject"] = " ".join(mail.subject.split())
    message["Message-ID"] = f"<{mail.message_id}@ecom67>"
    if mail.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message
