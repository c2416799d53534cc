"""The process that embeds queries, and its client: a vector in time, or none."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from structlog.testing import capture_logs

from jobs.query_embedder import (
    EmbeddingServer,
    QueryVectors,
    TooBusy,
    normalize_query,
)
from tests.support.ports import free_port
from tests.support.waiting import eventually
from webapp.adapters.embeddings.build import LocalEmbedder
from webapp.adapters.embeddings.port import DIMENSIONS, Vectors
from webapp.adapters.query_embeddings.build import build_query_embedder
from webapp.adapters.query_embeddings.http import RETRY_AFTER_S, HttpQueryEmbedder
from webapp.adapters.query_embeddings.port import decode_vector
from webapp.config import PROJECT_ROOT, Settings

PATIENCE_S = 10
"""In place of 20 ms, where the answer is waited for."""


class RecordingEmbedder:
    """Keeps what it was given; waits until it may answer."""

    model = "recording"

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.may_answer = Event()
        self.may_answer.set()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        self.may_answer.wait(PATIENCE_S)
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        vectors[:, len(self.texts)] = 1
        return vectors


@pytest.fixture
def embedder() -> RecordingEmbedder:
    return RecordingEmbedder()


@contextmanager
def serving(vectors: QueryVectors, port: int = 0) -> Iterator[str]:
    with EmbeddingServer(("127.0.0.1", port), vectors) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def url(embedder: RecordingEmbedder) -> Iterator[str]:
    with serving(QueryVectors(embedder)) as url:
        yield url


def post(url: str, path: str, body: bytes, **headers: str) -> int:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE_S)
    connection.request("POST", path, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_query_has_the_vector_that_the_embedder_computes(
    url: str, embedder: RecordingEmbedder
) -> None:
    client = HttpQueryEmbedder(url, time_limit_s=PATIENCE_S)

    vector = client.embed_query("für Gäste")

    assert vector is not None
    assert vector.dtype == np.float32
    assert vector.tolist() == np.eye(DIMENSIONS)[1].tolist()
    assert embedder.texts == ["für gäste"]


def test_the_same_query_again_is_not_computed(
    url: str, embedder: RecordingEmbedder
) -> None:
    client = HttpQueryEmbedder(url, time_limit_s=PATIENCE_S)
    first = client.embed_query("Red  Lamp")

    again = client.embed_query(" red lamp ")

    assert first is not None
    assert again is not None
    assert again.tolist() == first.tolist()
    assert len(embedder.texts) == 1


def test_the_query_used_longest_ago_is_forgotten(embedder: RecordingEmbedder) -> None:
    vectors = QueryVectors(embedder, max_cached=2)
    for query in ("a", "b", "a", "c", "a", "b"):
        vectors.find_vector(query)

    assert embedder.texts == ["a", "b", "c", "b"]


def test_a_query_is_written_in_one_way() -> None:
    assert normalize_query("  \uff32ed\u00a0\n LAMP") == "red lamp"


def test_there_is_no_vector_of_an_embedder_that_is_late(
    url: str, embedder: RecordingEmbedder
) -> None:
    client = HttpQueryEmbedder(url, time_limit_s=0.05)
    embedder.may_answer.clear()

    assert client.embed_query("lamp") is None

    embedder.may_answer.set()
    patient = HttpQueryEmbedder(url, time_limit_s=PATIENCE_S)
    assert patient.embed_query("lamp") is not None
    assert embedder.texts == ["lamp"], "what came too late is kept"


def test_a_query_that_would_wait_too_long_is_refused_and_never_computed(
    embedder: RecordingEmbedder,
) -> None:
    vectors = QueryVectors(embedder, max_wait_s=0.01)
    embedder.may_answer.clear()
    first = Thread(target=vectors.find_vector, args=("lamp",))
    first.start()
    eventually(lambda: embedder.texts == ["lamp"])

    with pytest.raises(TooBusy):
        vectors.find_vector("rug")
    with serving(vectors) as url:
        client = HttpQueryEmbedder(url, time_limit_s=PATIENCE_S)
        assert client.embed_query("rug") is None

    embedder.may_answer.set()
    first.join()
    assert embedder.texts == ["lamp"]


def test_a_query_that_is_known_waits_for_no_other(embedder: RecordingEmbedder) -> None:
    vectors = QueryVectors(embedder, max_wait_s=0.01)
    known = vectors.find_vector("lamp")
    embedder.may_answer.clear()
    other = Thread(target=vectors.find_vector, args=("rug",))
    other.start()
    eventually(lambda: embedder.texts == ["lamp", "rug"])

    assert vectors.find_vector("lamp") == known

    embedder.may_answer.set()
    other.join()


def test_only_what_the_client_is_not_to_blame_for_is_an_error(
    embedder: RecordingEmbedder,
) -> None:
    with (
        EmbeddingServer(("127.0.0.1", 0), QueryVectors(embedder)) as server,
        capture_logs() as logged,
    ):
        for error in (ConnectionResetError(), ZeroDivisionError()):
            try:
                raise error
            except (ConnectionError, ZeroDivisionError):
                server.handle_error(None, None)

    assert [event["event"] for event in logged] == ["a query failed"]


def test_an_embedder_that_is_not_there_is_tried_again_after_a_while(
    embedder: RecordingEmbedder,
) -> None:
    port, now = free_port(), [0.0]
    client = HttpQueryEmbedder(
        f"http://127.0.0.1:{port}",
        time_limit_s=PATIENCE_S,
        monotonic_clock=lambda: now[0],
    )
    assert client.embed_query("lamp") is None

    with serving(QueryVectors(embedder), port):
        assert client.embed_query("lamp") is None, "not asked"
        assert embedder.texts == []
        now[0] += RETRY_AFTER_S
        assert client.embed_query("lamp") is not None


def test_a_restart_of_the_embedder_costs_no_query(embedder: RecordingEmbedder) -> None:
    port = free_port()
    client = HttpQueryEmbedder(f"http://127.0.0.1:{port}", time_limit_s=PATIENCE_S)
    for query in ("lamp", "rug"):
        with serving(QueryVectors(embedder), port):
            assert client.embed_query(query) is not None


def test_an_embedder_that_never_accepts_is_not_waited_for() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        assert HttpQueryEmbedder(url).embed_query("lamp") is None


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_no_text_has_no_vector(
    url: str, embedder: RecordingEmbedder, text: str
) -> None:
    assert HttpQueryEmbedder(url, time_limit_s=PATIENCE_S).embed_query(text) is None
    assert embedder.texts == []


def test_a_text_that_no_query_has_is_cut(url: str, embedder: RecordingEmbedder) -> None:
    client = HttpQueryEmbedder(url, time_limit_s=PATIENCE_S)

    assert client.embed_query("ü" * 10_000 + "\ud800") is not None
    assert len(embedder.texts[0]) == 2048


@pytest.mark.parametrize(
    ("path", "body"),
    [("/other", b"lamp"), ("/embed", b""), ("/embed", b"x" * 4097)],
)
def test_what_is_no_query_is_refused(url: str, path: str, body: bytes) -> None:
    assert post(url, path, body) == 400


def test_a_length_that_is_no_number_is_refused(url: str) -> None:
    headers = {"Content-Length": "-1"}
    assert post(url, "/embed", b"", **headers) == 400


def test_what_is_no_vector_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 numbers are no vector"):
        decode_vector(b"\0" * 8)


def test_without_an_address_there_is_no_vector() -> None:
    assert build_query_embedder(Settings()).embed_query("lamp") is None
    assert isinstance(
        build_query_embedder(Settings(embedder_url="http://127.0.0.1:1")),
        HttpQueryEmbedder,
    )


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_the_process_answers_with_the_vectors_of_the_model(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.query_embedder"],
        cwd=PROJECT_ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "VAR_DIR": str(tmp_path),
            "EMBEDDER_PORT": str(port),
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        client = HttpQueryEmbedder(
            f"http://127.0.0.1:{port}",
            time_limit_s=PATIENCE_S,
            monotonic_clock=lambda: time.monotonic() * RETRY_AFTER_S * 10,
        )
        found = eventually(
            lambda: client.embed_query("red lamp") is not None, within=50
        )
        assert found
        vector = client.embed_query("red lamp")
        assert vector is not None
        [expected] = LocalEmbedder().embed(["red lamp"])
        assert float(vector @ expected) == pytest.approx(1, abs=1e-4)
    finally:
        process.terminate()
        assert process.wait(20) == 0
