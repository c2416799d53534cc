"""Without its data an evaluation ends with a sentence that says what to set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT

EVALUATIONS = sorted(
    path.stem for path in (PROJECT_ROOT / "tests" / "eval").glob("*.py")
)


def test_evaluations_are_found() -> None:
    assert {"intents", "search"} <= set(EVALUATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("name", EVALUATIONS)
def test_missing_data_is_named(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tests.eval.{name}"],
        env=os.environ | {"ECOM67_SHARED": str(tmp_path)},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith(f"{tmp_path}/data/")
    assert "set ECOM67_SHARED" in sentence
