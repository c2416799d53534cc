"""The promise a job is keeping."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox


@dataclass(frozen=True)
class Task:
    message_id: UUID

    def keep(self, session: Session, *, forget: bool = False) -> None:
        """Call it in the transaction that does the work: they commit together.

        A job that was handed over twice finds out here, by `AlreadyKept`, and its second
        run leaves no trace. `forget` what it was about, where that is somebody's address.
        """
        if not outbox.keep(session, self.message_id, forget=forget):
            raise AlreadyKept


class AlreadyKept(Exception):
    """Another run of the same promise was quicker; roll back and be content."""
