"""A private Valkey for one test run: the server that `make run` starts."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.support.ports import free_port
from webapp.devtools.supervisor import valkey

READY_SECONDS = 10


def answers(url: str) -> bool:
    try:
        with Redis.from_url(url) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


@contextmanager
def running(server: valkey.ValkeyServer) -> Iterator[None]:
    """The server, stopped at the end; with another start it has what it had."""
    server.prepare()
    process = subprocess.Popen(
        server.build_command(), stdout=subprocess.DEVNULL, env=valkey.ENVIRONMENT
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(server.url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Valkey did not start")
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def empty_server() -> Iterator[valkey.ValkeyServer]:
    """Not running yet; its files are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ecom67-valkey-") as folder:
        yield valkey.ValkeyServer(Path(folder), free_port(), password="of-the-tests")


@contextmanager
def private_valkey() -> Iterator[str]:
    """The address of an empty server, stopped at the end."""
    with empty_server() as server, running(server):
        yield server.url
