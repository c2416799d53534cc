"""Mail through an SMTP server."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from urllib.parse import unquote, urlsplit

from webapp.adapters.mail.port import (
    TIMEOUT_S,
    AddressUnsupported,
    Mail,
    MailRefused,
    MailUnavailable,
    build_message,
    has_ascii_name,
)
from webapp.config import LOOPBACK_NAMES


class SMTPMailSender:
    """`smtp://user:password@host:port` (STARTTLS if offered) or `smtps://…`.

    The server's certificate must be valid (`SSL_CERT_FILE` adds a private authority), and the
    password is sent to another machine only over TLS.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    def send(self, mail: Mail) -> None:
        try:
            with self._connection() as server:
                if not (has_ascii_name(mail.recipient) or server.has_extn("smtputf8")):
                    raise AddressUnsupported
                server.send_message(build_message(mail, sender=self._sender))
        except smtplib.SMTPRecipientsRefused as error:
            [(code, reply)] = error.recipients.values()
            # Only 5.1 (RFC 3463) concerns the address: servers reject for many other reasons with
            # a 550, which succeeds once the configuration is fixed.
            is_permanent = code >= 500 and reply.startswith(b"5.1.")
            error_type = MailRefused if is_permanent else MailUnavailable
            raise error_type(f"The mail server refused: {reply.decode()}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnavailable(f"The mail server refused: {error}") from error

    def check_recipient(self, address: str) -> None:
        """Asks the server about an address that it may not take; while that does not answer,
        nothing is known."""
        if has_ascii_name(address):
            return
        try:
            with self._connection() as server:
                is_supported = server.has_extn("smtputf8")
        except (OSError, smtplib.SMTPException):
            return
        if not is_supported:
            raise AddressUnsupported

    def check(self) -> None:
        try:
            with self._connection() as server:
                server.noop()
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnavailable(f"The mail server refused: {error}") from error

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """An authenticated connection, encrypted if offered; always closed at the end."""
        with self._connect() as server:
            server.ehlo()
            if not self._is_encrypted(server) and server.has_extn("starttls"):
                server.starttls(context=self._tls)
            if self._url.username:
                if not self._is_encrypted(server) and self._host not in LOOPBACK_NAMES:
                    raise smtplib.SMTPException(
                        "it offers no encryption, so the password is not sent"
                    )
                server.login(
                    unquote(self._url.username), unquote(self._url.password or "")
                )
            yield server

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    @property
    def _host(self) -> str:
        return self._url.hostname or "localhost"

    @staticmethod
    def _is_encrypted(server: smtplib.SMTP) -> bool:
        return isinstance(server.sock, ssl.SSLSocket)

    def _connect(self) -> smtplib.SMTP:
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(
                self._host,
                self._url.port or 465,
                timeout=TIMEOUT_S,
                context=self._tls,
            )
        return smtplib.SMTP(self._host, self._url.port or 25, timeout=TIMEOUT_S)
