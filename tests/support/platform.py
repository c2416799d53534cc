"""The whole platform, started by its own supervisor on free ports in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.ports import free_port
from webapp.config import PROJECT_ROOT, Settings

READY_TIMEOUT_S = 240
STOP_TIMEOUT_S = 60
PORTS = [name.upper() for name in Settings.model_fields if name.endswith("port")]


@dataclass
class PlatformProcess:
    var: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start the platform and wait until it is ready."""
        with self.log.open("ab") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "webapp.cli.main", "run"],
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdout=terminal,
                stderr=terminal,
            )
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"not ready: {self.log.read_text()[-4000:]}")
            time.sleep(0.25)

    def _is_ready(self) -> bool:
        try:
            response = httpx.get(f"{self.address}/readyz", timeout=2)
        except httpx.HTTPError:
            return False
        return (
            response.status_code == 200 and self.run_command("status").returncode == 0
        )

    @property
    def log(self) -> Path:
        return self.var / "terminal.log"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    @property
    def accounts(self) -> dict[str, dict[str, str]]:
        """The demo sign-ins: `customer` and `admin`, each `email` and `password`."""
        accounts: dict[str, dict[str, str]] = json.loads(
            (self.var / "demo-accounts.json").read_text()
        )
        return accounts

    def run_command(
        self, *arguments: str, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `ecom67 …` with the settings of this platform."""
        return subprocess.run(
            [sys.executable, "-m", "webapp.cli.main", *arguments],
            cwd=PROJECT_ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def read_status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.run_command("status", "--json").stdout)
        return status

    def read_mails(self) -> list[str]:
        return [path.read_text() for path in (self.var / "mail").glob("*.eml")]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_TIMEOUT_S)


@contextmanager
def running_platform(var: Path, **settings: str) -> Iterator[PlatformProcess]:
    """Yields a platform that is ready; stops it, with all its processes, at the end."""
    environment = {
        **os.environ,
        **{name: str(free_port()) for name in PORTS},
        "VAR_DIR": str(var),
        "XDG_CONFIG_HOME": str(var / "config"),
        **settings,
    }
    var.mkdir(parents=True, exist_ok=True)
    platform = PlatformProcess(var, environment)
    try:
        platform.start()
        yield platform
    finally:
        if platform.process.poll() is None:
            platform.stop()
