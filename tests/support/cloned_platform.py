"""The platform of any clone, started by its own `make run` and known from outside only:
its files in `var`, its HTTP API, `/proc`, and what PostgreSQL and Valkey say of themselves."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from dotenv import dotenv_values

from tests.support.ports import free_port

WITHOUT_RAY = "ray, agents"
READY_TIMEOUT_S = 600  # a first start may install everything
STOP_TIMEOUT_S = 120
PORTS = (
    "PORT",
    "POSTGRES_PORT",
    "VALKEY_PORT",
    "STRIPE_SIMULATOR_PORT",
    "SERVE_PORT",
    "RAY_PORT",
    "RAY_DASHBOARD_PORT",
)
NAMES = {
    "DISABLED_PARTS": "LEAVE_OUT",
    "AUTH_REQUESTS_PER_MINUTE": "AUTH_PER_MINUTE",
    "REVIEW_THRESHOLD": "REVIEW_FROM",
}
"""Settings by today's name, and what earlier versions call them."""
UNLIMITED: Mapping[str, str] = {
    "AUTH_REQUESTS_PER_MINUTE": "100000",
    "CHAT_MESSAGES_PER_MINUTE": "100000",
    "REVIEW_THRESHOLD": "101",
}
"""One address registers all customers, who order and ask more than people do."""


class StartTimes(NamedTuple):
    """Seconds since the start."""

    answers_s: float
    """Until the shop answered."""
    ready_s: float


@dataclass
class ClonedPlatform:
    checkout: Path
    var: Path
    disabled_parts: str
    cores: Sequence[int] | None = None
    """Processor cores that all of its processes may use; all without."""
    ports: Mapping[str, int] = field(
        default_factory=lambda: {name: free_port() for name in PORTS}
    )
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.ports['PORT']}"

    @property
    def accounts(self) -> dict[str, dict[str, str]]:
        """The demo sign-ins by role, each `email` and `password`."""
        accounts: dict[str, dict[str, str]] = json.loads(
            (self.var / "demo-accounts.json").read_text()
        )
        return accounts

    @property
    def addresses(self) -> dict[str, str]:
        """Settings with the addresses of the running parts, such as `DATABASE_URL`."""
        file = next(self.var.glob("**/platform.env"))
        return {name: value or "" for name, value in dotenv_values(file).items()}

    def start(self) -> StartTimes:
        """Start it, and wait until it has said *Ready*."""
        started = time.monotonic()
        log = self.var.with_suffix(".log")
        pinned = ["taskset", "-c", ",".join(map(str, self.cores))] if self.cores else []
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*pinned, "make", "run"],
                cwd=self.checkout,
                env={**os.environ, **self._list_settings()},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        answers_s = 0.0
        while not re.search(rb"^Ready in", log.read_bytes(), re.MULTILINE):
            waited = time.monotonic() - started
            if self.process.poll() is not None or waited > READY_TIMEOUT_S:
                msg = f"{self.checkout} did not start:\n{log.read_text()[-4000:]}"
                raise RuntimeError(msg)
            if not answers_s and self._is_answering():
                answers_s = time.monotonic() - started
            time.sleep(0.02)
        ready_s = time.monotonic() - started
        return StartTimes(answers_s or ready_s, ready_s)

    def _is_answering(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.ports["PORT"], timeout=60)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _list_settings(self) -> dict[str, str]:
        known = (self.checkout / "docs/settings.md").read_text()
        chosen = {**UNLIMITED, "DISABLED_PARTS": self.disabled_parts}
        return {
            **{name: str(port) for name, port in self.ports.items()},
            **{
                name if f"`{name}`" in known else NAMES.get(name, name): value
                for name, value in chosen.items()
            },
            "VAR_DIR": str(self.var),
            "PYTHONUNBUFFERED": "1",
        }

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(STOP_TIMEOUT_S)

    def list_parts(self) -> list[dict[str, Any]]:
        """The running parts by the state file: each `name` and `pid`, besides others."""
        state = json.loads((self.var / "run/state.json").read_text())
        supervisor = {"name": "supervisor", "pid": state["pid"]}
        return [supervisor, *(part for part in state["parts"] if part["pid"])]

    def read_processor_ms(self) -> dict[str, float]:
        """Processor time of each part so far, with that of its processes that have ended."""
        parts = self.list_parts()
        roots = {part["pid"] for part in parts}
        spent: dict[str, float] = {}
        for part in parts:
            name = re.sub(r"-?\d+$", "", part["name"])
            spent.setdefault(name, 0.0)
            for process in _list_tree(part["pid"], without=roots):
                spent[name] += _read_process_ms(process)
        return spent

    def read_memory_mb(self) -> dict[str, float]:
        """Memory of each part; what processes share is divided among them (PSS)."""
        parts = self.list_parts()
        roots = {part["pid"] for part in parts}
        used: dict[str, float] = {}
        for part in parts:
            name = re.sub(r"-?\d+$", "", part["name"])
            for process in _list_tree(part["pid"], without=roots):
                try:
                    used[name] = (
                        used.get(name, 0.0) + process.memory_full_info().pss / 1e6
                    )
                except psutil.Error:
                    continue
        return used


def _list_tree(pid: int, *, without: set[int]) -> Iterator[psutil.Process]:
    """A process and its descendants, but for those of other parts."""
    try:
        root = psutil.Process(pid)
        children = root.children()
    except psutil.Error:
        return
    yield root
    for child in children:
        if child.pid not in without:
            yield from _list_tree(child.pid, without=without)


def _read_process_ms(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    ended = getattr(times, "children_user", 0.0) + getattr(
        times, "children_system", 0.0
    )
    return 1000 * float(times.user + times.system + ended)


@contextmanager
def running_clone(platform: ClonedPlatform) -> Iterator[StartTimes]:
    try:
        yield platform.start()
    finally:
        platform.stop()
