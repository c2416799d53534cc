"""Private Valkey server for a test run, as `make run` starts it."""

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

READY_TIMEOUT_S = 10


def is_ready(url: str) -> bool:
    try:
        with Redis.from_url(url) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


@contextmanager
def run_valkey(server: valkey.ValkeyServer) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server until the end of the block; its data survives a restart."""
    server.prepare()
    process = subprocess.Popen(
        server.build_command(), stdout=subprocess.DEVNULL, env=valkey.ENVIRONMENT
    )
    try:
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not is_ready(server.url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Valkey did not start")
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def empty_server() -> Iterator[valkey.ValkeyServer]:
    """Yield a server that is not running yet; its files are deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="ecom67-valkey-") as folder:
        yield valkey.ValkeyServer(Path(folder), free_port(), password="of-the-tests")


@contextmanager
def private_valkey() -> Iterator[str]:
    """Yield the URL of an empty server, stopped at the end."""
    with empty_server() as server, run_valkey(server):
        yield server.url
