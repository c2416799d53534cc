"""Outgoing mail: the protocol that every mail adapter implements."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, parseaddr
from pathlib import PurePath
from typing import Protocol
from uuid import UUID

from webapp.kit.email_addresses import encode_domain
from webapp.kit.errors import Invalid, Unavailable

TIMEOUT_S = 10


# RFC 5322's limit on the length of a line: with a shorter one the address of
# List-Unsubscribe would be folded as an encoded word, which no mail program reads.
POLICY = SMTP.clone(max_line_length=998)

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Attachment:
    name: str
    """In ASCII; of a picture in the text, what its HTML shows it as: `cid:<name>`."""
    content: bytes


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
    images: Sequence[Attachment] = ()
    """PNG pictures that the HTML shows."""
    attachments: Sequence[Attachment] = ()


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
        _add_images(message, mail.images)
    for each in mail.attachments:
        main_type, _, subtype = choose_media_type(each.name).partition("/")
        params = {"charset": "utf-8"} if main_type == "text" else {}
        message.add_attachment(
            each.content,
            maintype=main_type,
            subtype=subtype,
            filename=each.name,
            params=params,
        )
    _fix_boundaries(message, mail.message_id)
    return message


def choose_media_type(file_name: str) -> str:
    """By the end of the name; that of unknown bytes for one that says nothing."""
    return MEDIA_TYPES.get(PurePath(file_name).suffix, "application/octet-stream")


def _add_images(message: EmailMessage, images: Sequence[Attachment]) -> None:
    html = message.get_body(("html",))
    if not isinstance(html, EmailMessage):
        return
    for each in images:
        html.add_related(
            each.content,
            maintype="image",
            subtype="png",
            cid=f"<{each.name}>",
            filename=f"{each.name}.png",
            disposition="inline",
        )


def _fix_boundaries(message: EmailMessage, message_id: UUID) -> None:
    """Between the parts: the same mail is the same bytes each time that it is sent."""
    for place, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"{message_id.hex}.{place}")
