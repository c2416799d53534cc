from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from webapp.db.outbox import JobCount, JobState, OutboxMessage
from webapp.http.schemas import ListQuery
from webapp.kit.json import (
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)

JobName = Annotated[str, Field(min_length=1, max_length=100)]


class JobsQuery(ListQuery):
    state: JobState = JobState.OPEN
    job: JobName | None = None


class RetryBody(RequestBody):
    model_config = example_config({"job": "notifications.tell"})

    job: JobName | None = None
    """Only jobs of this name; all failed jobs when absent."""


class JobView(ResponseBody):
    example_values = {
        "job_id": "0190c603-7081-7293-8e4f-5061728394a5",
        "job": "notifications.tell",
        "arguments": {
            "event": "order.shipped",
            "order_id": "0190c5b7-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
        },
        "state": JobState.OPEN,
        "attempts": 2,
        "due_at": "2026-03-01T09:45:00Z",
        "created_at": "2026-03-01T09:30:00Z",
        "last_error": "MailUnavailable: The mail server refused: timed out",
    }

    job_id: UUID
    job: str
    arguments: dict[str, Any]
    state: JobState
    attempts: int
    """How often a worker has started it."""
    due_at: Timestamp
    created_at: Timestamp
    done_at: OmittedIfNone[Timestamp] = None
    failed_at: OmittedIfNone[Timestamp] = None
    last_error: OmittedIfNone[str] = None

    @classmethod
    def from_message(cls, message: OutboxMessage) -> Self:
        return cls(
            job_id=message.id,
            job=message.job,
            arguments=message.arguments,
            state=message.state,
            attempts=message.attempts,
            due_at=message.due_at,
            created_at=message.created_at,
            done_at=message.done_at,
            failed_at=message.dead_lettered_at,
            last_error=message.last_error,
        )


class RetriedView(ResponseBody):
    example_values = {"retried": 3}

    retried: int


class JobCountView(ResponseBody):
    example_values = {
        "job": "notifications.tell",
        "waiting": 2,
        "scheduled": 5,
        "failed": 1,
        "oldest_waiting_seconds": 1.5,
    }

    job: str
    waiting: int
    """Due or dispatched to a worker, and not done."""
    scheduled: int
    """Not due yet, or waiting for the next attempt."""
    failed: int
    oldest_waiting_seconds: float

    @classmethod
    def from_count(cls, count: JobCount) -> Self:
        return cls(
            job=count.job,
            waiting=count.waiting,
            scheduled=count.scheduled,
            failed=count.dead,
            oldest_waiting_seconds=count.oldest_waiting.total_seconds(),
        )


class SummaryView(ResponseBody):
    example_values = JobCountView.example_values

    waiting: int
    scheduled: int
    failed: int
    oldest_waiting_seconds: float
    """How long the longest waiting job has been due."""
    jobs: list[JobCountView]

    @classmethod
    def from_counts(cls, counts: list[JobCountView]) -> Self:
        return cls(
            waiting=sum(count.waiting for count in counts),
            scheduled=sum(count.scheduled for count in counts),
            failed=sum(count.failed for count in counts),
            oldest_waiting_seconds=max(
                (count.oldest_waiting_seconds for count in counts), default=0
            ),
            jobs=counts,
        )
