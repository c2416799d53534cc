"""The installer: uv where it works, pip where it does not, and hashes with both."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "tiny"
version = "1.0"

[tool.setuptools]
packages = []
"""
WRONG_HASH = "sha256:" + "0" * 64


def locked(package: str) -> str:
    """The lines of one package, with its hashes, as the platform's lock file has them."""
    text = (PROJECT_ROOT / "requirements" / "platform.txt").read_text()
    start = text.index(f"\n{package}==") + 1
    lines = text[start:].splitlines(keepends=True)
    end = next(n for n, line in enumerate(lines) if not line.endswith("\\\n"))
    return "".join(lines[: end + 1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one locked package, and our installer."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    for name in ("install", "uv.txt"):
        shutil.copy(PROJECT_ROOT / "requirements" / name, folder)
    (folder / "tiny.txt").write_text(locked("setuptools"))
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    return tmp_path


def install(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "requirements/install", "tiny"],
        cwd=project,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


def installed(project: Path) -> str:
    command = [
        str(project / ".venv/bin/python"),
        "-m",
        "pip",
        "list",
        "--format=freeze",
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_uv_installs_the_lock_and_compiles_it(project: Path) -> None:
    done = install(project)

    assert done.returncode == 0, done.stderr
    assert "installing with pip" not in done.stderr
    assert {"setuptools", "tiny"} <= names(installed(project))
    assert list(project.glob(".venv/lib/*/site-packages/setuptools/**/*.pyc"))
    assert (project / ".venv" / "tiny.installed").exists()


def test_pip_installs_it_where_uv_cannot(project: Path) -> None:
    uv = project / "requirements" / "uv.txt"
    uv.write_text(f"uv==0.0.1 --hash={WRONG_HASH}\n")

    done = install(project)

    assert done.returncode == 0, done.stderr
    assert "uv could not do it; installing with pip" in done.stderr
    assert {"setuptools", "tiny"} <= names(installed(project))


def test_a_package_with_another_hash_is_not_installed(project: Path) -> None:
    lock = project / "requirements" / "tiny.txt"
    name = lock.read_text().split()[0]
    lock.write_text(f"{name} --hash={WRONG_HASH}\n")

    done = install(project)

    assert done.returncode != 0
    assert "hash" in done.stderr.lower()
    assert not (project / ".venv" / "tiny.installed").exists()


def names(frozen: str) -> set[str]:
    return {line.partition("==")[0].partition(" @")[0] for line in frozen.splitlines()}
