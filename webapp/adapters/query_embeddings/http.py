"""A client of the process that embeds queries, over HTTP."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import HTTPError, ReadTimeoutError

from webapp.adapters.embeddings.port import Vectors
from webapp.adapters.query_embeddings.port import (
    EMBED_PATH,
    MAX_QUERY_BYTES,
    TIME_LIMIT_S,
    decode_vector,
)
from webapp.kit.circuit_breaker import CircuitBreaker
from webapp.kit.tls import trusted_certificates

log = structlog.get_logger()

MAX_IDLE_CONNECTIONS = 32
RETRY_AFTER_S = 5.0


class HttpQueryEmbedder:
    """Keeps its connections, for any thread; connects at first use. A server that is not there is
    tried again after five seconds; one that is late is asked again with the next query."""

    def __init__(
        self,
        url: str,
        *,
        time_limit_s: float = TIME_LIMIT_S,
        monotonic_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = urlsplit(url).path.rstrip("/") + EMBED_PATH
        self._pool = _build_pool(url)
        self._timeout = Timeout(total=time_limit_s)
        self._breaker = CircuitBreaker(
            retry_after_s=RETRY_AFTER_S, monotonic_clock=monotonic_clock
        )

    def embed_query(self, text: str) -> Vectors | None:
        body = text.strip().encode(errors="ignore")[:MAX_QUERY_BYTES]
        if not body or not self._breaker.permits_call():
            return None
        try:
            response = self._post(body)
        except ReadTimeoutError:
            self._breaker.record_success()
            return None
        except HTTPError as error:
            self._breaker.record_failure()
            log.warning("the embedder of queries is unavailable", error=str(error))
            return None
        self._breaker.record_success()
        return _read_vector(response)

    def _post(self, body: bytes) -> BaseHTTPResponse:
        return self._pool.urlopen(
            "POST",
            self._path,
            body=body,
            timeout=self._timeout,
            redirect=False,
            retries=False,
        )


def _build_pool(url: str) -> HTTPConnectionPool:
    secure = {"ssl_context": trusted_certificates()} if url.startswith("https") else {}
    return connection_from_url(url, maxsize=MAX_IDLE_CONNECTIONS, **secure)


def _read_vector(response: BaseHTTPResponse) -> Vectors | None:
    """Another status says that the server is busy, or is another server."""
    if response.status != 200:
        return None
    try:
        return decode_vector(response.data)
    except ValueError as error:
        log.warning("the embedder of queries answers wrongly", error=str(error))
        return None
