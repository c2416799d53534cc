"""The platform that is put to the proof: one of its own, or the one that runs already."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.config import PLATFORM_ENV, PROJECT_ROOT, Settings
from webapp.devtools.supervisor.files import parse_env_file
from webapp.devtools.supervisor.part import PartState, PartStatus
from webapp.devtools.supervisor.ports import find_free_port
from webapp.devtools.supervisor.state import RunFolder

READY_SECONDS = 180
STOP_SECONDS = 60
POLL_SECONDS = 0.25
PORTS = [name.upper() for name in Settings.model_fields if name.endswith("port")]
# Minutes of waiting prove no more than seconds.
SHORT = {
    "HOLD_SECONDS": "40",
    "REVIEW_THRESHOLD": "100",
    "DISABLED_PARTS": "ray, agents, demo data",
}


class CannotProve(Exception):
    """The proof could not be run: nothing is known about the books."""


@dataclass(frozen=True)
class PlatformUnderTest:
    """Where the shop, its books and its Stripe are."""

    address: str
    database_url: str
    jwt_secret: str
    stripe_url: str
    var_dir: Path
    pid: int | None = None
    """Of the supervisor, when the platform is ours to kill parts of."""

    @property
    def api_url(self) -> str:
        return f"{self.address}/api/v1"

    @property
    def mail_dir(self) -> Path | None:
        """What it has sent, where we can look."""
        return self.var_dir / "mail" if self.pid is not None else None

    def parts(self) -> dict[str, PartStatus]:
        running = RunFolder(self.var_dir).read_state()
        return {part.name: part for part in running.parts} if running else {}

    def is_healthy(self) -> bool:
        parts = self.parts().values()
        return bool(parts) and all(
            part.state in {PartState.HEALTHY, PartState.DONE}
            and part.probe.find_problem() is None
            for part in parts
        )


def require_running_platform(settings: Settings) -> PlatformUnderTest:
    """The one that `make run` started. Raises `CannotProve`."""
    if settings.stripe_api_base is None:
        raise CannotProve("A proof needs the Stripe simulator: it must break things")
    return PlatformUnderTest(
        address=settings.web_address,
        database_url=settings.require_database_url(),
        jwt_secret=settings.require_jwt_secret(),
        stripe_url=settings.stripe_api_base,
        var_dir=settings.var_dir.resolve(),
    )


@contextmanager
def start_platform(
    var: Path,
    *,
    source: Path = PROJECT_ROOT,
    env_overrides: Mapping[str, str] | None = None,
) -> Iterator[PlatformUnderTest]:
    """Started from the code in `source` on free ports; stopped at the end.

    Raises `CannotProve` when it does not come up.
    """
    environment = _environment(var, source) | dict(env_overrides or {})
    var.mkdir(parents=True, exist_ok=True)
    with (var / "terminal.log").open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.cli.main", "run"],
            cwd=source,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
        )
        try:
            yield _when_well(process, var, environment)
        finally:
            _stop(process)


def _environment(var: Path, source: Path) -> dict[str, str]:
    """Of ours, without whatever would lead it to a database or a Stripe of others."""
    ours = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    ports = {name: str(find_free_port()) for name in PORTS}
    return {
        **kept,
        **ports,
        **SHORT,
        "VAR_DIR": str(var),
        "PYTHONPATH": str(source),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _when_well(
    process: subprocess.Popen[bytes], var: Path, environment: Mapping[str, str]
) -> PlatformUnderTest:
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if (var / PLATFORM_ENV).exists():
            platform = _platform(process.pid, var, environment)
            if platform.is_healthy():
                return platform
        time.sleep(POLL_SECONDS)
    last = (var / "terminal.log").read_text(errors="replace")[-2000:]
    raise CannotProve(f"The platform of the proof did not start:\n{last}")


def _platform(pid: int, var: Path, environment: Mapping[str, str]) -> PlatformUnderTest:
    known = parse_env_file((var / PLATFORM_ENV).read_text())
    return PlatformUnderTest(
        address=f"http://127.0.0.1:{environment['PORT']}",
        database_url=known["DATABASE_URL"],
        jwt_secret=known["JWT_SECRET"],
        stripe_url=known["STRIPE_API_BASE"],
        var_dir=var,
        pid=pid,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
