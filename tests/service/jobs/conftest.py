import os
from collections.abc import Iterator

import pytest
from redis import Redis
from rq import Queue

from jobs.queues import build_queues
from jobs.registry import QueueName
from tests.support.valkey import private_valkey
from webapp.config import Settings


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    with private_valkey() as url:
        yield url


@pytest.fixture
def process_environment(settings: Settings, valkey_url: str) -> dict[str, str]:
    """For a real process of the jobs, on the databases of the test."""
    return {
        **os.environ,
        "DATABASE_URL": settings.require_database_url(),
        "REDIS_URL": valkey_url,
        "JWT_SECRET": settings.require_jwt_secret(),
        "STRIPE_API_KEY": "sk_test_of_the_tests",
        "STRIPE_WEBHOOK_SECRET": "whsec_of_the_tests",
        "VAR_DIR": str(settings.var_dir),
    }


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as redis:
        yield redis
        redis.flushdb()


@pytest.fixture
def queues(redis: Redis) -> dict[QueueName, Queue]:
    return build_queues(redis)
