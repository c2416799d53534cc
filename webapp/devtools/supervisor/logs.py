"""A part's output: written to a log of bounded size and passed on line by line."""

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

MAX_BYTES = 5_000_000
BACKUPS = 2
LAST_LINES = 20
OWNER_ONLY = 0o600


class RotatingLog:
    """Holds at most `max_bytes` in `<name>.log` and as much in each of its `BACKUPS`."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes

    def write(self, line: bytes) -> None:
        """Append a line. Write errors (a full disk) are ignored: they must not stop the shop."""
        try:
            descriptor = os.open(
                self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY
            )
            with os.fdopen(descriptor, "ab") as file:
                file.write(line)
                is_full = file.tell() >= self._max_bytes
            if is_full:
                self._rotate()
        except OSError:
            return

    def _rotate(self) -> None:
        for number in range(BACKUPS, 0, -1):
            older = self._backup(number - 1)
            if older.exists():
                older.replace(self._backup(number))

    def _backup(self, number: int) -> Path:
        return self.path.with_suffix(f".log.{number}") if number else self.path


class OutputReader:
    """Reads one process's output to its end and keeps the last lines for its exit report."""

    def __init__(self, log: RotatingLog, on_line: Callable[[str], None]) -> None:
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._log = log
        self._on_line = on_line

    def drain(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._log.write(line)
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(text)
                self._on_line(text)
