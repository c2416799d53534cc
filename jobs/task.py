"""The promise a job is keeping."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox


@dataclass(frozen=True)
class Task:
    message_id: UUID

    def keep(self, session: Session) -> None:
        """Call it in the transaction that does the work: they commit together.

        A job that was handed over twice finds out here, by `AlreadyKept`, and its second
        run leaves no trace.
        """
        if not outbox.keep(session, self.message_id):
            raise AlreadyKept


class AlreadyKept(Exception):
    """Another run of the same promise was quicker; roll back and be content."""
