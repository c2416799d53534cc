"""The RQ queues, whose entries are JSON.

RQ's default are pickles: whoever can write to Valkey would run code in every worker.
"""

from collections.abc import Iterable

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from jobs.registry import QueueName

SERIALIZER = JSONSerializer


def build_queues(
    redis: Redis, names: Iterable[QueueName] = QueueName
) -> dict[QueueName, Queue]:
    return {
        name: Queue(name, connection=redis, serializer=SERIALIZER) for name in names
    }
