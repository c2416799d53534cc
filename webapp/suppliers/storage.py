"""Files of the platform by path: a folder on a laptop, a bucket in production.

A path is relative, with forward slashes. What is put there appears whole or not at all,
so a reader never meets half a file.
"""

import os
import shutil
from importlib import import_module
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import IO, Protocol
from urllib.parse import urlsplit

from webapp.config import Settings
from webapp.kit.errors import Invalid, NotFound, Unavailable


class BadStoragePath(Invalid):
    code = "BAD_STORAGE_PATH"


class NotStored(NotFound):
    code = "NOT_STORED"

    def __init__(self, path: str) -> None:
        super().__init__(f"Nothing is stored at {path}", path=path)


class StorageAway(Unavailable):
    code = "STORAGE_UNAVAILABLE"


class Storage(Protocol):
    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        """Write or overwrite, whole or not at all."""
        ...

    def open(self, path: str) -> IO[bytes]:
        """A seekable stream, to be closed by the caller. Raises `NotStored`."""
        ...

    def read(self, path: str) -> bytes:
        """Everything at once. Raises `NotStored`."""
        ...

    def exists(self, path: str) -> bool: ...

    def list(self, folder: str = "") -> list[str]:
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


class FileStorage:
    """A folder. Unfinished files lie apart in `.incoming`, where no listing looks."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        target = self._place(path)
        incoming = self._root / ".incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=incoming, delete=False) as part:
            try:
                shutil.copyfileobj(as_stream(content), part)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).replace(target)
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        _sync_folder(target.parent)

    def open(self, path: str) -> IO[bytes]:
        try:
            return self._place(path).open("rb")
        except (FileNotFoundError, IsADirectoryError) as missing:
            raise NotStored(path) from missing

    def read(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def exists(self, path: str) -> bool:
        return self._place(path).is_file()

    def list(self, folder: str = "") -> list[str]:
        start = self._place(folder) if folder else self._root
        found = (file.relative_to(self._root) for file in start.rglob("*"))
        return sorted(
            path.as_posix()
            for path in found
            if path.parts[0] != ".incoming" and (self._root / path).is_file()
        )

    def delete(self, path: str) -> None:
        self._place(path).unlink(missing_ok=True)

    def uri(self, path: str) -> str:
        return str(self._place(path))

    @property
    def scan_options(self) -> dict[str, str]:
        return {}

    def _place(self, path: str) -> Path:
        place = (self._root / checked(path)).resolve()
        if not place.is_relative_to(self._root):  # a symbolic link leads out
            raise BadStoragePath(f"{path} leads out of the storage", path=path)
        return place


def open_storage(settings: Settings) -> Storage:
    """The storage that `STORAGE_URL` names; S3 also minds `AWS_ENDPOINT_URL`."""
    if settings.storage_url.startswith("file:"):
        return FileStorage(settings.path_of(settings.storage_url))
    address = urlsplit(settings.storage_url)
    s3 = import_module(
        "webapp.suppliers.s3"
    )  # 10 MB and 0.3 s that a folder can do without
    bucket: Storage = s3.open_bucket(address.netloc, prefix=address.path)
    return bucket


def checked(path: str) -> str:
    """The path in its one spelling. Raises `BadStoragePath` if it could escape."""
    parts = PurePosixPath(path).parts
    hidden = any(part.startswith(".") or "\\" in part or "\0" in part for part in parts)
    if not parts or parts[0] == "/" or hidden:
        raise BadStoragePath(f"{path!r} is not a path of the storage", path=path)
    return "/".join(parts)


def as_stream(content: bytes | IO[bytes]) -> IO[bytes]:
    return BytesIO(content) if isinstance(content, bytes) else content


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
