"""Whether a PNG has all of its rows: Pillow takes what is missing for black. Pure."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE_BYTES = 8
CHUNK_FRAME_BYTES = 12
"""Length, type and checksum around the data of a chunk."""
HEADER = struct.Struct(">IIBBBBB")
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By color type."""
ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
"""Of each pass of an interlaced picture: first column and row, and the steps to the next."""
WHOLE = ((0, 0, 1, 1),)
INFLATED_AT_ONCE = 64 * 1024


def has_all_rows(file: bytes) -> bool:
    """Of a PNG that Pillow has verified. Raises `zlib.error` for one that is broken inside."""
    missing = _count_expected_bytes(next(_iter_chunks(file, b"IHDR")))
    inflater = zlib.decompressobj()
    for data in _iter_chunks(file, b"IDAT"):
        inflated = inflater.decompress(data, INFLATED_AT_ONCE)
        missing -= len(inflated)
        while inflated and missing > 0:
            inflated = inflater.decompress(inflater.unconsumed_tail, INFLATED_AT_ONCE)
            missing -= len(inflated)
        if missing <= 0:
            return True
    return False


def _iter_chunks(file: bytes, kind: bytes) -> Iterator[bytes]:
    """The data of the chunks of this type."""
    start = SIGNATURE_BYTES
    while start + CHUNK_FRAME_BYTES <= len(file):
        length, found = struct.unpack_from(">I4s", file, start)
        if found == kind:
            yield file[start + 8 : start + 8 + length]
        start += CHUNK_FRAME_BYTES + length


def _count_expected_bytes(header: bytes) -> int:
    """Each row is a byte for its filter and its pixels, in whole bytes."""
    width, height, depth, color_type, _, _, interlaced = HEADER.unpack(header)
    bits = depth * CHANNELS[color_type]
    total = 0
    for column, row, column_step, row_step in ADAM7 if interlaced else WHOLE:
        columns = max(0, -(-(width - column) // column_step))
        rows = max(0, -(-(height - row) // row_step))
        total += rows * (1 + (columns * bits + 7) // 8) if columns else 0
    return total
