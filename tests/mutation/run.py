"""Mutation testing: does a test fail when the code is wrong? `python -m tests.mutation.run`.

mutmut writes a copy of the project into `mutants/` in which every function has its mutants
beside it; `tests.mutation.forks` runs the quick tests on each. docs/mutation-testing.md says
how to read the table.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path

from mutmut import configuration
from mutmut.__main__ import create_mutants
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.state import state
from mutmut.stats import save_stats
from mutmut.utils.file_utils import (
    copy_also_copy_files,
    copy_src_dir,
    walk_mutatable_files,
)

from tests.mutation.forks import PLAN_VARIABLE, Plan, Result, Stats
from tests.mutation.scores import Outcome, classify, format_scores, score_packages
from tests.mutation.selection import (
    BadSelection,
    find_changed_files,
    keep_sources,
    list_sources,
    name_package,
)
from tests.mutation.survivors import describe_mutant
from tests.support.postgres import TEMPLATE_VARIABLE, migrated_postgres
from webapp.config import PROJECT_ROOT

COPY = PROJECT_ROOT / "mutants"
PROGRESS_S = 15
LOG_LINES_SHOWN = 60
Results = dict[str, Result]
"""By mutant, of those tried."""


def main() -> None:
    options = parse_arguments()
    os.chdir(PROJECT_ROOT)  # all paths of mutmut are relative
    try:
        sources = select_sources(options)
    except BadSelection as error:
        sys.exit(f"make mutants: {error}")
    if not sources:
        print(f"Nothing that can be mutated has changed against {options.base}.")
        return
    with only_one_run():
        run_mutants(sources, options)


@contextmanager
def only_one_run() -> Iterator[None]:
    """Two runs would write the same copy."""
    folder = os.open(PROJECT_ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("make mutants: another run is writing mutants/")
    try:
        yield
    finally:
        os.close(folder)


def run_mutants(sources: Sequence[str], options: argparse.Namespace) -> None:
    deadline = time.time() + options.minutes * 60
    files = generate_mutants(sources, children=options.children)
    mutants = {
        name: file for file, data in files.items() for name in data.exit_code_by_key
    }
    print(f"{len(mutants)} mutants in {len(sources)} files", flush=True)
    if not mutants:
        return
    with tempfile.TemporaryDirectory(prefix="ecom67-mutants-") as folder:
        plan = Plan(
            folder=folder,
            mutants=list(mutants),
            deadline=deadline,
            children=options.children,
            timeout_constant_s=config().timeout_constant,
            timeout_multiplier=config().timeout_multiplier,
        )
        results = run_plan(plan, tests=options.tests)
        save_results(files, results, stats_file=plan.stats_file)
    score = report(mutants, results)
    if options.min_score is not None:
        check_score(score, minimum=options.min_score)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.run")
    parser.add_argument("names", nargs="*", help="packages; without, what has changed")
    parser.add_argument("--base", default="main", help="the branch to compare with")
    parser.add_argument(
        "--tests", nargs="*", default=["tests"], help="folders of tests"
    )
    parser.add_argument("--minutes", type=float, default=10, help="then it stops")
    parser.add_argument("--min-score", type=float, help="fail below it")
    parser.add_argument("--children", type=int, default=2, help="processes")
    return parser.parse_args()


def select_sources(options: argparse.Namespace) -> list[str]:
    """Files to mutate; mutmut's own exclusions of whole files apply to them."""
    source_paths = config().source_paths
    if options.names:
        found = list_sources(
            options.names, root=PROJECT_ROOT, source_paths=source_paths
        )
    else:
        changed = find_changed_files(PROJECT_ROOT, base=options.base)
        found = keep_sources(changed, source_paths=source_paths)
    return [file for file in found if config().should_mutate(file)]


