"""Embeds search queries for all processes of the shop: `python -m jobs.query_embedder`.

The model is loaded once for all of them. Answers `POST /embed`, see
`webapp.adapters.query_embeddings.port`. One query is computed at a time; one that would wait
longer than its client does is answered with 503.
"""

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Lock, Thread
from unicodedata import normalize

import structlog
from cachetools import LRUCache

from jobs.process import configure_process, stop_event
from webapp.adapters.embeddings.build import build_embedder
from webapp.adapters.embeddings.port import Embedder
from webapp.adapters.query_embeddings.port import (
    EMBED_PATH,
    HEALTH_PATH,
    MAX_QUERY_BYTES,
    TIME_LIMIT_S,
    encode_vector,
)
from webapp.kit.caches import LockedCache

log = structlog.get_logger()

MAX_CACHED = 10_000
"""Queries whose vectors are kept: 17 MB."""
IDLE_TIMEOUT_S = 300


class TooBusy(Exception):
    """There are queries before this one, for longer than it is waited for."""


class QueryVectors:
    """Vectors of queries, the last ones from memory. For any number of threads."""

    def __init__(
        self,
        embedder: Embedder,
        *,
        max_cached: int = MAX_CACHED,
        max_wait_s: float = TIME_LIMIT_S,
    ) -> None:
        self._embedder = embedder
        self._max_wait_s = max_wait_s
        self._turn = Lock()
        self._cache: LockedCache[str, bytes] = LockedCache(LRUCache(max_cached))

    def find_vector(self, query: str) -> bytes:
        """The encoded vector. Raises `TooBusy`."""
        key = normalize_query(query)
        return self._cache.find(key) or self._compute(key)

    def _compute(self, key: str) -> bytes:
        if not self._turn.acquire(timeout=self._max_wait_s):
            raise TooBusy
        try:
            found = self._cache.find(key)
            if found is None:
                found = encode_vector(self._embedder.embed([key])[0])
                self._cache.store(key, found)
        finally:
            self._turn.release()
        return found


def normalize_query(query: str) -> str:
    """Alike for what the model takes as alike: it knows no case."""
    return " ".join(normalize("NFKC", query).casefold().split())


class EmbeddingServer(ThreadingTCPServer):
    """Has a thread for each connection, of which each process of the shop keeps a few."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], vectors: QueryVectors) -> None:
        super().__init__(address, QueryRequestHandler)
        self.vectors = vectors

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up is no error."""
        del request, client_address
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            log.error("a query failed", exc_info=error)


class QueryRequestHandler(BaseHTTPRequestHandler):
    server: EmbeddingServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    """Head and body of a response are sent at once."""
    timeout = IDLE_TIMEOUT_S

    def do_GET(self) -> None:
        is_known = self.path == HEALTH_PATH
        self._respond(HTTPStatus.OK if is_known else HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        query = self._read_query()
        if query is None:
            self.close_connection = True
            self._respond(HTTPStatus.BAD_REQUEST)
            return
        try:
            vector = self.server.vectors.find_vector(query)
        except TooBusy:
            self._respond(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self._respond(HTTPStatus.OK, vector)

    def _read_query(self) -> str | None:
        """None for what is no query."""
        length = self.headers.get("Content-Length", "")
        is_query = self.path == EMBED_PATH and length.isdecimal()
        if not is_query or not 0 < int(length) <= MAX_QUERY_BYTES:
            return None
        return self.rfile.read(int(length)).decode(errors="replace")

    def _respond(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Queries are not logged."""


def main() -> None:
    settings = configure_process("embedder")
    stop = stop_event()
    embedder = build_embedder(settings)
    embedder.embed(["load the model before the first query"])
    address = (settings.embedder_host, settings.embedder_port)
    with EmbeddingServer(address, QueryVectors(embedder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        log.info("the embedder answers", model=embedder.model)
        stop.wait()
        server.shutdown()


if __name__ == "__main__":
    main()
