"""Terminal output of a run: a line per part, the addresses, then the logs."""

import contextlib
import json
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO
from zlib import crc32

from webapp.devtools.supervisor.part import PartState, PartStatus

COLORS = (36, 35, 34, 33, 32, 96, 95, 94, 93, 92)
RED, GREEN, YELLOW, BOLD, FAINT = 31, 32, 33, 1, 2
STATE_COLORS = {
    PartState.HEALTHY: GREEN,
    PartState.DONE: GREEN,
    PartState.RESTARTING: YELLOW,
    PartState.FAILED: RED,
}
EXIT_LOG_LINES = 12
HIDDEN_FIELDS = {"process", "timestamp"}
"""Fields of a log line that its position on the screen shows already."""


class Screen:
    """Writes the lines of several threads to one terminal or file."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._is_colored = out.isatty()
        self.is_showing_logs = False
        """Off until the platform is ready: logs would hide the progress of the start."""

    def write_line(self, text: str = "") -> None:
        # A closed terminal must not prevent an orderly stop of the parts.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._out.write(f"{text}\n")
            self._out.flush()

    def show_start(self, var: Path, *, orphans: Iterable[str]) -> None:
        self.write_line(f"E-Com67 is starting; its data is in {var}")
        if names := ", ".join(orphans):
            self.write_line(
                f"  The previous run crashed; stopped what it left running: {names}"
            )

    def show_output(self, name: str, text: str) -> None:
        """One line of a part's own output."""
        if self.is_showing_logs:
            color = COLORS[crc32(name.encode()) % len(COLORS)]
            self.write_line(
                f"{self._paint(f'{name:>10} |', color)} {format_log_line(text)}"
            )

    def show_settled(self, status: PartStatus) -> None:
        """A part has become healthy, or a one-shot part is done."""
        state = self._paint(f"{status.state:<8}", STATE_COLORS[status.state])
        took = f"{status.took:6.1f} s"
        self.write_line(
            f"  {status.name:<11} {state} {took}   {status.address}".rstrip()
        )

    def show_exit(self, status: PartStatus, last_lines: Iterable[str]) -> None:
        reason = self._paint(f"{status.name} failed: {status.reason}", RED)
        self.write_line(f"  {reason}")
        for text in list(last_lines)[-EXIT_LOG_LINES:]:
            self.write_line(self._paint(f"    {format_log_line(text)}", FAINT))

    def show_ready(self, seconds: float, addresses: Iterable[tuple[str, str]]) -> None:
        self.write_line(self._paint(f"\nReady in {seconds:.1f} s\n", BOLD))
        for name, address in addresses:
            self.write_line(f"  {name:<14} {address}")
        self.write_line("\nCtrl-C stops everything.\n")

    def show_stopping(self) -> None:
        self.is_showing_logs = False
        self.write_line("\nStopping everything …")

    def show_error(self, message: str) -> None:
        self.write_line(self._paint(message, RED))

    def _paint(self, text: str, color: int) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._is_colored else text


def format_log_line(line: str) -> str:
    """A structured (JSON) log line as readable text; any other line unchanged."""
    if not line.startswith("{"):
        return line
    try:
        fields = json.loads(line)
    except ValueError:
        return line
    if not isinstance(fields, dict) or "event" not in fields:
        return line
    first = f"{fields.pop('level', ''):<8}{fields.pop('event')}"
    rest = (
        f"{name}={value}" for name, value in fields.items() if name not in HIDDEN_FIELDS
    )
    return " ".join([first, *rest])


def read_demo_accounts(accounts: Path) -> list[tuple[str, str]]:
    """Role and sign-in of the demo accounts; empty when there is no demo data (yet)."""
    if not accounts.exists():
        return []
    by_role = json.loads(accounts.read_text())
    return [
        (f"{role.capitalize()}", f"{account['email']}   {account['password']}")
        for role, account in by_role.items()
    ]
