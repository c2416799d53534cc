"""`ecom67 run` where it cannot run: one sentence, an exit code of its own, nothing started."""

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

# The web server is then the first part with a port.
ELSEWHERE = {
    "DATABASE_URL": "postgresql://db.example/shop",
    "REDIS_URL": "redis://queue.example",
    "STRIPE_API_KEY": "sk_test_of_nobody",
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
    done = ecom67("run", var=tmp_path, POSTGRES_PORT=str(taken_port))

    assert done.returncode == 4
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"Port {taken_port} is taken by ")
    assert last.endswith("choose another port with POSTGRES_PORT")
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "platform.env").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = ecom67("run", var=tmp_path / "file" / "var")

    assert done.returncode == 6
    [sentence] = done.stdout.splitlines()
    assert "cannot be written (Not a directory)" in sentence


def test_a_wrong_setting(tmp_path: Path) -> None:
    done = ecom67("run", var=tmp_path, PORT="eighty")

    assert done.returncode == 2
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("PORT: ")


def test_an_interface_that_is_not_of_this_machine(tmp_path: Path) -> None:
    done = ecom67("run", var=tmp_path, HOST="192.0.2.1", **ELSEWHERE)

    assert done.returncode == 2
    last = done.stdout.splitlines()[-1]
    assert last.startswith("Port 8080 of 192.0.2.1 cannot be opened (")


def test_a_second_run_on_the_same_folder(tmp_path: Path) -> None:
    RunFolder(tmp_path).lock()

    done = ecom67("run", var=tmp_path)

    assert done.returncode == 3
    [sentence] = done.stdout.splitlines()
    assert sentence == f"The platform in {tmp_path} is running already"


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["env"]])
def test_asking_about_a_platform_that_does_not_run(
    tmp_path: Path, command: list[str]
) -> None:
    done = ecom67(*command, var=tmp_path)

    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_what_an_earlier_crashed_run_said_is_not_believed(
    tmp_path: Path, taken_port: int
) -> None:
    """Its database is gone; believing its address would start none."""
    (tmp_path / "platform.env").write_text("DATABASE_URL=postgresql://gone/shop\n")

    done = ecom67("run", var=tmp_path, POSTGRES_PORT=str(taken_port))

    assert done.returncode == 4
