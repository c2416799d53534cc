"""The port of the file storage: a folder in development, a bucket in production.

A path is relative, with forward slashes. Writes are atomic: a reader never sees a partial
file.
"""

from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Protocol

from webapp.kit.errors import Invalid, NotFound, Unavailable

MAX_FILE_NAME_BYTES = 255  # of file systems


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
        """Write or overwrite a file atomically."""
        ...

    def open(self, path: str) -> IO[bytes]:
        """Open a seekable stream, which the caller closes. Raises `NotStored`."""
        ...

    def read_bytes(self, path: str) -> bytes:
        """Read the whole file. Raises `NotStored`."""
        ...

    def exists(self, path: str) -> bool: ...

    def list_paths(self, folder: str = "") -> list[str]:
        """List the paths of all files below a folder, sorted; none if there is no such folder."""
        ...

    def delete(self, path: str) -> None:
        """Delete a file; a missing one is not an error."""
        ...

    def uri(self, path: str) -> str:
        """The URI by which Polars scans a file, or several if the path contains `*`."""
        ...

    @property
    def scan_options(self) -> dict[str, str]:
        """The `storage_options` that Polars needs in addition to the URI."""
        ...


def normalize_path(path: str) -> str:
    """Return the canonical path. Raises `BadStoragePath` if it could escape the storage, or if
    not every storage can have it."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or not all(map(_is_file_name, parts)):
        raise BadStoragePath(f"{path!r} is not a path of the storage", path=path)
    return "/".join(parts)


def _is_file_name(part: str) -> bool:
    if part.startswith(".") or "\\" in part or not part.isprintable():
        return False
    return len(part.encode()) <= MAX_FILE_NAME_BYTES


def as_stream(content: bytes | IO[bytes]) -> IO[bytes]:
    return BytesIO(content) if isinstance(content, bytes) else content
