"""A fake mail server: the minimal commands of RFC 5321; it can reject or hang up."""

import base64
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from tests.support.serving import serving

USER, PASSWORD = "shop", "let me in: it's me"


@dataclass(frozen=True)
class DeliveredMail:
    sender: str
    recipients: list[str]
    mail: EmailMessage


@dataclass
class FakeSMTPServer:
    port: int = 0
    reply_overrides: dict[str, str] = field(default_factory=dict)
    """Replies by the prefix of a command; an empty reply closes the connection."""
    requires_auth: bool = False
    extensions: tuple[str, ...] = ("8BITMIME", "AUTH PLAIN")
    delivered: list[DeliveredMail] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    fake: FakeSMTPServer

    def handle(self) -> None:
        self.is_authenticated = not self.fake.requires_auth
        self.sender, self.recipients = "", list[str]()
        self.send_reply("220 fake server")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            reply = self.reply_to(line)
            if not reply:
                return
            self.send_reply(reply)
            if reply.startswith("221"):
                return

    def send_reply(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())

    def reply_to(self, line: str) -> str:
        for prefix, reply in self.fake.reply_overrides.items():
            if line.upper().startswith(prefix.upper()):
                return reply
        command = getattr(self, f"on_{line.split(' ', maxsplit=1)[0].lower()}", None)
        return command(line) if command else "500 5.5.1 unknown command"

    def on_ehlo(self, _line: str) -> str:
        *others, last = ("fake server", *self.fake.extensions)
        return "".join(f"250-{line}\r\n" for line in others) + f"250 {last}"

    def on_auth(self, line: str) -> str:
        credentials = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.is_authenticated = credentials == ["", USER, PASSWORD]
        return (
            "235 2.7.0 welcome"
            if self.is_authenticated
            else "535 5.7.8 authentication failed"
        )

    def on_mail(self, line: str) -> str:
        if not self.is_authenticated:
            return "530 5.7.0 authentication required"
        self.sender = _address(line)
        return "250 2.1.0 fine"

    def on_rcpt(self, line: str) -> str:
        self.recipients.append(_address(line))
        return "250 2.1.5 fine"

    def on_data(self, _line: str) -> str:
        self.send_reply("354 send the mail")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        mail = message_from_bytes(b"".join(lines), policy=default)
        self.fake.delivered.append(DeliveredMail(self.sender, self.recipients, mail))
        return "250 2.0.0 accepted"

    def on_rset(self, _line: str) -> str:
        return "250 2.0.0 reset"

    def on_noop(self, _line: str) -> str:
        return "250 2.0.0 ok"

    def on_quit(self, _line: str) -> str:
        return "221 2.0.0 bye"


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


class _Server(socketserver.ThreadingTCPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore it: a client that rejects the certificate hangs up during the handshake."""


@contextmanager
def smtp_server(tls: ssl.SSLContext | None = None) -> Iterator[FakeSMTPServer]:
    fake = FakeSMTPServer()
    handler = type("Session", (_Session,), {"fake": fake})
    server = _Server(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    fake.port = server.server_address[1]
    with serving(server):
        yield fake
