"""Mail through an SMTP server."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from webapp.adapters.mail.port import (
    TIMEOUT_S,
    Mail,
    MailRefused,
    MailUnavailable,
    build_message,
)

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SMTPMailSender:
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
                server.send_message(build_message(mail, sender=self._sender))
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
