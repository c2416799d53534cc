"""The proof itself, short: a shop under attack passes, a shop without a guard does not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT
from webapp.devtools.prove import self_test
from webapp.devtools.prove.mutants import MUTANTS, UNMUTATED, Mutant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def ecom67(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli.main", "prove", *words],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "VAR_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_shop_whose_parts_are_killed_keeps_its_books(tmp_path: Path) -> None:
    report = tmp_path / "report"

    done = ecom67(
        tmp_path,
        *("--orders", "150", "--buyers", "12", "--chaos", "--seed", "67"),
        *("--report", str(report)),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    proof = json.loads((report / "proof.json").read_text())
    assert proof["passed"]
    assert proof["counts"]["done"] == 150
    assert proof["counts"]["kills"] > 3
    assert proof["counts"]["faults"] > 0


def test_without_a_platform_to_prove_it_says_so(tmp_path: Path) -> None:
    done = ecom67(tmp_path, "--against-running")

    assert done.returncode == 2
    assert "needs the Stripe simulator" in done.stdout


@pytest.mark.proof
@pytest.mark.parametrize("sabotage", [UNMUTATED, *MUTANTS], ids=lambda each: each.guard)
def test_a_missing_guard_is_found_out(sabotage: Mutant, tmp_path: Path) -> None:
    said: list[str] = []

    found = self_test.run_self_test(
        tmp_path, on_result=said.append, mutants=(sabotage,)
    )

    assert found, said
