"""Files of the platform by path: a folder on a laptop, a bucket in production.

A path is relative, with forward slashes. What is put there appears whole or not at all,
so a reader never meets half a file.
"""

from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Protocol

from webapp.kit.errors import Invalid, NotFound, Unavailable


class BadStoragePath(Invalid):
    code = "BAD_STORAGE_PATH"


class NotStored(NotFound):
    code = "NOT_STORED"

    def __init__(self, path: str) -> None:
        super().__init__(f"Nothing is stored at {path}", path=path)


class StorageUnavailable(Unavailable):
    code = "STORAGE_UNAVAILABLE"


class Storage(Protocol):
    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        """Write or overwrite, whole or not at all."""
        ...

    def open(self, path: str) -> IO[bytes]:
        """A seekable stream, to be closed by the caller. Raises `NotStored`."""
        ...

    def read_bytes(self, path: str) -> bytes:
        """Everything at once. Raises `NotStored`."""
        ...

    def exists(self, path: str) -> bool: ...

    def list_paths(self, folder: str = "") -> list[str]:
        """Paths of all files below a folder, sorted; none when there is no folder."""
        ...

    def delete(self, path: str) -> None:
        """Deleting what is not there is not an error."""
        ...

    def uri(self, path: str) -> str:
        """The address by which Polars scans a file, or a pattern with `*` in it."""
        ...

    @property
    def scan_options(self) -> dict[str, str]:
        """What Polars must be told beside the address (`storage_options`)."""
        ...


def normalize_path(path: str) -> str:
    """The path in its one spelling. Raises `BadStoragePath` if it could escape."""
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") or "\\" in part or "\0" in part for part in parts)
    if not parts or parts[0] == "/" or hidden:
        raise BadStoragePath(f"{path!r} is not a path of the storage", path=path)
    return "/".join(parts)


def as_stream(content: bytes | IO[bytes]) -> IO[bytes]:
    return BytesIO(content) if isinstance(content, bytes) else content
