"""How far a run has come, kept in the transactions that do its work.

Whoever continues a run claims it at the position it knows. Of two processes that import the
same file, one finds that the position has moved and stops, before either has done anything
twice.
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
    """The run as its process knows it; the row in the database is the truth."""

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
    """The unfinished run of this very file and mapping, or a new one."""
    run = repository.find_unfinished_run(
        session, kind, fingerprint, is_dry_run=is_dry_run
    )
    if run is not None and is_dry_run:  # it wrote nothing: there is nothing to continue
        session.delete(run)
        session.flush()  # the new one takes its place in the unique index
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
        session.flush()  # gives the run its identity
    return Checkpoint.from_run(run)


def claim_run(session: Session, checkpoint: Checkpoint) -> ImportRun:
    """The run's row, locked for this transaction. Raises `ImportUnderWay`."""
    run = repository.find_run_for_update(session, checkpoint.run_id)
    if run is None or (run.step, run.position) != (
        checkpoint.step,
        checkpoint.position,
    ):
        raise ImportUnderWay(checkpoint.file_name)
    return run


def save_progress(run: ImportRun, checkpoint: Checkpoint) -> None:
    """Write down where `checkpoint` has got to, in the transaction that got it there."""
    run.step = checkpoint.step
    run.position = checkpoint.position
    run.counts = asdict(checkpoint.counts)
    run.rejects_bytes = checkpoint.rejects_bytes
    run.updated_at = utc_now()


def finish_run(session: Session, checkpoint: Checkpoint) -> None:
    """Close the run; what it had put aside goes with it. A dry one leaves no trace."""
    run = claim_run(session, checkpoint)
    if run.is_dry_run:
        session.delete(run)
        return
    repository.delete_scratch_rows(session, run.id)
    run.finished_at = utc_now()
