"""`ecom67 prove`: attacks a shop of its own and holds its books beside what clients heard."""

import secrets
import shutil
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from webapp.config import Settings
from webapp.devtools.prove import report, self_test
from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.platform import (
    CannotProve,
    PlatformUnderTest,
    require_running_platform,
    start_platform,
)
from webapp.devtools.prove.run import ProofOptions, ProofOutcome, run_proof
from webapp.kit.clock import utc_now

EXIT_VIOLATED, EXIT_NOT_RUN = 1, 2
LOG_SECONDS = 15.0
SHOWN = (
    *("done", "paid", "waiting", "declined", "refused", "sold out"),
    *("kills", "faults"),
)


@click.command()
@click.option("--orders", default=2000, show_default=True, type=click.IntRange(1))
@click.option("--buyers", default=32, show_default=True, type=click.IntRange(1, 256))
@click.option("--chaos", is_flag=True, help="Kill -9 parts while buyers buy.")
@click.option("--seed", type=int, help="Of an earlier run, to repeat it.")
@click.option("--against-running", is_flag=True, help="The platform of `make run`.")
@click.option("--self-test", "tests_itself", is_flag=True, help="Can it find anything?")
@click.option("--report", "folder", type=click.Path(path_type=Path))
def prove(
    *,
    orders: int,
    buyers: int,
    chaos: bool,
    seed: int | None,
    against_running: bool,
    tests_itself: bool,
    folder: Path | None,
) -> None:
    """Attack a shop with buyers, faults and kills; then look whether its books are right.

    Exit codes: 0 every rule holds; 1 one is broken; 2 it could not be run.
    """
    # However we are ended, the platform of the proof ends with us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_NOT_RUN))
    console = Console(highlight=False, soft_wrap=True)
    options = ProofOptions(
        orders=orders,
        buyers=buyers,
        chaos=chaos,
        against_running=against_running,
        seed=secrets.randbelow(1_000_000) if seed is None else seed,
    )
    try:
        if tests_itself:
            passed = _test_itself(console)
        else:
            with _platform(options) as platform:
                data = _proof(platform, options, console)
            passed = data["passed"]
            if passed and platform.pid is not None:
                # What was proven needs no evidence; after a violation the folder stays.
                shutil.rmtree(platform.var_dir, ignore_errors=True)
            report.write_report(folder or _folder(f"report-{options.seed}"), data)
            console.print(report.render_markdown(data), markup=False)
    except CannotProve as problem:
        console.print(str(problem), markup=False)
        sys.exit(EXIT_NOT_RUN)
    sys.exit(0 if passed else EXIT_VIOLATED)


@contextmanager
def _platform(options: ProofOptions) -> Iterator[PlatformUnderTest]:
    if options.against_running:
        if options.chaos:
            raise CannotProve("--chaos wipes queues: only on a platform of its own")
        yield require_running_platform(Settings.load())
        return
    var = _folder(f"{utc_now():%Y%m%d-%H%M%S}-{options.seed}")
    with start_platform(var) as platform:
        yield platform


def _folder(name: str) -> Path:
    return Settings.load(read_platform_env=False).var_dir.resolve() / "prove" / name


def _proof(
    platform: PlatformUnderTest, options: ProofOptions, console: Console
) -> dict[str, Any]:
    tally, doing = Counters(), deque(["setting the scene"], maxlen=1)
    console.print(report.format_command(options), markup=False)
    with _progress(console, lambda: _figures(options, tally), lambda: doing[-1]):
        outcome: ProofOutcome = run_proof(
            platform, options, tally, on_progress=doing.append
        )
    return report.build_report(options, outcome, tally)


def _figures(options: ProofOptions, tally: Counters) -> dict[str, str]:
    counts = tally.snapshot()
    shown = {what: str(counts.get(what, 0)) for what in SHOWN}
    return {**shown, "done": f"{shown['done']}/{options.orders}"}


@contextmanager
def _progress(
    console: Console, figures: Callable[[], dict[str, str]], doing: Callable[[], str]
) -> Iterator[None]:
    """A table that changes on a terminal; a line now and then in a log."""
    if console.is_terminal:
        with Live(get_renderable=lambda: _table(figures(), doing()), console=console):
            yield
        return
    over = threading.Event()

    def tell() -> None:
        while not over.wait(LOG_SECONDS):
            seen = ", ".join(f"{what} {count}" for what, count in figures().items())
            console.print(f"{seen}: {doing()}", markup=False)

    teller = threading.Thread(target=tell, name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def _table(figures: dict[str, str], doing: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in figures:
        table.add_column(heading, justify="right")
    table.add_column("now")
    table.add_row(*figures.values(), doing)
    return table


def _test_itself(console: Console) -> bool:
    folder = _folder(f"self-test-{utc_now():%Y%m%d-%H%M%S}")
    passed = self_test.run_self_test(
        folder, on_result=lambda words: console.print(words, markup=False)
    )
    if passed:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        console.print(f"Logs and databases are in {folder}", markup=False)
    return passed
