"""The promise a job is keeping."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox


@dataclass(frozen=True)
class JobContext:
    message_id: UUID

    def mark_done(self, session: Session, *, erase_arguments: bool = False) -> None:
        """Call it in the transaction that does the work: they commit together.

        A job that was handed over twice finds out here, by `AlreadyKept`, and its second
        run leaves no trace. `forget` what it was about, where that is somebody's address.
        """
        if not outbox.mark_done(
            session, self.message_id, erase_arguments=erase_arguments
        ):
            raise AlreadyDone


class AlreadyDone(Exception):
    """Another run of the same promise was quicker; roll back and be content."""
