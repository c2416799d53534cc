from collections.abc import Iterator

import pytest
from redis import Redis
from rq import Queue

from jobs.queues import build_queues
from jobs.registry import QueueName
from tests.support.valkey import private_valkey


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as redis:
        yield redis
        redis.flushdb()


@pytest.fixture
def queues(redis: Redis) -> dict[QueueName, Queue]:
    return build_queues(redis)
