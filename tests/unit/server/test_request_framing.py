"""Where a request ends, however its bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.server.request_framing import (
    MAX_HEAD_BYTES,
    HeadTooLarge,
    RequestFraming,
    parse_head,
)

HEAD = b"POST /orders HTTP/1.1\r\nHost: shop\r\n"
WHOLE_REQUESTS = [
    b"GET / HTTP/1.1\r\n\r\n",
    HEAD + b"\r\n",
    HEAD + b"Content-Length: 0\r\n\r\n",
    HEAD + b"CONTENT-LENGTH:  5 \r\n\r\nhello",
    HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD
    + b"Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
    HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\nTrailer: 1\r\n\r\n",
]
DOUBTFUL_HEADERS = [
    b"Content-Length: 3\r\nContent-Length: 4",
    b"Content-Length: 3\r\nTransfer-Encoding: chunked",
    b"Content-Length: -1",
    b"Content-Length: +3",
    b"Content-Length: 3, 3",
    b"Content-Length: 0x3",
    b"Content-Length: 9999999999999999999",
    b"Content-Length : 3",
    b" Content-Length: 3",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"no colon",
]
DOUBTFUL_CHUNKS = [b"x\r\n", b"-1\r\n", b"0x5\r\nhello", b"\r\n", b"5" * 300]


def receive_all(data: bytes, *, cuts: tuple[int, ...] = ()) -> RequestFraming:
    framing = RequestFraming()
    received = bytearray()
    edges = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(edges):
        received += data[start:end]
        framing.update(received)
    return framing


@pytest.mark.parametrize("request_bytes", WHOLE_REQUESTS)
@pytest.mark.parametrize("following", [b"", b"GET /next HTTP/1.1\r\n\r\n"])
def test_a_request_ends_where_the_next_begins(
    request_bytes: bytes, following: bytes
) -> None:
    framing = receive_all(request_bytes + following)

    assert framing.size == len(request_bytes)
    assert not framing.is_doubtful


@given(st.sampled_from(WHOLE_REQUESTS), st.data())
def test_it_does_not_matter_how_the_bytes_arrive(
    request_bytes: bytes, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(request_bytes)), max_size=8))

    assert receive_all(request_bytes, cuts=tuple(cuts)).size == len(request_bytes)


@pytest.mark.parametrize("request_bytes", WHOLE_REQUESTS)
def test_a_request_without_its_last_byte_has_not_arrived(request_bytes: bytes) -> None:
    assert receive_all(request_bytes[:-1]).size is None


@pytest.mark.parametrize("header", DOUBTFUL_HEADERS)
def test_a_doubtful_length_gives_the_parser_everything(header: bytes) -> None:
    data = HEAD + header + b"\r\n\r\nabcGET / HTTP/1.1\r\n\r\n"

    framing = receive_all(data)

    assert framing.is_doubtful
    assert framing.size == len(data)


@pytest.mark.parametrize("chunk", DOUBTFUL_CHUNKS)
def test_a_doubtful_chunk_gives_the_parser_everything(chunk: bytes) -> None:
    data = HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n" + chunk

    framing = receive_all(data)

    assert framing.is_doubtful
    assert framing.size == len(data)


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
def test_endless_headers_are_too_large(end: bytes) -> None:
    line = b"X: " + b"a" * 1000 + b"\r\n"

    with pytest.raises(HeadTooLarge):
        receive_all(HEAD + line * (MAX_HEAD_BYTES // 1000 + 1) + end)


def test_empty_lines_before_a_request_are_ignored() -> None:
    received = bytearray(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    framing = RequestFraming()

    framing.update(received)

    assert (framing.size, bytes(received[:3])) == (18, b"GET")


def test_the_head_tells_what_the_server_needs_to_know() -> None:
    head = parse_head(
        b"GET /ws/chat HTTP/1.1\r\nUpgrade: WebSocket\r\nExpect: 100-Continue\r\n"
        b"X-Forwarded-For: 192.0.2.1, 198.51.100.7\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n"
    )

    assert head.is_upgrade
    assert head.expects_continue
    assert head.forwarded_for == ("192.0.2.1", "198.51.100.7", "10.0.0.1")
