"""Kills parts of the platform at random times with SIGKILL, without warning or cleanup."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import psutil
import redis

from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.platform import CannotProve, PlatformUnderTest
from webapp.devtools.supervisor.files import parse_env_file

KILL_TARGETS = (
    "web",
    "one process of web",
    "jobs",
    "one process of jobs",
    "one process of jobs",
    "stripe",
    "postgres",
    "valkey",
)
MIN_INTERVAL_S, MAX_INTERVAL_S = 4.0, 14.0
AOF_DIR = "appendonlydir"


def draw_kills(random: Random) -> Iterator[tuple[float, str]]:
    """Yield endlessly the seconds to wait and the part to kill then.

    Every part is killed once before any is killed again.
    """
    while True:
        for target in random.sample(KILL_TARGETS, len(KILL_TARGETS)):
            yield random.uniform(MIN_INTERVAL_S, MAX_INTERVAL_S), target


class ProcessKiller(threading.Thread):
    def __init__(
        self,
        platform: PlatformUnderTest,
        random: Random,
        counters: Counters,
        *,
        on_kill: Callable[[str], None],
    ) -> None:
        super().__init__(name="killer", daemon=True)
        self._platform = platform
        self._random = random
        self._counters = counters
        self._on_kill = on_kill
        self._stopping = threading.Event()

    def run(self) -> None:
        for seconds, target in draw_kills(self._random):
            if self._stopping.wait(seconds):
                return
            if self._kill(target):
                self._counters.increment("kills")
                self._on_kill(target)

    def stop(self) -> None:
        """Stop the thread. Raises `CannotProve` when it has crashed and killed nothing since."""
        has_crashed = not self.is_alive()
        self._stopping.set()
        self.join()
        if has_crashed:
            raise CannotProve("The thread that kills parts has crashed")

    def _kill(self, target: str) -> bool:
        """Kill a part; return false when it is not running."""
        part = self._platform.parts().get(target.removeprefix("one process of "))
        if part is None or part.pid is None:
            return False
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            pid = part.pid if part.name == target else self._choose_child(part.pid)
            if target == "valkey":
                self._flush_queue()
            os.kill(pid, signal.SIGKILL)
            if target == "valkey":
                # Before the supervisor restarts it: everything that was queued is lost.
                aof_dir = self._platform.var_dir / "valkey" / AOF_DIR
                shutil.rmtree(aof_dir, ignore_errors=True)
            return True
        return False

    def _choose_child(self, pid: int) -> int:
        children = psutil.Process(pid).children()
        return int(self._random.choice(children).pid) if children else pid

    def _flush_queue(self) -> None:
        with (
            suppress(redis.RedisError),
            redis.Redis.from_url(_read_redis_url(self._platform.var_dir)) as client,
        ):
            client.flushall()


def _read_redis_url(var_dir: Path) -> str:
    return parse_env_file((var_dir / "platform.env").read_text())["REDIS_URL"]
