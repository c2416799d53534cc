"""The file storage in a folder of this machine."""

import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from webapp.adapters.storage.port import (
    BadStoragePath,
    NotStored,
    as_stream,
    normalize_path,
)

MAX_PATH_BYTES = 1024
"""As of a key in a bucket, so that a file can move there."""


class FileSystemStorage:
    """Stores files below `root`. Incomplete files are in `.incoming`, which is never listed."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def put(self, path: str, content: bytes | IO[bytes]) -> None:
        target = self._resolve(path)
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
            return self._resolve(path).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as missing:
            raise NotStored(path) from missing

    def read_bytes(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def exists(self, path: str) -> bool:
        return self._resolve(path).is_file()

    def list_paths(self, folder: str = "") -> list[str]:
        start = self._resolve(folder) if folder else self._root
        paths = (file.relative_to(self._root) for file in start.rglob("*"))
        return sorted(
            path.as_posix()
            for path in paths
            if path.parts[0] != ".incoming" and (self._root / path).is_file()
        )

    def delete(self, path: str) -> None:
        self._resolve(path).unlink(missing_ok=True)

    def uri(self, path: str) -> str:
        return self._locate(path)

    @property
    def scan_options(self) -> dict[str, str]:
        return {}

    def _resolve(self, path: str) -> Path:
        return Path(self._locate(path))

    def _locate(self, path: str) -> str:
        if len(path.encode(errors="surrogatepass")) > MAX_PATH_BYTES:
            raise BadStoragePath("The path is too long for the storage")
        place = f"{self._root}/{normalize_path(path)}"
        # A figure needs the paths of all months: only what has a link takes the time to resolve.
        if not self._has_link(place):
            return place
        resolved = os.path.realpath(place)
        if not resolved.startswith(f"{self._root}/"):
            raise BadStoragePath(f"{path} leads out of the storage", path=path)
        return resolved

    def _has_link(self, place: str) -> bool:
        """Whether a part of it below the root, which is resolved, is a symbolic link."""
        part = str(self._root)
        for name in place.removeprefix(f"{part}/").split("/"):
            part = f"{part}/{name}"
            if os.path.islink(part):  # noqa: PTH114 - `Path` takes ten times as long
                return True
        return False


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
