"""`ecom67 prove`: a load and fault-injection test that compares the shop's records with the
responses that clients received."""

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
LOG_INTERVAL_S = 15.0
SHOWN = (
    *("done", "paid", "waiting", "declined", "refused", "sold out"),
    *("kills", "faults"),
)


@click.command()
@click.option("--orders", default=2000, show_default=True, type=click.IntRange(1))
@click.option("--buyers", default=32, show_default=True, type=click.IntRange(1, 256))
@click.option("--chaos", is_flag=True, help="Kill -9 parts during the run.")
@click.option("--seed", type=int, help="Seed of an earlier run, to repeat it.")
@click.option("--against-running", is_flag=True, help="Use the platform of `make run`.")
@click.option(
    "--self-test",
    "is_self_test",
    is_flag=True,
    help="Check that it finds injected bugs.",
)
@click.option("--report", "folder", type=click.Path(path_type=Path))
def prove(
    *,
    orders: int,
    buyers: int,
    chaos: bool,
    seed: int | None,
    against_running: bool,
    is_self_test: bool,
    folder: Path | None,
) -> None:
    """Load a shop with buyers, faults and kills; then check the integrity of its records.

    Exit codes: 0 every rule holds; 1 a rule is violated; 2 it could not be run.
    """
    # On SIGTERM, exit through the context managers, which stop the platform under test.
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
        if is_self_test:
            passed = _run_self_test(console)
        else:
            with _open_platform(options) as platform:
                data = _run_proof(platform, options, console)
            passed = data["passed"]
            if passed and platform.pid is not None:
                # The folder is evidence: it is only kept after a violation.
                shutil.rmtree(platform.var_dir, ignore_errors=True)
            report.write_report(
                folder or _resolve_folder(f"report-{options.seed}"), data
            )
            console.print(report.render_markdown(data), markup=False)
    except CannotProve as error:
        console.print(str(error), markup=False)
        sys.exit(EXIT_NOT_RUN)
    sys.exit(0 if passed else EXIT_VIOLATED)


@contextmanager
def _open_platform(options: ProofOptions) -> Iterator[PlatformUnderTest]:
    if options.against_running:
        if options.chaos:
            raise CannotProve(
                "--chaos wipes queues: not allowed with --against-running"
            )
        yield require_running_platform(Settings.load())
        return
    var = _resolve_folder(f"{utc_now():%Y%m%d-%H%M%S}-{options.seed}")
    with start_platform(var) as platform:
        yield platform


def _resolve_folder(name: str) -> Path:
    return Settings.load(read_platform_env=False).var_dir.resolve() / "prove" / name


def _run_proof(
    platform: PlatformUnderTest, options: ProofOptions, console: Console
) -> dict[str, Any]:
    counters, steps = Counters(), deque(["preparing"], maxlen=1)
    console.print(report.format_command(options), markup=False)
    with _show_progress(
        console, lambda: _collect_figures(options, counters), lambda: steps[-1]
    ):
        outcome: ProofOutcome = run_proof(
            platform, options, counters, on_progress=steps.append
        )
    return report.build_report(options, outcome, counters)


def _collect_figures(options: ProofOptions, counters: Counters) -> dict[str, str]:
    counts = counters.snapshot()
    figures = {name: str(counts.get(name, 0)) for name in SHOWN}
    return {**figures, "done": f"{figures['done']}/{options.orders}"}


@contextmanager
def _show_progress(
    console: Console, figures: Callable[[], dict[str, str]], step: Callable[[], str]
) -> Iterator[None]:
    """Show progress: a live table on a terminal, or else a line every `LOG_INTERVAL_S`."""
    if console.is_terminal:
        with Live(
            get_renderable=lambda: _render_table(figures(), step()), console=console
        ):
            yield
        return
    stopped = threading.Event()

    def log_progress() -> None:
        while not stopped.wait(LOG_INTERVAL_S):
            counts = ", ".join(f"{name} {count}" for name, count in figures().items())
            console.print(f"{counts}: {step()}", markup=False)

    thread = threading.Thread(target=log_progress, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _render_table(figures: dict[str, str], step: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in figures:
        table.add_column(heading, justify="right")
    table.add_column("step")
    table.add_row(*figures.values(), step)
    return table


def _run_self_test(console: Console) -> bool:
    folder = _resolve_folder(f"self-test-{utc_now():%Y%m%d-%H%M%S}")
    passed = self_test.run_self_test(
        folder, on_result=lambda message: console.print(message, markup=False)
    )
    if passed:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        console.print(f"Logs and databases are in {folder}", markup=False)
    return passed
