"""The platform under test: one started for the proof, or the one that runs already."""

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

START_TIMEOUT_S = 180
STOP_TIMEOUT_S = 60
POLL_S = 0.25
PORT_SETTINGS = [
    name.upper() for name in Settings.model_fields if name.endswith("port")
]
# Shorter timeouts: minutes of waiting prove no more than seconds.
ENV_OVERRIDES = {
    "HOLD_SECONDS": "40",
    "REVIEW_THRESHOLD": "100",
    "DISABLED_PARTS": "ray, agents, demo data",
}


class CannotProve(Exception):
    """The proof could not be run, so it has no result."""


@dataclass(frozen=True)
class PlatformUnderTest:
    """Addresses, directories and secrets of a platform."""

    address: str
    database_url: str
    jwt_secret: str
    stripe_url: str
    stripe_api_key: str
    var_dir: Path
    pid: int | None = None
    """Of the supervisor; `None` when the platform was not started for the proof."""

    @property
    def api_url(self) -> str:
        return f"{self.address}/api/v1"

    @property
    def mail_dir(self) -> Path | None:
        """Directory of sent mails; `None` when the platform was not started for the proof."""
        return self.var_dir / "mail" if self.pid is not None else None

    def parts(self) -> dict[str, PartStatus]:
        state = RunFolder(self.var_dir).read_state()
        return {part.name: part for part in state.parts} if state else {}

    def is_healthy(self) -> bool:
        parts = self.parts().values()
        return bool(parts) and all(
            part.state in {PartState.HEALTHY, PartState.DONE}
            and part.probe.find_problem() is None
            for part in parts
        )


def require_running_platform(settings: Settings) -> PlatformUnderTest:
    """Return the platform that `make run` started. Raises `CannotProve`."""
    if settings.stripe_api_base is None or settings.stripe_api_key is None:
        raise CannotProve("A proof needs the Stripe simulator: it injects faults")
    return PlatformUnderTest(
        address=settings.web_address,
        database_url=settings.require_database_url(),
        jwt_secret=settings.require_jwt_secret(),
        stripe_url=settings.stripe_api_base,
        stripe_api_key=settings.stripe_api_key.get_secret_value(),
        var_dir=settings.var_dir.resolve(),
    )


@contextmanager
def start_platform(
    var_dir: Path,
    *,
    source: Path = PROJECT_ROOT,
    env_overrides: Mapping[str, str] | None = None,
) -> Iterator[PlatformUnderTest]:
    """Start a platform from the code in `source` on free ports; stop it at the end.

    Raises `CannotProve` when it does not become healthy.
    """
    environment = _build_environment(var_dir, source) | dict(env_overrides or {})
    var_dir.mkdir(parents=True, exist_ok=True)
    with (var_dir / "terminal.log").open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.cli.main", "run"],
            cwd=source,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=terminal,
        )
        try:
            yield _wait_until_healthy(process, var_dir, environment)
        finally:
            _stop_process(process)


def _build_environment(var_dir: Path, source: Path) -> dict[str, str]:
    """Build the environment: without inherited settings, which may name another database."""
    setting_names = {name.upper() for name in Settings.model_fields}
    inherited = {
        name: value for name, value in os.environ.items() if name not in setting_names
    }
    ports = {name: str(find_free_port()) for name in PORT_SETTINGS}
    return {
        **inherited,
        **ports,
        **ENV_OVERRIDES,
        "VAR_DIR": str(var_dir),
        "PYTHONPATH": str(source),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _wait_until_healthy(
    process: subprocess.Popen[bytes], var_dir: Path, environment: Mapping[str, str]
) -> PlatformUnderTest:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if (var_dir / PLATFORM_ENV).exists():
            platform = _read_platform(process.pid, var_dir, environment)
            if platform.is_healthy():
                return platform
        time.sleep(POLL_S)
    log_tail = (var_dir / "terminal.log").read_text(errors="replace")[-2000:]
    raise CannotProve(f"The platform of the proof did not start:\n{log_tail}")


def _read_platform(
    pid: int, var_dir: Path, environment: Mapping[str, str]
) -> PlatformUnderTest:
    platform_env = parse_env_file((var_dir / PLATFORM_ENV).read_text())
    return PlatformUnderTest(
        address=f"http://127.0.0.1:{environment['PORT']}",
        database_url=platform_env["DATABASE_URL"],
        jwt_secret=platform_env["JWT_SECRET"],
        stripe_url=platform_env["STRIPE_API_BASE"],
        stripe_api_key=platform_env["STRIPE_API_KEY"],
        var_dir=var_dir,
        pid=pid,
    )


def _stop_process(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
