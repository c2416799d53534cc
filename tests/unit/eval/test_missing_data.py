"""Without its data an evaluation ends with a sentence that says what to set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT


@pytest.mark.slow
@pytest.mark.parametrize("name", ["intents", "search"])
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
