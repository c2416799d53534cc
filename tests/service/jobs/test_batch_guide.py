"""The guide to batch jobs: its example runs, and its tables have all that there is."""

import re
from pathlib import Path

import pytest

from analytics.dataset import manifest as manifests
from analytics.dataset.months import month_bounds
from jobs.batch import runner
from jobs.batch.export_orders import export_orders
from jobs.batch.metrics import RunOutcome
from jobs.batch.runner import BatchRun
from jobs.process import EXIT_WRONG_SETTING
from tests.service.analytics.test_order_facts import insert_order
from tests.service.jobs.test_batch_runner import run_program
from webapp.adapters.storage.build import build_storage
from webapp.config import PROJECT_ROOT, Settings
from webapp.db.session import Database

GUIDE = (PROJECT_ROOT / "docs/ray-jobs.md").read_text()


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str, database: Database) -> Settings:
    """Of a shop with a dataset of two months."""
    with database.unit_of_work() as session:
        for month in ("2026-01", "2026-02"):
            insert_order(session, placed_at=month_bounds(month)[0])
    settings = Settings(database_url=postgres_url, var_dir=tmp_path)
    export_orders(BatchRun(settings))
    return settings


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_the_example_of_the_guide_is_a_job(settings: Settings, tmp_path: Path) -> None:
    [example] = re.findall(r"(?ms)^```python$(.*?)^```$", GUIDE)
    program = tmp_path / "check_dataset.py"
    program.write_text(example)
    storage = build_storage(settings)
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    paths = [each.file.path for _, _, each in manifest.tables.list_partitions()]

    checked = run_program(str(program), VAR_DIR=str(settings.var_dir))
    storage.put(paths[0], b"something else")
    broken = run_program(str(program), VAR_DIR=str(settings.var_dir))

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.splitlines()[-1].startswith(f"{len(paths)} files with ")
    assert '"outcome": "done"' in checked.stderr
    assert broken.returncode == 1
    assert broken.stderr.endswith(f"{paths[0]} is not what the manifest says\n")


def test_the_guide_has_every_exit_code_and_outcome() -> None:
    rows = re.findall(r"(?m)^\| ([\d, ]+) \| `(\w+)` \|", GUIDE)

    assert {outcome for _, outcome in rows} == {each.value for each in RunOutcome}
    assert {int(code) for codes, _ in rows for code in codes.split(",")} == {
        *(0, runner.EXIT_FAILED, EXIT_WRONG_SETTING, runner.EXIT_ANOTHER_RUNS),
        *(130, 143),
    }


def test_the_guide_has_every_job_and_counter() -> None:
    folder = PROJECT_ROOT / "jobs/batch"
    jobs = {
        f"jobs.batch.{file.stem}"
        for file in folder.glob("*.py")
        if "click.command" in file.read_text()
    }
    counters = re.findall(r'"(ecom67_batch_\w+)"', (folder / "metrics.py").read_text())

    assert set(re.findall(r"(?m)^\| `(jobs\.batch\.\w+)` \|", GUIDE)) == jobs
    assert re.findall(r"(?m)^\| `ray_(\w+)_total` \|", GUIDE) == counters
