"""The outbox message that a job is running for."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox


@dataclass(frozen=True)
class JobContext:
    message_id: UUID

    def mark_done(self, session: Session, *, erase_arguments: bool = False) -> None:
        """Mark the message done in the transaction that does the work, so both commit together.

        Raises `AlreadyDone` when another attempt of the same message was faster: this
        transaction then rolls back and leaves no trace. `erase_arguments` deletes arguments
        that hold personal data, such as an address.
        """
        if not outbox.mark_done(
            session, self.message_id, erase_arguments=erase_arguments
        ):
            raise AlreadyDone


class AlreadyDone(Exception):
    """Another attempt of the same message has finished first: roll back, nothing is left to do."""
