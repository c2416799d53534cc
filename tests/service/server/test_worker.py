"""The worker class in a real gunicorn with two threads and deadlines of a second."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.waiting import eventually
from webapp.config import PROJECT_ROOT

pytestmark = pytest.mark.slow  # deadlines take their time

LARGE = 300_000
"""Bytes of a body that is not read before a thread has the request."""


class Server:
    def __init__(self, **settings: str) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "tests.support.quick_worker:app"),
                *("-k", "tests.support.quick_worker.QuickWorker", "--threads=2"),
                *(f"--bind=127.0.0.1:{self.port}", "--worker-connections=200"),
                *("--keep-alive=1", "--graceful-timeout=2", "--no-control-socket"),
            ],
            cwd=PROJECT_ROOT,
            env={**os.environ, **settings},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self._answers, within=20)

    def _answers(self) -> bool:
        try:
            return self.get("/")[1] == b"ok"
        except OSError:
            return False

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(
            ("127.0.0.1", self.port), timeout=10, source_address=(source, 0)
        )

    def get(self, path: str) -> tuple[int, bytes]:
        client = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            client.request("GET", path)
            response = client.getresponse()
            return response.status, response.read()
        finally:
            client.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> int:
        return self._process.wait(20)

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(WEB_CONNECTIONS_PER_ADDRESS="50")
    yield server
    server.kill()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def receive_all(stream: socket.socket) -> bytes:
    """Until the server closes the connection."""
    data = b""
    with stream:
        while part := stream.recv(65_536):
            data += part
    return data


def read_some(stream: socket.socket, *, until: bytes) -> bytes:
    data = b""
    while until not in data:
        part = stream.recv(65_536)
        assert part, data
        data += part
    return data


def test_a_connection_serves_one_request_after_the_other(server: Server) -> None:
    client = HTTPConnection("127.0.0.1", server.port, timeout=10)
    for body in (b"", b"a", b"b" * 20_000):
        client.request("POST", "/echo", body)
        assert client.getresponse().read() == body
    client.request("POST", "/echo", iter([b"abc", b"def"]), encode_chunked=True)
    assert client.getresponse().read() == b"abcdef"
    client.close()


def test_requests_sent_at_once_are_answered_in_order(server: Server) -> None:
    stream = server.connect()
    stream.sendall(
        b"".join(
            b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n%d" % n
            for n in range(3)
        )
    )

    answers = read_some(stream, until=b"\r\n\r\n2")

    assert [answers.index(b"\r\n\r\n%d" % n) for n in range(3)] == sorted(
        answers.index(b"\r\n\r\n%d" % n) for n in range(3)
    )
    assert answers.count(b"200 OK") == 3
    stream.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_arrives_as_it_was_sent(server: Server, chunked: bool) -> None:
    body = os.urandom(LARGE)
    client = HTTPConnection("127.0.0.1", server.port, timeout=10)
    client.request(
        "POST", "/echo", iter([body]) if chunked else body, encode_chunked=chunked
    )

    assert client.getresponse().read() == body


def test_a_large_body_is_refused_before_it_is_sent(server: Server) -> None:
    stream = server.connect()
    stream.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")

    answer = receive_all(stream)

    assert answer.endswith(b"ok")
    assert b"Connection: close" in answer


def test_a_client_that_expects_it_gets_100_continue(server: Server) -> None:
    stream = server.connect()
    stream.sendall(
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )

    assert read_some(stream, until=b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    stream.sendall(b"hi")
    answer = read_some(stream, until=b"hi")

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    stream.close()


def test_what_follows_a_doubtful_request_is_not_a_request(server: Server) -> None:
    stream = server.connect()
    stream.sendall(
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    )

    answer = receive_all(stream)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"-1\r\nab\r\n0\r\n\r\n",
        b"+2\r\nab\r\n0\r\n\r\n",
        b"0x2\r\nab\r\n0\r\n\r\n",
        b"zz\r\nab\r\n0\r\n\r\n",
        b"2\r\nabcd\r\n0\r\n\r\n",
        b"2\r\nab\r\n-0\r\n\r\n",
        b"2\r\nab\r\n0\r\nno trailer\r\n\r\n",
        b"2\r\nab\r\n0\r\nContent-Length: 5\r\n\r\n",
        b"2\r\nab\r\n0\r\nA: " + b"b" * 9_000 + b"\r\n\r\n",
    ],
)
def test_malformed_chunks_are_the_clients_error(server: Server, body: bytes) -> None:
    stream = server.connect()
    stream.sendall(
        b"POST /flask-echo HTTP/1.1\r\nHost: x\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + body
    )

    answer = receive_all(stream)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /echo HTTP/1.1\r\nHo",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
    ],
)
def test_a_slow_request_is_answered_408_and_closed(server: Server, sent: bytes) -> None:
    stream = server.connect()
    stream.sendall(sent)

    answer = receive_all(stream)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"REQUEST_TIMEOUT" in answer


def test_a_silent_connection_is_closed(server: Server) -> None:
    assert receive_all(server.connect()) == b""


def test_endless_headers_are_refused(server: Server) -> None:
    stream = server.connect()
    stream.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000)

    assert receive_all(stream).startswith(b"HTTP/1.1 431 ")


def test_slow_requests_take_no_thread(server: Server, stack: ExitStack) -> None:
    for _ in range(20):
        stream = stack.enter_context(server.connect())
        stream.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")

    assert server.get("/") == (200, b"ok")


def test_slow_readers_of_files_take_no_thread(
    server: Server, stack: ExitStack, tmp_path: Path
) -> None:
    file = tmp_path / "picture"
    file.write_bytes(os.urandom(20_000_000))
    for _ in range(10):
        slow = stack.enter_context(server.connect())
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /file?%s HTTP/1.1\r\nHost: x\r\n\r\n" % bytes(file))

    assert server.get("/") == (200, b"ok")
    assert server.get(f"/file?{file}") == (200, file.read_bytes())


def test_a_reader_that_stops_is_given_up(server: Server) -> None:
    stream = server.connect()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stream.sendall(b"GET /bytes?90000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(3)

    with pytest.raises(ConnectionResetError):
        receive_all(stream)


def test_a_client_may_read_a_long_response_as_fast_as_it_can(server: Server) -> None:
    status, body = server.get("/bytes?30000000")

    assert (status, len(body)) == (200, 30_000_000)


def test_an_application_that_exits_ends_its_own_connection_only(
    server: Server, stack: ExitStack
) -> None:
    other = stack.enter_context(server.connect())
    failing = server.connect()
    failing.sendall(b"GET /exit HTTP/1.1\r\nHost: x\r\n\r\n")
    assert receive_all(failing) == b""

    other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert read_some(other, until=b"ok").startswith(b"HTTP/1.1 200 ")


def test_an_address_has_so_many_connections(server: Server, stack: ExitStack) -> None:
    for _ in range(50):
        stack.enter_context(server.connect("127.0.0.2"))

    refused = receive_all(server.connect("127.0.0.2"))

    assert refused.startswith(b"HTTP/1.1 429 ")
    assert server.get("/") == (200, b"ok")


def test_a_full_server_closes_the_connection_that_has_waited_longest(
    stack: ExitStack,
) -> None:
    server = Server(WEB_CONNECTIONS_PER_ADDRESS="0")
    stack.callback(server.kill)
    streams = [stack.enter_context(server.connect()) for _ in range(201)]
    time.sleep(0.2)  # until all of them are accepted

    assert server.get("/") == (200, b"ok")
    assert streams[0].recv(1) == b""
    for stream in streams[2:]:
        stream.setblocking(False)
        with pytest.raises(BlockingIOError):  # open, with nothing to read
            stream.recv(1)


def test_behind_a_proxy_its_clients_are_counted(stack: ExitStack) -> None:
    server = Server(WEB_CONNECTIONS_PER_ADDRESS="1", TRUSTED_PROXIES="1")
    stack.callback(server.kill)
    upload = (
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n"
        b"X-Forwarded-For: 10.9.9.9, %s\r\n\r\n"
    )
    stack.enter_context(server.connect()).sendall(upload % b"192.0.2.1")
    time.sleep(0.2)

    refused = server.connect()
    other = stack.enter_context(server.connect())
    refused.sendall(upload % b"192.0.2.1")
    other.sendall(upload % b"192.0.2.2" + b"x" * 300_000)

    assert receive_all(refused).startswith(b"HTTP/1.1 429 ")
    assert read_some(other, until=b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_a_request_that_has_begun_is_answered_before_the_end(stack: ExitStack) -> None:
    server = Server(WEB_CONNECTIONS_PER_ADDRESS="0")
    stack.callback(server.kill)
    idle = stack.enter_context(server.connect())
    begun = server.connect()
    begun.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nh")
    time.sleep(0.1)
    os.kill(server.pid, signal.SIGTERM)
    time.sleep(0.1)
    begun.sendall(b"i")

    assert receive_all(begun).endswith(b"hi")
    assert idle.recv(1) == b""
    server.wait()
