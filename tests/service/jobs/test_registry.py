"""The registry names its functions, and only workers import them."""

import subprocess
import sys

import pytest

from jobs.registry import JOBS


@pytest.mark.parametrize("job", JOBS)
def test_a_job_names_a_function(job: str) -> None:
    spec = JOBS[job]

    assert isinstance(spec.run, str)
    assert spec.run.startswith("jobs.")
    assert callable(spec.load())


@pytest.mark.slow
@pytest.mark.parametrize("module", ["jobs.relay", "jobs.cron"])
def test_what_only_dispatches_imports_no_job(module: str) -> None:
    listing = f"import sys, {module}; print(*sys.modules)"

    imported = subprocess.run(
        [sys.executable, "-c", listing], check=True, capture_output=True, text=True
    ).stdout.split()

    assert module in imported
    heavy = {"webapp.bootstrap", "webapp.app", "jobs.orders", "stripe", "numpy"}
    assert heavy.isdisjoint(imported)
