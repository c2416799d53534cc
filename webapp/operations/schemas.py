from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from webapp.db.outbox import JobCount, JobState, OutboxMessage
from webapp.http.schemas import (
    Absent,
    ListQuery,
    RequestBody,
    ResponseBody,
    Timestamp,
    example,
)

JobName = Annotated[str, Field(min_length=1, max_length=100)]


class JobsQuery(ListQuery):
    state: JobState = JobState.OPEN
    job: JobName | None = None


class RetryBody(RequestBody):
    model_config = example({"job": "notifications.tell"})

    job: JobName | None = None
    """Only jobs of this name; all that failed when absent."""


class JobView(ResponseBody):
    job_id: UUID
    job: str
    arguments: dict[str, Any]
    state: JobState
    attempts: int
    """How often a worker has begun with it."""
    due_at: Timestamp
    created_at: Timestamp
    done_at: Absent[Timestamp] = None
    failed_at: Absent[Timestamp] = None
    last_error: Absent[str] = None

    @classmethod
    def of(cls, message: OutboxMessage) -> Self:
        return cls(
            job_id=message.id,
            job=message.job,
            arguments=message.arguments,
            state=message.state,
            attempts=message.attempts,
            due_at=message.due_at,
            created_at=message.created_at,
            done_at=message.done_at,
            failed_at=message.failed_at,
            last_error=message.last_error,
        )


class RetriedView(ResponseBody):
    retried: int


class JobCountView(ResponseBody):
    job: str
    waiting: int
    """Due or handed to a worker, and not done."""
    scheduled: int
    """For later: its time has not come, or it waits for its next try."""
    failed: int
    oldest_waiting_seconds: float

    @classmethod
    def of(cls, count: JobCount) -> Self:
        return cls(
            job=count.job,
            waiting=count.waiting,
            scheduled=count.scheduled,
            failed=count.failed,
            oldest_waiting_seconds=count.oldest_waiting.total_seconds(),
        )


class SummaryView(ResponseBody):
    waiting: int
    scheduled: int
    failed: int
    oldest_waiting_seconds: float
    """How long the job that waits longest has been due."""
    jobs: list[JobCountView]

    @classmethod
    def of(cls, counts: list[JobCountView]) -> Self:
        return cls(
            waiting=sum(count.waiting for count in counts),
            scheduled=sum(count.scheduled for count in counts),
            failed=sum(count.failed for count in counts),
            oldest_waiting_seconds=max(
                (count.oldest_waiting_seconds for count in counts), default=0
            ),
            jobs=counts,
        )
