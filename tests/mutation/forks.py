"""A pytest plugin that tests each mutant in a fork of one process that has collected all tests.

mutmut's own loop starts pytest again for each mutant, which takes longer than most tests do.
Here pytest starts and collects once. First its forks run every test and record which mutated
functions each one reaches. Then one fork for each mutant runs the quickest tests that reach
it, up to the first failure. Last, those that survived get all other tests that reach them.

Runs in the folder `mutants/`, by `tests.mutation.run`, which describes the work in a file.
"""

import gc
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import pytest
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.format_utils import mangled_name_from_mutant_name

PLAN_VARIABLE = "ECOM67_MUTATION_PLAN"
SHARDS_PER_CHILD = 4
STATS_TIMEOUT_S = 3600
QUICKEST_TESTS_S = 4
"""How long the tests of a mutant take in the first round, without it."""
POLL_S = 0.005
STARTS_THREADS = ("onnxruntime",)
"""Modules that a process which forks must not import: a fork lacks their threads."""
NO_TESTS, TIMED_OUT = 33, 36
"""Exit codes of mutmut's own, beside those of pytest."""


@dataclass(frozen=True)
class Plan:
    folder: str
    """Where the recorded stats and the results are written."""
    mutants: list[str]
    deadline: float
    """Unix time after which no further mutant is tried."""
    children: int
    timeout_constant_s: float
    timeout_multiplier: float

    def write(self) -> Path:
        path = Path(self.folder, "plan.json")
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    @property
    def stats_file(self) -> Path:
        return Path(self.folder, "stats.json")

    @property
    def results_file(self) -> Path:
        return Path(self.folder, "results.jsonl")


class Result(NamedTuple):
    mutant: str
    exit_code: int
    seconds: float
    is_complete: bool
    """False if the mutant has further tests."""


def load_plan(path: str) -> Plan:
    return Plan(**json.loads(Path(path).read_text(encoding="utf-8")))


