"""Files in a folder of this machine."""

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


class FileSystemStorage:
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

    def read_bytes(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def exists(self, path: str) -> bool:
        return self._place(path).is_file()

    def list_paths(self, folder: str = "") -> list[str]:
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
        place = (self._root / normalize_path(path)).resolve()
        if not place.is_relative_to(self._root):  # a symbolic link leads out
            raise BadStoragePath(f"{path} leads out of the storage", path=path)
        return place


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
