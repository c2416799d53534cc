"""`ecom67 run` when it cannot start: one sentence, a distinct exit code, nothing started."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT
from webapp.devtools.supervisor.state import RunFolder

pytestmark = pytest.mark.slow

# With these, the web server is the first part with a port.
EXTERNAL_SERVICES = {
    "DATABASE_URL": "postgresql://db.example/shop",
    "REDIS_URL": "redis://queue.example",
    "STRIPE_API_KEY": "sk_test_of_the_tests",
}


def ecom67(
    *arguments: str, var: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(var), **settings}
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli.main", *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=25,
        check=False,
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port(tmp_path: Path, taken_port: int) -> None:
    result = ecom67("run", var=tmp_path, POSTGRES_PORT=str(taken_port))

    assert result.returncode == 4
    last = result.stdout.splitlines()[-1]
    assert last.startswith(f"Port {taken_port} is taken by ")
    assert last.endswith("choose another port with POSTGRES_PORT")
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "platform.env").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    result = ecom67("run", var=tmp_path / "file" / "var")

    assert result.returncode == 6
    [sentence] = result.stdout.splitlines()
    assert "cannot be written (Not a directory)" in sentence


def test_a_wrong_setting(tmp_path: Path) -> None:
    result = ecom67("run", var=tmp_path, PORT="eighty")

    assert result.returncode == 2
    [sentence] = result.stderr.splitlines()
    assert sentence.startswith("PORT: ")


def test_an_interface_that_this_machine_does_not_have(tmp_path: Path) -> None:
    result = ecom67("run", var=tmp_path, HOST="192.0.2.1", **EXTERNAL_SERVICES)

    assert result.returncode == 2
    last = result.stdout.splitlines()[-1]
    assert last.startswith("Port 8080 of 192.0.2.1 cannot be opened (")


def test_a_second_run_on_the_same_folder(tmp_path: Path) -> None:
    RunFolder(tmp_path).lock()

    result = ecom67("run", var=tmp_path)

    assert result.returncode == 3
    [sentence] = result.stdout.splitlines()
    assert sentence == f"The platform in {tmp_path} is running already"


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["env"]])
def test_commands_about_a_platform_that_is_not_running(
    tmp_path: Path, command: list[str]
) -> None:
    result = ecom67(*command, var=tmp_path)

    assert result.returncode == 3
    assert "Traceback" not in result.stderr


def test_the_addresses_of_a_crashed_run_are_ignored(
    tmp_path: Path, taken_port: int
) -> None:
    """Its database is gone, but if its address were read none would be started."""
    (tmp_path / "platform.env").write_text("DATABASE_URL=postgresql://gone/shop\n")

    result = ecom67("run", var=tmp_path, POSTGRES_PORT=str(taken_port))

    assert result.returncode == 4
