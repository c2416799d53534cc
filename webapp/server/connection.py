"""A client's connection: the bytes that arrive, and those that wait to be sent.

The event loop of a worker reads requests and sends what a client takes slowly; a thread has
the connection only while it computes a response.
"""

import os
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from select import POLLIN, poll
from threading import Condition
from typing import IO, Any

from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from webapp.server.request_framing import RequestFraming, RequestHead

GRACE_S = 10.0
"""For a request's headers, and for any transfer before its rate counts."""
MIN_BYTES_PER_S = 8 * 1024
"""A transfer that stays slower for longer than its grace is given up."""
MAX_BUFFERED_BODY = 64 * 1024
"""A body is read before a thread takes the request; of a larger one, only so much."""
MAX_UNSENT_BYTES = 1024 * 1024
"""Of a response that is not a file, kept for a slow client before its thread has to wait."""
RECEIVE_BYTES = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""`SO_LINGER` of a connection that is reset when it is closed."""
MAX_USER_TIMEOUT_MS = 30_000
"""TCP ends a connection whose client acknowledges or accepts nothing for so long."""


class Transfer:
    """The deadline of a transfer: what moves postpones it, to `GRACE_S` from then at most."""

    def __init__(self) -> None:
        self.deadline = time.monotonic() + GRACE_S

    def add(self, count: int) -> None:
        self.deadline = min(
            self.deadline + count / MIN_BYTES_PER_S, time.monotonic() + GRACE_S
        )


class RequestSource:
    """What gunicorn's parser reads one request from: never from a client that makes it wait,
    but for the rest of a large body."""

    def __init__(self, received: bytes, sock: socket.socket | None) -> None:
        self._received = memoryview(received)
        self._sock = sock
        self._transfer = Transfer()

    def recv(self, size: int) -> bytes:
        """Like a socket's. Raises `RequestTimeout` for a client that sends too slowly, and
        `ClientDisconnected` when it leaves before the end of the body."""
        if self._received:
            data = bytes(self._received[:size])
            self._received = self._received[size:]
            return data
        if self._sock is None:
            return b""
        poller = poll()
        poller.register(self._sock, POLLIN)
        left = self._transfer.deadline - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            raise RequestTimeout("The request was sent too slowly")
        data = self._sock.recv(size)
        if not data:
            raise ClientDisconnected("The client left before the end of its request")
        self._transfer.add(len(data))
        return data


class FileRange:
    """A part of a file that is still to be sent."""

    def __init__(self, file: IO[bytes], offset: int, count: int) -> None:
        self._descriptor = os.dup(file.fileno())
        self._offset, self._end = offset, offset + count

    @property
    def is_sent(self) -> bool:
        return self._offset >= self._end

    def send(self, sock: socket.socket) -> int:
        count = os.sendfile(
            sock.fileno(), self._descriptor, self._offset, self._end - self._offset
        )
        if count == 0:
            raise BrokenPipeError("the file became shorter while it was sent")
        self._offset += count
        return count

    def close(self) -> None:
        os.close(self._descriptor)


class ByteRange:
    """Bytes that are still to be sent."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)

    @property
    def is_sent(self) -> bool:
        return not self._data

    def __len__(self) -> int:
        return len(self._data)

    def send(self, sock: socket.socket) -> int:
        count = sock.send(self._data)
        self._data = self._data[count:]
        return count

    def close(self) -> None:
        self._data = memoryview(b"")


class ResponseSocket:
    """What gunicorn writes a response to: it sends what the client takes at once, and leaves
    the rest to the event loop. Used by one thread and the loop."""

    def __init__(self, sock: socket.socket, request_flush: Callable[[], None]) -> None:
        self._sock = sock
        self._request_flush = request_flush
        self._condition = Condition()
        self._unsent: deque[ByteRange | FileRange] = deque()
        self._unsent_bytes = 0
        self.is_broken = False
        """Whether the client is gone, or too slow."""
        self._transfer: Transfer | None = None
        self._awaits_head = False
        self._head = b""

    def begin_response(self) -> None:
        """The next bytes are a response's head. It is sent together with what follows it: alone
        it costs as much as the body, here and at the client."""
        self._awaits_head = True

    def end_response(self) -> None:
        """Send the head of a response without a body. Raises `OSError`."""
        self._awaits_head = False
        if self._head:
            self.sendall(b"")

    def sendall(self, data: bytes) -> None:
        """Send or keep the bytes. Raises `OSError` when the client is gone or too slow."""
        if self._awaits_head:
            self._awaits_head = False
            self._head = data
            return
        if self._head:
            data, self._head = self._head + data, b""
        self._add(ByteRange(data))

    def send(self, data: bytes) -> int:
        """gunicorn sends 100 Continue by this, which the event loop has done already."""
        if not data.startswith(b"HTTP/1.1 100 "):
            self.sendall(data)
        return len(data)

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int = 0) -> int:
        self.end_response()
        self._add(FileRange(file, offset, count))
        return count

    def fileno(self) -> int:
        return self._sock.fileno()

    def gettimeout(self) -> float:
        return 0.0

    def shutdown(self, _how: int) -> None:
        """gunicorn closes a response that broke halfway; the event loop does that here."""
        raise OSError("the event loop closes the connection")

    @property
    def has_unsent(self) -> bool:
        with self._condition:
            return bool(self._unsent)

    @property
    def deadline(self) -> float:
        """Of what is to be sent; the past when there is nothing."""
        with self._condition:
            return self._transfer.deadline if self._transfer is not None else 0.0

    def flush(self) -> bool:
        """Send what the client takes now; whether that was all. Raises `OSError`."""
        with self._condition:
            self._send_unsent()
            if not self._unsent:
                self._transfer = None
            self._condition.notify()
            return not self._unsent

    def break_off(self) -> None:
        """Drop what is unsent, in the system's buffers, too; a thread that waits to send more
        raises."""
        with self._condition:
            self.is_broken = True
            if self._unsent:
                with suppress(OSError):
                    self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            while self._unsent:
                self._unsent.popleft().close()
            self._condition.notify()

    def _add(self, data: ByteRange | FileRange) -> None:
        with self._condition:
            self._require_usable()
            was_empty = not self._unsent
            self._unsent.append(data)
            if isinstance(data, ByteRange):
                self._unsent_bytes += len(data)
            if was_empty:
                self._send_unsent()
                if self._unsent:
                    self._transfer = Transfer()
                    self._request_flush()
            while self._unsent_bytes > MAX_UNSENT_BYTES:
                # The loop breaks a transfer off that is too slow.
                self._condition.wait()
                self._require_usable()

    def _require_usable(self) -> None:
        if self.is_broken:
            raise BrokenPipeError("the client is gone, or reads too slowly")

    def _send_unsent(self) -> None:
        while self._unsent:
            first = self._unsent[0]
            try:
                count = first.send(self._sock) if not first.is_sent else 0
            except BlockingIOError:
                return
            if isinstance(first, ByteRange):
                self._unsent_bytes -= count
            if self._transfer is not None:
                self._transfer.add(count)
            if first.is_sent:
                self._unsent.popleft()
                first.close()


