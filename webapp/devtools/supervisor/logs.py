"""What a part writes: kept in a file that cannot fill the disk, and handed on line by line."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

MAX_BYTES = 5_000_000
BACKUPS = 2
LAST_LINES = 20


class RotatingLog:
    """At most `MAX_BYTES` in `<name>.log` and as much in each of its `BACKUPS`."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes

    def write(self, line: bytes) -> None:
        """A log that cannot be written (the disk is full) must not stop the shop."""
        try:
            with self.path.open("ab") as file:
                file.write(line)
                full = file.tell() >= self._max_bytes
            if full:
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


class Pump:
    """Reads one process's output to its end; remembers the last lines for its obituary."""

    def __init__(self, log: RotatingLog, show: Callable[[str], None]) -> None:
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._log = log
        self._show = show

    def drain(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._log.write(line)
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(text)
                self._show(text)
