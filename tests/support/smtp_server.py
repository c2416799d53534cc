"""A small mail server: speaks what RFC 5321 asks of one, and can refuse or hang up."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

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
    """What is said instead, by the beginning of a command; an empty reply hangs up."""
    requires_auth: bool = False
    delivered: list[DeliveredMail] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    office: FakeSMTPServer

    def handle(self) -> None:
        self.is_known = not self.office.requires_auth
        self.sender, self.recipients = "", list[str]()
        self.say("220 post office")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            reply = self.reply_to(line)
            if not reply:
                return
            self.say(reply)
            if reply.startswith("221"):
                return

    def say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())

    def reply_to(self, line: str) -> str:
        for beginning, reply in self.office.reply_overrides.items():
            if line.upper().startswith(beginning.upper()):
                return reply
        command = getattr(self, f"on_{line.split(' ', maxsplit=1)[0].lower()}", None)
        return command(line) if command else "500 5.5.1 what?"

    def on_ehlo(self, _line: str) -> str:
        return "250-post office\r\n250-8BITMIME\r\n250 AUTH PLAIN"

    def on_auth(self, line: str) -> str:
        said = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.is_known = said == ["", USER, PASSWORD]
        return "235 2.7.0 welcome" if self.is_known else "535 5.7.8 who are you?"

    def on_mail(self, line: str) -> str:
        if not self.is_known:
            return "530 5.7.0 say who you are"
        self.sender = _address(line)
        return "250 2.1.0 fine"

    def on_rcpt(self, line: str) -> str:
        self.recipients.append(_address(line))
        return "250 2.1.5 fine"

    def on_data(self, _line: str) -> str:
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        mail = message_from_bytes(b"".join(lines), policy=default)
        self.office.delivered.append(DeliveredMail(self.sender, self.recipients, mail))
        return "250 2.0.0 taken"

    def on_rset(self, _line: str) -> str:
        return "250 2.0.0 forgotten"

    def on_noop(self, _line: str) -> str:
        return "250 2.0.0 here I am"

    def on_quit(self, _line: str) -> str:
        return "221 2.0.0 bye"


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


class _Server(socketserver.ThreadingTCPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not trust us hangs up in the middle: that is no trouble of ours."""


@contextmanager
def smtp_server(tls: ssl.SSLContext | None = None) -> Iterator[FakeSMTPServer]:
    office = FakeSMTPServer()
    handler = type("Session", (_Session,), {"office": office})
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield office
        finally:
            server.shutdown()
            thread.join()
