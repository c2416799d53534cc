"""One running process of a part: its output, its exit and the cleanup of its session."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO

import psutil

from webapp.devtools.supervisor import process_tree
from webapp.devtools.supervisor.logs import OutputReader, RotatingLog
from webapp.devtools.supervisor.modes import PRIVATE_UMASK


class ChildProcess:
    """A process started in a session of its own.

    Ctrl-C in the terminal therefore reaches only the supervisor, which stops the parts in
    order, and every process that the part starts can be found by that session.
    """

    def __init__(
        self,
        command: list[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: RotatingLog,
        on_line: Callable[[str], None],
    ) -> None:
        self._output = OutputReader(log, on_line)
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=PRIVATE_UMASK,
        )
        self.pid = self._process.pid
        self.created = _read_start_time(self.pid)
        self._reader = threading.Thread(
            target=self._output.drain,
            args=[_require_output(self._process)],
            daemon=True,
        )
        self._reader.start()

    def has_exited(self) -> bool:
        return self._process.poll() is not None

    def has_succeeded(self) -> bool:
        return self._process.poll() == 0

    def terminate(self, stop_signal: signal.Signals, *, timeout_s: float) -> None:
        """Send `stop_signal`, wait up to `timeout_s`, then kill what remains of its session."""
        members = process_tree.list_session_processes(self.pid)
        self._process.send_signal(stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_s)
        self.kill_remaining(members)

    def kill_remaining(self, members: Iterable[psutil.Process] = ()) -> None:
        """Kill its session and those of its earlier `members` that are still alive."""
        process_tree.kill_session(self.pid, also=members)
        self._process.wait()
        self._reader.join(timeout=2)

    def describe_exit(self) -> str:
        """How it ended, for display: `exit code 3` or `killed by SIGKILL`."""
        code = self._process.returncode
        if code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def last_lines(self) -> list[str]:
        return list(self._output.last_lines)


def _read_start_time(pid: int) -> float:
    """Unix seconds; 0 when the process has already gone."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0


def _require_output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise ValueError("the process was started without a pipe")
    return process.stdout
