"""The outbox message that a job is running for."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox
from webapp.db.outbox import OutboxMessage


class Follower(NamedTuple):
    """A message that runs right after the job that has enqueued it."""

    message: OutboxMessage
    loaded: object
    """What that job has loaded already."""


@dataclass(frozen=True)
class JobContext:
    message_id: UUID
    lease: timedelta = timedelta(seconds=90)
    """After which a message that runs next counts as lost."""
    loaded: object = None
    """What the job that had this one run next has loaded for it. `None` for any other attempt."""
    followers: list[Follower] = field(default_factory=list)
    """Messages that this job has enqueued and that run next in this process."""

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

    def postpone(self, session: Session, delay: timedelta) -> None:
        """Run the message again after a delay, with nothing failed: it waits for something that it
        has started elsewhere. This attempt does not count."""
        outbox.undo_attempts(session, [self.message_id], delay=delay)

    def run_next(self, message: OutboxMessage, *, loaded: object = None) -> None:
        """Run a message that this transaction enqueues right after it, in the same process: it
        is stored as dispatched and started. If the process dies first, its lease expires, and
        another attempt loads for itself what this one is given as `loaded`."""
        outbox.insert_as_started(message, lease=self.lease)
        self.followers.append(Follower(message, loaded))


class AlreadyDone(Exception):
    """Another attempt of the same message has finished first: roll back, nothing is left to do."""