@dataclass
class Stats:
    """What the tests do without a mutant."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By test."""
    tests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By mutated function."""
    modules: set[str] = field(default_factory=set)
    """All that were imported."""

    def to_json(self) -> str:
        tests = {name: sorted(found) for name, found in self.tests.items()}
        return json.dumps(
            {"seconds": self.seconds, "tests": tests, "modules": sorted(self.modules)}
        )

    def add_json(self, text: str) -> None:
        found = json.loads(text)
        self.seconds |= found["seconds"]
        self.modules.update(found["modules"])
        for function, tests in found["tests"].items():
            self.tests[function].update(tests)

    def find_tests(self, mutant: str) -> list[str]:
        """Those that reach the mutated function, the quickest first."""
        tests = self.tests.get(mangled_name_from_mutant_name(mutant), ())
        return sorted(tests, key=lambda test: (self.seconds[test], test))

    def take_quickest(self, tests: Sequence[str]) -> list[str]:
        """As many as take `QUICKEST_TESTS_S`, of tests in the order of `find_tests`."""
        sums = accumulate(self.seconds[test] for test in tests)
        count = sum(1 for seconds in sums if seconds <= QUICKEST_TESTS_S)
        return list(tests[: max(count, 1)])


class StatsRecorder:
    """Registered in a fork that runs tests without a mutant."""

    def __init__(self) -> None:
        self.stats = Stats()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.stats.seconds[nodeid] = 0
        state()._stats.clear()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.stats.seconds[report.nodeid] += report.duration

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        for function in state()._stats:
            self.stats.tests[function].add(nodeid)


@dataclass(frozen=True)
class Task:
    """What one fork does: run these tests with this mutant."""

    name: str
    items: Sequence[pytest.Item]
    time_limit_s: float
    mutant: str | None = None
    """Without one it records."""
    is_complete: bool = True
    """False if further tests reach the mutant."""


@dataclass(frozen=True)
class Running:
    task: Task
    started: float

    @property
    def is_late(self) -> bool:
        return time.monotonic() > self.started + self.task.time_limit_s


class MutantForks:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.running: dict[int, Running] = {}
        self.own_task: Task | None = None
        """Only in a fork."""
        self.recorder = StatsRecorder()
        self.exit_code = 0
        self.stats = Stats()
        self.survivors: list[str] = []
        """Of the first round, if they have further tests."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """In a fork narrow the session to the fork's tests, and let pytest run these."""
        if session.testsfailed:
            return None
        try:
            self.own_task = self._run_parent(session.items)
        finally:
            if self.own_task is None:
                self._kill_all()
        if self.own_task is None:
            return True
        self._become_child(session, self.own_task)
        return None

    def _run_parent(self, items: Sequence[pytest.Item]) -> Task | None:
        """Fork until all is done; in a fork return at once with what it shall do."""
        task = self._fork_each(self._split_for_stats(items))
        if task is not None or not self._merge_stats():
            return task
        import_modules(self.stats.modules)
        by_id = {item.nodeid: item for item in items}
        return self._fork_each(self.iter_mutants(by_id)) or self._fork_each(
            self.iter_survivors(by_id)
        )

    def _split_for_stats(self, items: Sequence[pytest.Item]) -> Iterator[Task]:
        shards = deal_out(items, self.plan.children * SHARDS_PER_CHILD)
        for number, shard in enumerate(shards):
            yield Task(f"stats-{number}", shard, time_limit_s=STATS_TIMEOUT_S)

    def _merge_stats(self) -> bool:
        """False if a test failed without any mutant."""
        if self.exit_code:
            return False
        for part in Path(self.plan.folder).glob("stats-*.json"):
            self.stats.add_json(part.read_text(encoding="utf-8"))
        self.plan.stats_file.write_text(self.stats.to_json(), encoding="utf-8")
        return True

    def iter_mutants(self, by_id: dict[str, pytest.Item]) -> Iterator[Task]:
        """Until the deadline; in random order, so that what is left does not bias the score."""
        mutants = sorted(self.plan.mutants)
        random.Random(67).shuffle(mutants)  # noqa: S311
        for mutant in mutants:
            if time.time() > self.plan.deadline:
                return
            tests = self.stats.find_tests(mutant)
            if not tests:
                self._write_result(Result(mutant, NO_TESTS, 0, True))
                continue
            first = self.stats.take_quickest(tests)
            yield self._build_task(mutant, first, by_id, is_complete=first == tests)

    def iter_survivors(self, by_id: dict[str, pytest.Item]) -> Iterator[Task]:
        """With the tests that the first round has left out, until the deadline."""
        for mutant in self.survivors:
            if time.time() > self.plan.deadline:
                return
            tests = self.stats.find_tests(mutant)
            rest = tests[len(self.stats.take_quickest(tests)) :]
            yield self._build_task(mutant, rest, by_id, is_complete=True)

    def _build_task(
        self,
        mutant: str,
        tests: Sequence[str],
        by_id: dict[str, pytest.Item],
        *,
        is_complete: bool,
    ) -> Task:
        seconds = sum(self.stats.seconds[test] for test in tests)
        limit = self.plan.timeout_constant_s + self.plan.timeout_multiplier * seconds
        return Task(mutant, [by_id[test] for test in tests], limit, mutant, is_complete)

    def _fork_each(self, tasks: Iterator[Task]) -> Task | None:
        for task in tasks:
            while len(self.running) >= self.plan.children:
                self._reap()
            pid = os.fork()
            if pid == 0:
                return task
            self.running[pid] = Running(task, time.monotonic())
        while self.running:
            self._reap()
        return None

    def _reap(self) -> None:
        for pid, running in list(self.running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._finish(pid, os.waitstatus_to_exitcode(status))
            elif running.is_late:
                self._kill(pid)
                os.waitpid(pid, 0)
                self._finish(pid, TIMED_OUT)
        time.sleep(POLL_S)

    def _finish(self, pid: int, exit_code: int) -> None:
        self._kill(pid)  # what its tests have started and not stopped
        shutil.rmtree(self._temporary_folder(pid), ignore_errors=True)
        running = self.running.pop(pid)
        task = running.task
        if task.mutant is None:
            self.exit_code = self.exit_code or exit_code
            return
        if exit_code == 0 and not task.is_complete:
            self.survivors.append(task.mutant)
        seconds = round(time.monotonic() - running.started, 3)
        self._write_result(Result(task.mutant, exit_code, seconds, task.is_complete))

    def _write_result(self, result: Result) -> None:
        with self.plan.results_file.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(result)}\n")

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    def _kill_all(self) -> None:
        for pid in self.running:
            self._kill(pid)
            os.waitpid(pid, 0)

    def _temporary_folder(self, pid: int) -> Path:
        return Path(self.plan.folder, f"tmp-{pid}")

    def _become_child(self, session: pytest.Session, task: Task) -> None:
        os.setsid()  # so that its whole tree can be killed
        self.running.clear()
        folder = self._temporary_folder(os.getpid())
        folder.mkdir()
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
        session.items[:] = task.items
        if task.mutant is None:
            session.config.pluginmanager.register(self.recorder)
            set_mutant_under_test("stats")
        else:
            session.config.pluginmanager.unregister(name="terminalreporter")
            session.config.option.maxfail = 1
            set_mutant_under_test(task.mutant)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if self.own_task is not None:
            self.exit_code = int(exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """End a fork here: what the parent process does at its exit is not for it."""
        if self.own_task is None:
            return
        if self.own_task.mutant is None:
            self.recorder.stats.modules.update(sys.modules)
            path = Path(self.plan.folder, f"{self.own_task.name}.json")
            path.write_text(self.recorder.stats.to_json(), encoding="utf-8")
        os._exit(self.exit_code)


def deal_out(items: Sequence[pytest.Item], count: int) -> list[list[pytest.Item]]:
    """Split by file; files are dealt out in turn, so that no shard gets all slow ones."""
    files = list(dict.fromkeys(item.path for item in items))
    shard_of = {file: number % count for number, file in enumerate(files)}
    shards: list[list[pytest.Item]] = [[] for _ in range(min(count, len(files)))]
    for item in items:
        shards[shard_of[item.path]].append(item)
    return shards


def import_modules(names: Iterable[str]) -> None:
    """Import now what each fork would import again: that saves 0.2 s a mutant."""
    for name in sorted(names):
        if not name.startswith(STARTS_THREADS):
            with suppress(Exception):
                import_module(name)
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    plan = load_plan(os.environ[PLAN_VARIABLE])
    config.pluginmanager.register(MutantForks(plan))
