"""`ecom67 status`: state, health and memory of each process of the running platform."""

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
PIPE_WIDTH = 200


@dataclass(frozen=True)
class ProcessRow:
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(*, as_json: bool) -> None:
    """Show state, health, memory and address of every process.

    Memory includes the child processes; shared memory is split between its users (PSS, on
    Linux). Exits with 1 when a process is unhealthy, with 3 when the platform is not running.
    """
    run_folder = RunFolder(Settings.load().var_dir.resolve())
    running = run_folder.read_state() if run_folder.is_locked() else None
    if running is None:
        _print_not_running(as_json=as_json)
        sys.exit(EXIT_NOT_RUNNING)
    rows = [_supervisor_row(running), *(_part_row(part) for part in running.parts)]
    healthy = all(row.healthy for row in rows)
    if as_json:
        _print_json(rows, healthy=healthy)
    else:
        _print_table(rows)
    sys.exit(0 if healthy else EXIT_UNHEALTHY)


def _supervisor_row(running: RunState) -> ProcessRow:
    """Memory includes its parent, which watches it and has the same age."""
    me = process_tree.find_process(running.pid, created=running.created)
    processes = [me, *me.parents()[:1]] if me else []
    return ProcessRow(
        name="supervisor",
        state=PartState.HEALTHY if me else PartState.STOPPED,
        healthy=me is not None,
        problem=None,
        pid=running.pid,
        memory_bytes=process_tree.measure_memory_bytes(processes),
        restarts=0,
        uptime_seconds=int(time.time() - running.created),
        address="",
    )


def _part_row(part: PartStatus) -> ProcessRow:
    problem = part.find_problem()
    memory = (
        process_tree.measure_memory_bytes(process_tree.list_session_processes(part.pid))
        if part.pid
        else 0
    )
    return ProcessRow(
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


def _print_not_running(*, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"running": False, "healthy": False, "processes": []}))
    else:
        click.echo("The platform is not running: start it with `make run`")


def _print_json(rows: Iterable[ProcessRow], *, healthy: bool) -> None:
    processes = [_camel_case(asdict(row)) for row in rows]
    total = sum(process["memoryBytes"] for process in processes)
    report = {
        "running": True,
        "healthy": healthy,
        "memoryBytes": total,
        "processes": processes,
    }
    click.echo(json.dumps(report, indent=2))


def _camel_case(fields: dict[str, Any]) -> dict[str, Any]:
    def rename(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    return {rename(name): value for name, value in fields.items()}


def _print_table(rows: list[ProcessRow]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("process", "state", "health", "pid"):
        table.add_column(heading)
    for heading in ("memory", "restarts", "up"):
        table.add_column(heading, justify="right")
    table.add_column("address")
    for row in rows:
        table.add_row(
            row.name,
            row.state,
            "[green]ok[/]" if row.healthy else f"[red]{row.problem}[/]",
            str(row.pid or ""),
            f"{row.memory_bytes / MB:,.0f} MB" if row.memory_bytes else "",
            str(row.restarts or ""),
            _format_duration(row.uptime_seconds),
            row.address,
        )
    total = sum(row.memory_bytes for row in rows)
    table.add_row("", "", "", "", f"[bold]{total / MB:,.0f} MB[/]")
    # In a file or a pipe nothing is truncated to the width of a screen.
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


def _format_duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
