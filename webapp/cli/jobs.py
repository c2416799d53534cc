"""`ecom67 jobs …`: list, show and retry background jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.db.outbox import JobState, OutboxMessage
from webapp.db.session import Database
from webapp.jobs_admin import service
from webapp.kit.clock import format_iso


@click.group()
def jobs() -> None:
    """Background jobs: list, show, retry."""


@jobs.command("list")
@click.option(
    "--state",
    type=click.Choice([state.value for state in JobState]),
    default=JobState.DEAD.value,
    show_default=True,
)
@click.option("--job", help="Only jobs of this name.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_jobs(state: str, job: str | None, limit: int) -> None:
    """List jobs in one state, newest first."""
    with _open_transaction() as session:
        page = service.list_jobs(session, state=JobState(state), job=job, limit=limit)
    console = Console()
    if not page.items:
        console.print(f"No job is {state}.")
        return
    table = Table("id", "job", "due", "attempts", "last error", box=None)
    for row in page.items:
        table.add_row(
            str(row.id),
            row.job,
            format_iso(row.due_at),
            str(row.attempts),
            _last_line(row.last_error),
        )
    console.print(table)
    if page.last_key is not None:
        console.print(f"There are more than these {limit}.")


@jobs.command()
@click.argument("job_id", type=click.UUID)
def show(job_id: UUID) -> None:
    """Show one job with its arguments and its full last error."""
    with _open_transaction() as session:
        row = service.require_job(session, job_id=job_id)
    console = Console()
    for name, value in _describe_message(row).items():
        console.print(f"[bold]{name}[/] ", end="")
        console.print(value, markup=False, highlight=False)
    if row.last_error:
        console.print(row.last_error, markup=False, highlight=False)


@jobs.command()
@click.argument("job_id", type=click.UUID, required=False)
@click.option("--failed", is_flag=True, help="All failed jobs.")
@click.option("--job", help="With --failed: only jobs of this name.")
def retry(job_id: UUID | None, *, failed: bool, job: str | None) -> None:
    """Retry one failed job, or with --failed all of them."""
    if (job_id is None) is not failed:
        raise click.UsageError("Name one job, or use --failed")
    if job is not None and not failed:
        raise click.UsageError("--job goes with --failed")
    with _open_transaction() as session:
        if job_id is not None:
            service.retry_job(session, job_id=job_id)
            count = 1
        else:
            count = service.retry_failed_jobs(session, job=job)
    Console().print(f"Jobs to be run again: {count:,}")


def _describe_message(row: OutboxMessage) -> dict[str, str]:
    return {
        "job": row.job,
        "state": row.state,
        **{name: str(value) for name, value in row.arguments.items()},
        "attempts": str(row.attempts),
        "enqueued": format_iso(row.created_at),
        "due": format_iso(row.due_at),
    }


def _last_line(error: str | None) -> str:
    lines = (error or "").strip().splitlines()
    return lines[-1] if lines else ""


@contextmanager
def _open_transaction() -> Iterator[Session]:
    db = Database.from_url(Settings.load().require_database_url(), pool_size=1)
    try:
        with db.unit_of_work() as session:
            yield session
    finally:
        db.close()
