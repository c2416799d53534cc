"""Mail through Amazon SES, which accepts mail to any address: bounces are reported later, to
the notification target configured in SES. What it rejects at once concerns the shop's account,
so a retry may succeed."""

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from webapp.adapters.mail.port import (
    TIMEOUT_S,
    AddressUnsupported,
    Mail,
    MailUnavailable,
    build_message,
    encode_sender,
    has_ascii_name,
)
from webapp.kit.email_addresses import encode_domain


class SESMailSender:
    def __init__(self, region: str, *, sender: str) -> None:
        self._client = boto3.client(
            "sesv2",
            region_name=region,
            config=Config(connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S),
        )
        self._sender = sender

    def send(self, mail: Mail) -> None:
        self.check_recipient(mail.recipient)
        raw = bytes(build_message(mail, sender=self._sender))
        try:
            self._client.send_email(
                FromEmailAddress=encode_sender(self._sender),
                Destination={"ToAddresses": [encode_domain(mail.recipient)]},
                Content={"Raw": {"Data": raw}},
            )
        except (BotoCoreError, ClientError) as error:
            raise MailUnavailable(f"SES refused: {error}") from error

    def check_recipient(self, address: str) -> None:
        if not has_ascii_name(address):  # SES has no SMTPUTF8
            raise AddressUnsupported

    def check(self) -> None:
        try:
            self._client.get_account()
        except (BotoCoreError, ClientError) as error:
            raise MailUnavailable(f"SES refused: {error}") from error
