"""The file of rejected rows: one JSON object per line, with the reason."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from webapp.imports.errors import RejectsUnwritable
from webapp.imports.row import Row


@dataclass(frozen=True)
class Reject:
    line: int
    reason: str
    row: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Row, reason: str) -> "Reject":
        return cls(row.line, reason, row.values)


def require_rejects_path(path: Path, *, source: Path) -> None:
    """Raise `RejectsUnwritable` for a path at which anything but rejects of an earlier import is:
    they are replaced, the rest is somebody's."""
    if not path.exists():
        return
    is_source = source.exists() and path.samefile(source)
    if is_source or not path.is_file() or not _has_rejects(path):
        raise RejectsUnwritable(
            f"{path} exists and has no rejects of an earlier import, which would be replaced: "
            "choose another path with --rejects"
        )


def _has_rejects(path: Path) -> bool:
    """Whether the file is empty or its first line is a reject."""
    try:
        with path.open("rb") as file:
            line = file.readline()
        return not line or json.loads(line).keys() == {"line", "reason", "row"}
    except (OSError, ValueError, AttributeError):
        return False


class RejectsFile:
    """Created with its first row; rows written after the last checkpoint are truncated."""

    def __init__(self, path: Path, *, keep_bytes: int) -> None:
        self.path = path
        self._keep_bytes = keep_bytes
        self._stream: IO[bytes] | None = None
        if path.exists():
            self._open()
            if not keep_bytes:
                self.close()
                path.unlink()

    def add(self, rejects: list[Reject]) -> int:
        """Append and fsync, before the transaction that counts the rows commits.

        Returns the file's length in bytes.
        """
        if rejects and self._stream is None:
            self._open()
        if self._stream is None:
            return 0
        for reject in rejects:
            self._stream.write(_encode_reject(reject))
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return self._stream.tell()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # May hold customer data: readable by the owner only.
            self.path.touch(mode=0o600)
            self._stream = self.path.open("r+b")
        except OSError as error:
            raise RejectsUnwritable(
                f"{self.path} cannot be written ({error.strerror}): choose another path "
                "with --rejects"
            ) from error
        self._stream.truncate(self._keep_bytes)
        self._stream.seek(0, os.SEEK_END)


def _encode_reject(reject: Reject) -> bytes:
    entry = {"line": reject.line, "reason": reject.reason, "row": dict(reject.row)}
    return json.dumps(entry, ensure_ascii=True, default=str).encode() + b"\n"
