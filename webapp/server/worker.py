"""gunicorn's worker class of this shop: threads compute, and never wait for a client.

gunicorn's own threads read requests and write responses, so that as many slow clients as
there are threads stop the shop. Here one event loop a process reads each request in full
before a thread takes it, sends what a client reads slowly, and closes connections that are
silent or too slow. WebSockets have threads of their own; so do requests with a large body.
See docs/decisions/0024-slow-clients.md.
"""

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from gunicorn import http
from gunicorn.workers.gthread import ThreadWorker

from webapp.config import Settings
from webapp.http.security_headers import build_security_headers
from webapp.server.address_limits import AddressLimits
from webapp.server.connection import MAX_USER_TIMEOUT_MS, Connection
from webapp.server.error_responses import (
    HEAD_TOO_LARGE,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_SOCKETS,
    TOO_SLOW,
    ErrorCapture,
    ServerError,
)
from webapp.server.log_masking import install_mask
from webapp.server.open_files import raise_open_files_limit
from webapp.server.request_body import check_chunks
from webapp.server.request_framing import HeadTooLarge

ACCEPTED_AT_ONCE = 64
EXPIRY_INTERVAL_S = 0.5
LINGER_S = 2.0
"""How long the rest of a refused request is read, as closing before would lose the answer."""
UPLOAD_THREADS = 4
"""Requests with a large body that a process serves at once."""
GREETINGS_AT_ONCE = 4
"""Chats that a process opens at once: with hundreds, the threads that compute would get no
turn."""
RESERVED_FILES = 256
"""Open files of a process that are not connections."""


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    worker_connections: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings = Settings.load()
        self._trusted_proxies = settings.trusted_proxies
        self._addresses = AddressLimits(settings.web_connections_per_address)
        self._max_sockets = settings.web_sockets
        self._security_headers = build_security_headers(settings)
        self._open_sockets = 0
        self._greeting: set[Connection] = set()
        self._waiting_sockets: deque[Connection] = deque()
        self._timed: dict[Connection, Callable[[Connection], None]] = {}
        """Connections with a deadline, in the order in which they began to wait, and what
        happens when it has passed."""
        self._keeping = threading.Lock()
        """Held by a thread that keeps a connection for its next request, and by the loop where
        that must not happen meanwhile."""

    def init_process(self) -> None:
        install_mask()
        wanted = self.worker_connections + RESERVED_FILES
        limit = raise_open_files_limit(wanted)
        if limit < wanted:
            self.worker_connections = max(limit - RESERVED_FILES, 64)
            self.log.warning(
                "A process may open %d files only, so it holds %d connections: raise the hard"
                " limit (ulimit -Hn)",
                limit,
                self.worker_connections,
            )
        self._sockets_pool = ThreadPoolExecutor(self._max_sockets, "socket")
        self._uploads_pool = ThreadPoolExecutor(UPLOAD_THREADS, "upload")
        super().init_process()

    def run(self) -> None:
        """The event loop."""
        self.poller.register(
            self.method_queue.fileno(),
            selectors.EVENT_READ,
            self.method_queue.run_callbacks,
        )
        self.set_accept_enabled(True)
        next_expiry = 0.0
        while self.alive:
            self.wait_for_and_dispatch_events(timeout=EXPIRY_INTERVAL_S)
            now = time.monotonic()
            if now >= next_expiry:
                self.notify()
                if not self.is_parent_alive():
                    break
                self._expire(now)
                next_expiry = now + EXPIRY_INTERVAL_S
            self.set_accept_enabled(self._has_room())
        self._shut_down()

    def _shut_down(self) -> None:
        """Finish the requests that have begun; clients that are idle are disconnected."""
        self.set_accept_enabled(False)
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while self.nr_conns > 0 and time.monotonic() < deadline:
            for connection, _ in self._list_timed():
                if not connection.received and not connection.response.has_unsent:
                    self._close(connection)
            self.notify()
            self.wait_for_and_dispatch_events(timeout=EXPIRY_INTERVAL_S)
            self._expire(time.monotonic())
        for pool in (self.tpool, self._sockets_pool, self._uploads_pool):
            pool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()
        for listener in self.sockets:
            listener.close()

    # Opening and closing

    def accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            if not self._has_room():
                self.set_accept_enabled(False)
                return
            try:
                stream, client = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self.log.warning("Cannot accept a connection: %s", error)
                if not self._close_longest():
                    return
                continue
            if self.nr_conns >= self.worker_connections:
                self._close_longest()
            self._open(stream, _to_address(client), listener)

    def _open(
        self, stream: socket.socket, client: tuple[str, int], listener: socket.socket
    ) -> None:
        stream.setblocking(False)
        if stream.family != socket.AF_UNIX:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                stream.setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, MAX_USER_TIMEOUT_MS
                )
        connection = Connection(
            stream,
            client,
            listener.getsockname(),
            self._request_flush,
            self._report_greeted,
        )
        self.nr_conns += 1
        if not self._trusted_proxies and not self._count(connection, client[0]):
            self._refuse(connection, TOO_MANY_CONNECTIONS)
            return
        self._wait_for(connection, selectors.EVENT_READ, self._read, self._time_out)

    def _count(self, connection: Connection, address: str) -> bool:
        if not self._addresses.enter(address):
            return False
        connection.addresses.append(address)
        return True

    def _close(self, connection: Connection) -> None:
        self._stop_waiting(connection)
        connection.on_event = (
            None  # one may be under way from the same turn of the loop
        )
        for address in connection.addresses:
            self._addresses.leave(address)
        connection.addresses.clear()
        connection.close()
        self.nr_conns -= 1

    def _has_room(self) -> bool:
        """Whether another connection can be held, if need be in place of one that waits."""
        return (
            self.nr_conns < self.worker_connections or self._find_longest() is not None
        )

    def _find_longest(self) -> Connection | None:
        """The connection that has waited longest."""
        with self._keeping:
            waiting = (each for each in self._timed if not each.is_running)
            return next(waiting, None)

    def _close_longest(self) -> bool:
        """Close the connection that has waited longest, to make room for another."""
        longest = self._find_longest()
        if longest is not None:
            self._close(longest)
        return longest is not None

    def _refuse(self, connection: Connection, error: ServerError) -> None:
        with suppress(OSError):
            connection.stream.send(error.render(self._security_headers))
        self._linger(connection)

    def _linger(self, connection: Connection) -> None:
        """Half-close, and read until the client closes or the time is over."""
        self._stop_waiting(connection)
        try:
            connection.stream.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
            return
        connection.deadline = time.monotonic() + LINGER_S
        self._wait_for(connection, selectors.EVENT_READ, self._discard, self._close)

    def _discard(self, connection: Connection) -> None:
        try:
            if connection.stream.recv(65_536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(connection)

    # Waiting

    def _wait_for(
        self,
        connection: Connection,
        event: int,
        on_ready: Callable[[Connection], None],
        on_expiry: Callable[[Connection], None],
    ) -> None:
        connection.on_event = on_ready
        if not connection.watched_event:
            self.poller.register(
                connection.stream, event, lambda _: self._serve(connection)
            )
        elif connection.watched_event != event:
            self.poller.modify(
                connection.stream, event, lambda _: self._serve(connection)
            )
        connection.watched_event = event
        self._timed[connection] = on_expiry

    def _stop_waiting(self, connection: Connection) -> None:
        self._timed.pop(connection, None)
        self._stop_watching(connection)

    def _stop_watching(self, connection: Connection) -> None:
        if connection.watched_event:
            self.poller.unregister(connection.stream)
            connection.watched_event = 0

    def _pause(self, connection: Connection) -> None:
        """Wait for nothing while a thread computes. The connection stays watched: mostly nothing
        arrives before its response, and to be told of the next request then costs nothing."""
        self._timed.pop(connection, None)
        connection.on_event = None

    def _serve(self, connection: Connection) -> None:
        with self._keeping:
            on_event = connection.on_event
            if on_event is None:
                # What arrives early is reported without end, so that it is watched no more.
                self._stop_watching(connection)
                return
        on_event(connection)

    def _list_timed(self) -> list[tuple[Connection, Callable[[Connection], None]]]:
        with self._keeping:
            return list(self._timed.items())

    def _expire(self, now: float) -> None:
        for connection, on_expiry in self._list_timed():
            if connection.deadline <= now and connection in self._timed:
                on_expiry(connection)

    def _time_out(self, connection: Connection) -> None:
        """Of a request that did not arrive; a client that sent nothing expects no answer."""
        if connection.received:
            self._refuse(connection, TOO_SLOW)
        else:
            self._close(connection)

    # Requests

    def _read(self, connection: Connection) -> None:
        try:
            is_open = connection.receive()
        except BlockingIOError:
            return
        except HeadTooLarge:
            self._refuse(connection, HEAD_TOO_LARGE)
            return
        except OSError:
            is_open = False
        if not is_open:
            self._close(connection)
        elif connection.can_be_answered:
            self._dispatch(connection)

    def _dispatch(self, connection: Connection) -> None:
        """Give the request to a thread."""
        if self._trusted_proxies:
            address = self._find_client_address(connection)
            if not self._count(connection, address):
                self._refuse(connection, TOO_MANY_CONNECTIONS)
                return
        if connection.is_upgrade:
            if self._open_sockets >= self._max_sockets:
                self._refuse(connection, TOO_MANY_SOCKETS)
                return
            self._open_sockets += 1
            self._stop_waiting(connection)
            self._waiting_sockets.append(connection)
            self._start_sockets()
        elif connection.is_streamed:
            self._stop_waiting(connection)
            self._start(connection, self._uploads_pool)
        else:
            self._pause(connection)
            self._start(connection, self.tpool)

    def _start(self, connection: Connection, pool: ThreadPoolExecutor) -> None:
        connection.is_running = True
        answered: Future[bool] = pool.submit(self.handle, connection)
        answered.add_done_callback(
            lambda future: self._report_answered(connection, future)
        )

    def _report_answered(
        self, connection: Connection, answered: "Future[bool]"
    ) -> None:
        """Called by the thread that has computed the response."""
        if not self._keep_for_next(connection, answered):
            self.method_queue.defer(self.finish_request, connection, answered)

    def _keep_for_next(self, connection: Connection, answered: "Future[bool]") -> bool:
        """Have the connection wait for its next request, where nothing else is to be done: to
        wake the loop for that costs more than many a response. Called by a thread."""
        is_ordinary = (
            self.alive
            and self._accepting
            and not self._trusted_proxies
            and not connection.is_upgrade
            and not connection.has_next_request
        )
        if not is_ordinary or answered.exception() is not None or not answered.result():
            return False
        with self._keeping:
            response = connection.response
            if (
                not connection.watched_event
                or response.has_unsent
                or response.is_broken
            ):
                return False
            connection.begin_next_request()
            connection.deadline = time.monotonic() + self.cfg.keepalive
            connection.is_running = False
            connection.on_event = self._read
            self._timed[connection] = self._time_out
        return True

    def _start_sockets(self) -> None:
        while self._waiting_sockets and len(self._greeting) < GREETINGS_AT_ONCE:
            connection = self._waiting_sockets.popleft()
            self._greeting.add(connection)
            self._start(connection, self._sockets_pool)

    def _report_greeted(self, connection: Connection) -> None:
        """Called by the thread of a chat."""
        self.method_queue.defer(self._end_greeting, connection)

    def _end_greeting(self, connection: Connection) -> None:
        self._greeting.discard(connection)
        self._start_sockets()

    def _find_client_address(self, connection: Connection) -> str:
        """Whom the outermost of the trusted proxies was called by."""
        forwarded = connection.head.forwarded_for if connection.head else ()
        if len(forwarded) < self._trusted_proxies:
            return connection.client[0]
        return forwarded[-self._trusted_proxies]

    def handle(self, connection: Connection) -> bool:
        """Compute the response, in a thread; whether another request may follow."""
        if connection.is_upgrade:
            connection.stream.setblocking(True)
            return self._respond(connection)
        connection.response.begin_response()
        may_follow = self._respond(connection)
        try:
            connection.response.end_response()
        except OSError as error:
            self.log.debug("The client is gone. %s", error)
            return False
        return may_follow

    def _respond(self, connection: Connection) -> bool:
        request = None
        try:
            parser = http.get_parser(
                self.cfg, connection.take_request(), connection.client
            )
            request = next(parser)
            reader = request.body.reader
            reader.read = check_chunks(reader.read)
            if connection.is_last_request:
                request.force_close()
            return bool(self.handle_request(request, connection))
        except (StopIteration, http.errors.NoMoreData) as error:
            self.log.debug("Closing connection. %s", error)
        except OSError as error:
            self.log.debug("The client is gone. %s", error)
        except Exception as error:  # noqa: BLE001  gunicorn logs it
            self._answer_error(request, connection, error)
        return False

    def _answer_error(
        self, request: Any, connection: Connection, error: Exception
    ) -> None:
        """Let gunicorn classify and log the error, and answer in our own form."""
        capture = ErrorCapture()
        self.handle_error(request, capture, connection.client, error)
        answer = capture.read_error()
        if answer is not None:
            with suppress(OSError):
                connection.sock.sendall(answer.render(self._security_headers))

    def finish_request(self, connection: Connection, answered: "Future[bool]") -> None:
        """What follows a response, in the event loop."""
        connection.is_running = False
        # A thread that failed outright must not end the loop, and with it all connections.
        has_failed = answered.exception() is not None
        connection.is_kept_alive = self.alive and not has_failed and answered.result()
        if connection.is_upgrade:
            self._open_sockets -= 1
            self._end_greeting(connection)
        if self._trusted_proxies and connection.addresses:
            self._addresses.leave(connection.addresses.pop())
        if not connection.response.has_unsent:
            self._finish(connection)

    def _finish(self, connection: Connection) -> None:
        if connection.is_upgrade or connection.response.is_broken:
            self._close(connection)
        elif connection.is_kept_alive:
            self._begin_next_request(connection)
        else:
            self._linger(connection)

    def _begin_next_request(self, connection: Connection) -> None:
        connection.deadline = time.monotonic() + self.cfg.keepalive
        try:
            connection.begin_next_request()
        except HeadTooLarge:
            self._refuse(connection, HEAD_TOO_LARGE)
            return
        if connection.can_be_answered:
            self._dispatch(connection)
        else:
            self._wait_for(connection, selectors.EVENT_READ, self._read, self._time_out)

    # Responses

    def _request_flush(self, connection: Connection) -> None:
        """Called by a thread whose client does not take the whole response at once."""
        self.method_queue.defer(self._begin_flush, connection)

    def _begin_flush(self, connection: Connection) -> None:
        if connection.response.has_unsent and connection not in self._timed:
            connection.deadline = connection.response.deadline
            self._wait_for(
                connection, selectors.EVENT_WRITE, self._flush, self._break_off
            )

    def _flush(self, connection: Connection) -> None:
        try:
            is_sent = connection.response.flush()
        except OSError:
            self._break_off(connection)
            return
        if not is_sent:
            connection.deadline = connection.response.deadline
            return
        self._stop_waiting(connection)
        if not connection.is_running:
            self._finish(connection)

    def _break_off(self, connection: Connection) -> None:
        """Of a client that is gone or reads too slowly; a thread closes it when it is done."""
        if connection.is_running:
            self._stop_waiting(connection)
            connection.response.break_off()
        else:
            self._close(connection)


def _to_address(client: Any) -> tuple[str, int]:
    """A Unix socket has no address of a client."""
    return client[:2] if isinstance(client, tuple) else ("", 0)
