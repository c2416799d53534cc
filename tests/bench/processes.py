"""What the processes import: `python -m tests.bench.processes`.

Each is a fresh Python that imports what the process does before it serves, with the garbage
collector off, as web and jobs load. Processor time and memory are medians of five; memory is that
of the whole process, the interpreter's included. The packages that take most of the time are
named, each without what it imports itself.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from statistics import median

from webapp.config import PROJECT_ROOT

PROCESSES = {
    "nothing": ("sys",),
    "ecom67 run": ("webapp.cli.main", "webapp.cli.run"),
    "migrations": ("webapp.db.migrate",),
    "web": (
        "gunicorn.app.wsgiapp",
        "webapp.server.worker",
        "webapp.server.gunicorn_config",
        "webapp.app",
        "webapp.bootstrap",
    ),
    "jobs": ("jobs.pool",),
    "stripe": ("gunicorn.app.wsgiapp", "webapp.devtools.stripe_simulator.serve"),
    "agents (deployment)": ("agents.deploy",),
    "replica of support": ("agents.replica", "agents.support.runner"),
    "replica of insights": ("agents.replica", "agents.insights.runner"),
}
MEASURE = """\
import gc, json, resource, sys, time
gc.disable()
for name in sys.argv[1:]: __import__(name)
pages = int(open("/proc/self/statm").read().split()[1])
used = pages * resource.getpagesize() / 1e6
print(json.dumps([len(sys.modules), 1000 * time.process_time(), used]))
"""
IMPORTED = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\w+)")
REPETITIONS = 5
NAMED_PACKAGES = 4
TABLE = """\
| process | modules | ms of processor time | MB | most of it |
|---|---|---|---|---|"""


def main() -> None:
    print(TABLE)
    for process, modules in PROCESSES.items():
        runs = [json.loads(run_python(modules).stdout) for _ in range(REPETITIONS)]
        count, milliseconds, megabytes = (
            median(each) for each in zip(*runs, strict=True)
        )
        packages = ", ".join(find_slowest_packages(modules))
        print(
            f"| {process} | {count:,.0f} | {milliseconds:,.0f} | {megabytes:,.0f} "
            f"| {packages} |",
            flush=True,
        )


def run_python(
    modules: tuple[str, ...], *options: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *options, "-c", MEASURE, *modules],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


def find_slowest_packages(modules: tuple[str, ...]) -> list[str]:
    """Each with its milliseconds."""
    spent = Counter[str]()
    for microseconds, package in IMPORTED.findall(
        run_python(modules, "-X", "importtime").stderr
    ):
        spent[package] += int(microseconds)
    return [
        f"{package} {microseconds / 1000:.0f}"
        for package, microseconds in spent.most_common(NAMED_PACKAGES)
    ]


if __name__ == "__main__":
    main()
