"""Checkpoint of an import run, saved in the transactions that do the run's work.

A process claims the run at the position it knows before each batch. When two processes
import the same file, one finds that the position has moved and stops, so that no row is
imported twice.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.imports import repository
from webapp.imports.errors import ImportUnderWay
from webapp.imports.models import ImportRun
from webapp.imports.progress import ImportCounts
from webapp.kit.clock import utc_now


@dataclass
class Checkpoint:
    """A process's copy of the run's state; the row in the database is authoritative."""

    run_id: UUID
    file_name: str
    step: str
    position: int
    counts: ImportCounts
    rejects_path: Path
    rejects_bytes: int
    is_dry_run: bool

    @classmethod
    def from_run(cls, run: ImportRun) -> "Checkpoint":
        return cls(
            run_id=run.id,
            file_name=run.file_name,
            step=run.step,
            position=run.position,
            counts=ImportCounts(**run.counts),
            rejects_path=Path(run.rejects_path),
            rejects_bytes=run.rejects_bytes,
            is_dry_run=run.is_dry_run,
        )


def resume_or_start_run(
    session: Session,
    *,
    kind: str,
    source: str,
    path: Path,
    fingerprint: str,
    rejects_path: Path,
    is_dry_run: bool,
) -> Checkpoint:
    """Resume the unfinished run of this file and mapping, or start a new one."""
    run = repository.find_unfinished_run(
        session, kind, fingerprint, is_dry_run=is_dry_run
    )
    if run is not None and is_dry_run:  # it wrote nothing: nothing to resume
        session.delete(run)
        session.flush()  # the new run has the same key in the unique index
        run = None
    if run is None:
        run = ImportRun(
            kind=kind,
            source=source,
            file_name=path.name,
            fingerprint=fingerprint,
            is_dry_run=is_dry_run,
            step="read",
            position=0,
            counts=asdict(ImportCounts()),
            rejects_path=str(rejects_path),
            rejects_bytes=0,
        )
        session.add(run)
        session.flush()  # assigns the id
    return Checkpoint.from_run(run)


def claim_run(session: Session, checkpoint: Checkpoint) -> ImportRun:
    """Lock the run's row for this transaction and return it.

    Raises `ImportUnderWay` when another process has moved its position.
    """
    run = repository.find_run_for_update(session, checkpoint.run_id)
    if run is None or (run.step, run.position) != (
        checkpoint.step,
        checkpoint.position,
    ):
        raise ImportUnderWay(checkpoint.file_name)
    return run


def save_progress(run: ImportRun, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to the run's row, in the transaction that did the work."""
    run.step = checkpoint.step
    run.position = checkpoint.position
    run.counts = asdict(checkpoint.counts)
    run.rejects_bytes = checkpoint.rejects_bytes
    run.updated_at = utc_now()


def finish_run(session: Session, checkpoint: Checkpoint) -> None:
    """Finish the run and delete its staged rows; the run itself too if it is a dry run."""
    run = claim_run(session, checkpoint)
    if run.is_dry_run:
        session.delete(run)
        return
    repository.delete_scratch_rows(session, run.id)
    run.finished_at = utc_now()