class SocketStream:
    """What the WebSocket library reads and writes: the client's socket, which reports when
    the chat has greeted. Until then it computes; from then on it waits."""

    def __init__(self, sock: socket.socket, report_greeted: Callable[[], None]) -> None:
        self._sock = sock
        self._report_greeted = report_greeted
        self._sends_left = 2  # the handshake, then the greeting or an error

    def send(self, data: bytes) -> int:
        self._sock.sendall(data)
        self._sends_left -= 1
        if self._sends_left == 0:
            self._report_greeted()
        return len(data)

    sendall = send

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Connection:
    """One client; read and closed by the event loop only."""

    def __init__(
        self,
        stream: socket.socket,
        client: tuple[str, int],
        server: tuple[str, int],
        request_flush: Callable[["Connection"], None],
        report_greeted: Callable[["Connection"], None],
    ) -> None:
        self.stream = stream
        self._socket_stream = SocketStream(stream, lambda: report_greeted(self))
        self.client = client
        self.server = server
        self.response = ResponseSocket(stream, lambda: request_flush(self))
        self.received = bytearray()
        self.framing = RequestFraming()
        self.deadline = time.monotonic() + GRACE_S
        self.watched_event = 0
        """The event that the loop is told of; 0 when of none."""
        self.on_event: Callable[[Connection], None] | None = None
        """What the loop does then. `None` while a thread computes: what arrives has to wait."""
        self.addresses: list[str] = []
        """Under which the connection is counted."""
        self.is_running = False
        """Whether a thread computes a response."""
        self.is_kept_alive = False
        """Whether another request may follow, once a response is computed."""
        self._body: Transfer | None = None

    @property
    def sock(self) -> SocketStream | ResponseSocket:
        """What gunicorn and the WebSocket library call the client's socket."""
        return self._socket_stream if self.is_upgrade else self.response

    @property
    def head(self) -> RequestHead | None:
        return self.framing.head

    @property
    def is_upgrade(self) -> bool:
        return self.head is not None and self.head.is_upgrade

    @property
    def is_streamed(self) -> bool:
        """Whether the body is too large to be read before a thread takes the request."""
        return (
            self.head is not None
            and self.framing.size is None
            and (
                self.head.length > MAX_BUFFERED_BODY
                or len(self.received) - self.head.size > MAX_BUFFERED_BODY
            )
        )

    @property
    def is_last_request(self) -> bool:
        """Whether the bytes after the request cannot be told from it."""
        return self.framing.is_doubtful or self.framing.size is None

    @property
    def can_be_answered(self) -> bool:
        return self.framing.size is not None or self.is_streamed

    def receive(self) -> bool:
        """Read what has arrived; whether the client is still there. Raises `OSError`, and
        `HeadTooLarge`."""
        data = self.stream.recv(RECEIVE_BYTES)
        if not data:
            return False
        if not self.received:
            self.deadline = time.monotonic() + GRACE_S
        self.received += data
        had_head = self.head is not None
        self.framing.update(self.received)
        if self.head is not None:
            if not had_head:
                self._begin_body(self.head)
            if self._body is not None:
                self._body.add(len(data))
                self.deadline = self._body.deadline
        return True

    def _begin_body(self, head: RequestHead) -> None:
        self._body = Transfer()
        if head.expects_continue and len(self.received) == head.size:
            self.stream.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def take_request(self) -> RequestSource:
        """The request's bytes; those of the next stay."""
        size = self.framing.size
        if size is None:
            return RequestSource(bytes(self.received), self.stream)
        return RequestSource(bytes(self.received[:size]), None)

    @property
    def has_next_request(self) -> bool:
        """Whether more has arrived than the request that was answered."""
        return len(self.received) != self.framing.size

    def begin_next_request(self) -> None:
        """Forget the request that was answered; more of the next may have arrived already."""
        del self.received[: self.framing.size]
        self.framing = RequestFraming()
        self._body = None
        if self.received:
            self.framing.update(self.received)

    def close(self) -> None:
        self.response.break_off()
        self.stream.close()
