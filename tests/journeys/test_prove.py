"""Short runs of the proof: the shop passes under faults, a shop without a guard fails."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.config import PROJECT_ROOT
from webapp.devtools.prove import self_test
from webapp.devtools.prove.mutants import MUTANTS, UNMUTATED, Mutant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run_prove(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli.main", "prove", *arguments],
        cwd=PROJECT_ROOT,
        env={"PATH": "/usr/bin:/bin", "VAR_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_shop_whose_parts_are_killed_passes_the_proof(tmp_path: Path) -> None:
    report_dir = tmp_path / "report"

    completed = run_prove(
        tmp_path,
        *("--orders", "400", "--buyers", "12", "--chaos", "--seed", "67"),
        *("--report", str(report_dir)),
    )

    assert completed.returncode == 0, completed.stdout + completed.stderr
    proof = json.loads((report_dir / "proof.json").read_text())
    assert proof["passed"]
    assert proof["counts"]["done"] == 400
    assert proof["counts"]["kills"] > 3
    assert proof["counts"]["faults"] > 0


def test_without_a_platform_under_test_it_exits_with_a_message(tmp_path: Path) -> None:
    completed = run_prove(tmp_path, "--against-running")

    assert completed.returncode == 2
    assert "needs the Stripe simulator" in completed.stdout


@pytest.mark.proof
@pytest.mark.parametrize(
    "mutant", [UNMUTATED, *MUTANTS], ids=lambda mutant: mutant.guard
)
def test_a_missing_guard_is_detected(mutant: Mutant, tmp_path: Path) -> None:
    messages: list[str] = []

    is_detected = self_test.run_self_test(
        tmp_path, on_result=messages.append, mutants=(mutant,)
    )

    assert is_detected, messages