def generate_mutants(
    sources: Sequence[str], *, children: int
) -> Mapping[str, SourceFileMutationData]:
    """Write the copy with the mutants, always anew: a stale one would pass unnoticed."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir()
    configuration._config = replace(config(), only_mutate=list(sources))
    with redirect_stdout(StringIO()):
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(children)
    files = {}
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        files[str(path)] = data
    return files


def run_plan(plan: Plan, *, tests: Sequence[str]) -> Results:
    """Run the tests in the copy, on a server of their own, and show the progress."""
    log = COPY / "pytest.log"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutation.forks"]
    with migrated_postgres() as template, log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *config().pytest_add_cli_args, *tests],
            cwd=COPY,
            env=os.environ
            | {PLAN_VARIABLE: str(plan.write()), TEMPLATE_VARIABLE: template},
            stdout=output,
            stderr=output,
        )
        try:
            show_progress(process, plan)
        except KeyboardInterrupt:
            print("interrupted")
            process.send_signal(signal.SIGINT)
            if not plan.stats_file.exists():
                raise
        finally:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            process.wait()
    if not plan.stats_file.exists():
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        print("\n".join(lines[-LOG_LINES_SHOWN:]))
        sys.exit("The tests did not pass on the copy, without any mutant: see above.")
    return read_results(plan)


def read_results(plan: Plan) -> Results:
    if not plan.results_file.exists():
        return {}
    lines = plan.results_file.read_text(encoding="utf-8").splitlines()
    found = [Result(*json.loads(line)) for line in lines]
    return {result.mutant: result for result in found}  # the last of each


def show_progress(process: subprocess.Popen[bytes], plan: Plan) -> None:
    """Print a line now and then, until the process ends."""
    start = time.monotonic()
    shown = start
    recorded = False
    while process.poll() is None:
        time.sleep(0.1)
        now = time.monotonic()
        if not recorded and plan.stats_file.exists():
            recorded = True
            print(f"{now - start:5.0f} s  tests recorded", flush=True)
        if now - shown > PROGRESS_S and recorded:
            shown = now
            results = read_results(plan).values()
            found = [classify(result.exit_code) for result in results]
            print(
                f"{now - start:5.0f} s  {len(found)} of {len(plan.mutants)} tried, "
                f"{found.count(Outcome.SURVIVED)} survived",
                flush=True,
            )
    print(f"{time.monotonic() - start:5.0f} s  done", flush=True)


def save_results(
    files: Mapping[str, SourceFileMutationData], results: Results, *, stats_file: Path
) -> None:
    """Store them where `mutmut show`, `mutmut results` and `mutmut browse` look."""
    for data in files.values():
        for name in data.exit_code_by_key:
            if name in results:
                data.exit_code_by_key[name] = results[name].exit_code
                data.durations_by_key[name] = results[name].seconds
        data.save()
    stats = Stats()
    stats.add_json(stats_file.read_text(encoding="utf-8"))
    state().duration_by_test.update(stats.seconds)
    state().tests_by_mangled_function_name.update(stats.tests)
    save_stats()


def report(mutants: Mapping[str, str], results: Results) -> float | None:
    """Print the survivors and the score table; return the score of all."""
    outcomes = {
        name: classify(results[name].exit_code if name in results else None)
        for name in mutants
    }
    for shown in (Outcome.SURVIVED, Outcome.NO_TESTS):
        names = [name for name, outcome in outcomes.items() if outcome is shown]
        if names:
            print(f"\n== {shown}: {len(names)}\n")
            print("\n".join(sorted(describe_mutant(n, mutants[n]) for n in names)))
    scores = score_packages(
        (name_package(mutants[name]), outcome) for name, outcome in outcomes.items()
    )
    print(f"\n{format_scores(scores)}")
    left = scores[-1].counts[Outcome.NOT_TRIED]
    if left:
        print(f"\nThe time was over: {left} mutants were not tried.")
    cut = [result for result in results.values() if not result.is_complete]
    half_tried = sum(classify(result.exit_code) is Outcome.SURVIVED for result in cut)
    if half_tried:
        print(
            f"\nThe time was over: {half_tried} survivors were tried with their "
            "quickest tests only, and others may detect them."
        )
    return scores[-1].value


def check_score(score: float | None, *, minimum: float) -> None:
    if score is None or score < minimum:
        sys.exit(f"The score is below {minimum}.")


if __name__ == "__main__":
    main()
