"""Progress of an import on a terminal: share of the file, rows per second, time remaining."""

from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Rate(ProgressColumn):
    """Rows per second; rich's own columns count bytes."""

    def render(self, task: Task) -> Text:
        rows, elapsed = task.fields.get("rows", 0), task.elapsed or 0.0
        rate = f"{rows / elapsed:,.0f}/s" if elapsed else ""
        return Text(f"{rows:,} rows  {rate}")


class ImportProgressBar:
    """Implements `ImportProgress` on a terminal; prints nothing if the output is not one."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:8}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            Rate(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start_step(self, step: str, *, total: int) -> None:
        self._task = self._progress.add_task(step, total=total, rows=0)

    def update(self, done: int, *, rows: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, rows=rows)

    def print_message(self, message: str) -> None:
        self._progress.console.print(message, highlight=False)
