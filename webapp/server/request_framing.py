"""Where a request ends in the bytes of a connection. Pure.

Only to know when a request has arrived in full. What it means is decided by the parser of
gunicorn, which is given exactly these bytes; a request whose end is doubtful is given to it
as the last one of its connection, and refused there.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

MAX_HEAD_BYTES = 64 * 1024
"""Of request line and headers."""
MAX_CHUNK_LINE_BYTES = 256
_HEAD_END = b"\r\n\r\n"
_CRLF = b"\r\n"
_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?")


class HeadTooLarge(Exception):
    """The headers exceed `MAX_HEAD_BYTES`."""


class BodyKind(Enum):
    LENGTH = auto()
    CHUNKED = auto()
    DOUBTFUL = auto()


@dataclass(frozen=True)
class RequestHead:
    """What the server itself needs to know of a request's headers."""

    size: int
    """In bytes, with the empty line."""
    body: BodyKind
    length: int
    """The declared length of the body; 0 without one and when it is chunked."""
    expects_continue: bool
    is_upgrade: bool
    """Whether a WebSocket is asked for."""
    forwarded_for: tuple[str, ...]
    """The addresses in `X-Forwarded-For`, that of the nearest proxy's client last."""


def parse_head(data: bytes) -> RequestHead:
    """Parse request line and headers, the empty line included."""
    fields: dict[bytes, list[bytes]] = {}
    is_odd = False
    for line in data[: -len(_HEAD_END)].split(_CRLF)[1:]:
        name, colon, value = line.partition(b":")
        is_odd |= not colon or name != name.strip(b" \t")
        fields.setdefault(name.lower(), []).append(value.strip(b" \t"))
    body, length = _find_body(
        lengths=set(fields.get(b"content-length", ())),
        codings=[coding.lower() for coding in fields.get(b"transfer-encoding", ())],
    )
    forwarded = b",".join(fields.get(b"x-forwarded-for", ())).decode("latin-1")
    return RequestHead(
        size=len(data),
        body=BodyKind.DOUBTFUL if is_odd else body,
        length=length,
        expects_continue=_has_value(fields, b"expect", b"100-continue"),
        is_upgrade=_has_value(fields, b"upgrade", b"websocket"),
        forwarded_for=tuple(
            part.strip() for part in forwarded.split(",") if part.strip()
        ),
    )


def _find_body(*, lengths: set[bytes], codings: list[bytes]) -> tuple[BodyKind, int]:
    """How the body ends, and its declared length in bytes."""
    if not codings and len(lengths) <= 1:
        [declared] = lengths or {b"0"}
        if _LENGTH.fullmatch(declared):
            return BodyKind.LENGTH, int(declared)
    if codings == [b"chunked"] and not lengths:
        return BodyKind.CHUNKED, 0
    return BodyKind.DOUBTFUL, 0


def _has_value(fields: dict[bytes, list[bytes]], name: bytes, value: bytes) -> bool:
    return any(each.lower() == value for each in fields.get(name, ()))


class RequestFraming:
    """Follows one request while its bytes arrive."""

    def __init__(self) -> None:
        self.head: RequestHead | None = None
        self.size: int | None = None
        """Of the whole request in bytes, once it has arrived; all there is when doubtful."""
        self.is_doubtful = False
        """Whether it cannot be told where the request ends."""
        self._scanned = 0
        self._in_trailers = False

    def update(self, data: bytearray) -> None:
        """Look at the bytes of the connection, from the first of this request on.

        Raises `HeadTooLarge`.
        """
        if self.head is None:
            self._find_head(data)
        if self.head is None or self.size is not None:
            return
        if self.head.body is BodyKind.DOUBTFUL:
            self._mark_doubtful(data)
        elif self.head.body is BodyKind.CHUNKED:
            self._scan_chunks(data)
        elif len(data) >= self.head.size + self.head.length:
            self.size = self.head.size + self.head.length

    def _find_head(self, data: bytearray) -> None:
        if (
            self._scanned == 0
        ):  # RFC 9112, 2.2: empty lines before a request are ignored
            while data.startswith(_CRLF):
                del data[: len(_CRLF)]
        end = data.find(_HEAD_END, max(self._scanned - 3, 0))
        if end < 0:
            self._scanned = len(data)
            if len(data) > MAX_HEAD_BYTES:
                raise HeadTooLarge
            return
        size = end + len(_HEAD_END)
        if size > MAX_HEAD_BYTES:
            raise HeadTooLarge
        self.head = parse_head(bytes(data[:size]))
        self._scanned = size

    def _scan_chunks(self, data: bytearray) -> None:
        """Go on at the first chunk that had not arrived in full."""
        while self.size is None:
            end = data.find(_CRLF, self._scanned)
            if end < 0:
                if len(data) - self._scanned > MAX_CHUNK_LINE_BYTES:
                    self._mark_doubtful(data)
                return
            if self._in_trailers:
                self._scan_trailer(end)
            elif not self._scan_chunk(data, end):
                return

    def _scan_trailer(self, end: int) -> None:
        """Skip the line that ends there; an empty one ends the request."""
        is_empty = end == self._scanned
        self._scanned = end + len(_CRLF)
        if is_empty:
            self.size = self._scanned

    def _scan_chunk(self, data: bytearray, end: int) -> bool:
        """Skip the chunk whose size is on the line that ends there; whether there was one."""
        chunk = _CHUNK_SIZE.fullmatch(data, self._scanned, end)
        if chunk is None:
            self._mark_doubtful(data)
            return False
        length = int(chunk[1], 16)
        after = end + len(_CRLF)
        if length == 0:
            self._in_trailers = True
        else:
            after += length + len(_CRLF)
        if len(data) < after:
            return False
        self._scanned = after
        return True

    def _mark_doubtful(self, data: bytearray) -> None:
        self.is_doubtful = True
        self.size = len(data)
