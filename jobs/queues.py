"""The RQ queues, whose entries are JSON.

RQ's default are pickles: whoever can write to Valkey would run code in every worker.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from redis import Redis
from redis.client import Pipeline
from rq import Queue
from rq.serializers import JSONSerializer

from jobs.registry import JOBS, QueueName
from webapp.db.outbox import DueMessage

SERIALIZER = JSONSerializer
RESULT_TTL_S = 60
FAILURE_TTL_S = 7 * 24 * 3_600


def build_queues(
    redis: Redis, names: Iterable[QueueName] = QueueName
) -> dict[QueueName, Queue]:
    return {
        name: Queue(name, connection=redis, serializer=SERIALIZER) for name in names
    }


def enqueue_batch(
    queue: Queue, batch_id: UUID, batch: Sequence[DueMessage], *, pipeline: Pipeline
) -> None:
    """Add the messages as one entry; its description is the job of a message that is alone."""
    queue.enqueue_call(
        "jobs.execution.perform",
        args=([[each.job, str(each.id), each.arguments] for each in batch],),
        job_id=str(batch_id),
        timeout=sum(JOBS[each.job].timeout_s for each in batch),
        result_ttl=RESULT_TTL_S,
        failure_ttl=FAILURE_TTL_S,
        description=batch[0].job if len(batch) == 1 else f"batch of {len(batch)}",
        pipeline=pipeline,
    )
