"""`ecom67 status`: how each process of the platform is doing, from another terminal."""

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from webapp.config import Settings
from webapp.devtools.supervisor import process_tree
from webapp.devtools.supervisor.part import PartState, PartStatus
from webapp.devtools.supervisor.state import RunFolder, RunState

EXIT_UNHEALTHY = 1
EXIT_NOT_RUNNING = 3
MB = 1_000_000
WIDE = 200


@dataclass(frozen=True)
class Line:
    name: str
    state: str
    healthy: bool
    problem: str | None
    pid: int | None
    memory_bytes: int
    restarts: int
    uptime_seconds: int
    address: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(*, as_json: bool) -> None:
    """Show state, health, memory and address of every process.

    Memory is that of a process with everything it has started; what several share is
    split between them (PSS, on Linux). Exits with 1 when something is not healthy, with 3
    when the platform is not running.
    """
    run_folder = RunFolder(Settings.load().var_dir.resolve())
    running = run_folder.read_state() if run_folder.is_locked() else None
    if running is None:
        _say_not_running(as_json=as_json)
        sys.exit(EXIT_NOT_RUNNING)
    lines = [_supervisor(running), *(_line(part) for part in running.parts)]
    healthy = all(line.healthy for line in lines)
    if as_json:
        _print_json(lines, healthy=healthy)
    else:
        _print_table(lines)
    sys.exit(0 if healthy else EXIT_UNHEALTHY)


def _supervisor(running: RunState) -> Line:
    """With its guard, which has the same age."""
    me = process_tree.find_process(running.pid, created=running.created)
    family = [me, *me.parents()[:1]] if me else []
    return Line(
        name="supervisor",
        state=PartState.HEALTHY if me else PartState.STOPPED,
        healthy=me is not None,
        problem=None,
        pid=running.pid,
        memory_bytes=process_tree.measure_memory_bytes(family),
        restarts=0,
        uptime_seconds=int(time.time() - running.created),
        address="",
    )


def _line(part: PartStatus) -> Line:
    problem = part.find_problem()
    memory = (
        process_tree.measure_memory_bytes(process_tree.list_session_processes(part.pid))
        if part.pid
        else 0
    )
    return Line(
        name=part.name,
        state=part.state,
        healthy=problem is None,
        problem=problem,
        pid=part.pid,
        memory_bytes=memory,
        restarts=part.restarts,
        uptime_seconds=int(time.time() - part.since),
        address=part.address,
    )


def _say_not_running(*, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"running": False, "healthy": False, "processes": []}))
    else:
        click.echo("The platform is not running: start it with `make run`")


def _print_json(lines: Iterable[Line], *, healthy: bool) -> None:
    processes = [_camel(asdict(line)) for line in lines]
    total = sum(line["memoryBytes"] for line in processes)
    report = {
        "running": True,
        "healthy": healthy,
        "memoryBytes": total,
        "processes": processes,
    }
    click.echo(json.dumps(report, indent=2))


def _camel(fields: dict[str, Any]) -> dict[str, Any]:
    def renamed(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    return {renamed(name): value for name, value in fields.items()}


def _print_table(lines: list[Line]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("process", "state", "health", "pid"):
        table.add_column(heading)
    for heading in ("memory", "restarts", "up"):
        table.add_column(heading, justify="right")
    table.add_column("address")
    for line in lines:
        table.add_row(
            line.name,
            line.state,
            "[green]ok[/]" if line.healthy else f"[red]{line.problem}[/]",
            str(line.pid or ""),
            f"{line.memory_bytes / MB:,.0f} MB" if line.memory_bytes else "",
            str(line.restarts or ""),
            _duration(line.uptime_seconds),
            line.address,
        )
    total = sum(line.memory_bytes for line in lines)
    table.add_row("", "", "", "", f"[bold]{total / MB:,.0f} MB[/]")
    # Into a file or a pipe nothing is cut off to fit a screen.
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
