"""Kills parts of the platform at random instants: SIGKILL, no warning, no clean-up."""

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
    "worker-1",
    "worker-2",
    "relay",
    "cron",
    "stripe",
    "postgres",
    "valkey",
)
SHORTEST_SECONDS, LONGEST_SECONDS = 4.0, 14.0
AOF_FOLDER = "appendonlydir"


def draw_kills(random: Random) -> Iterator[tuple[float, str]]:
    """Seconds to wait and whom to kill then, without end; everybody has a turn before
    anybody has a second one."""
    while True:
        for victim in random.sample(KILL_TARGETS, len(KILL_TARGETS)):
            yield random.uniform(SHORTEST_SECONDS, LONGEST_SECONDS), victim


class ProcessKiller(threading.Thread):
    def __init__(
        self,
        platform: PlatformUnderTest,
        random: Random,
        tally: Counters,
        *,
        on_kill: Callable[[str], None],
    ) -> None:
        super().__init__(name="killer", daemon=True)
        self._platform = platform
        self._random = random
        self._tally = tally
        self._note = on_kill
        self._stopping = threading.Event()

    def run(self) -> None:
        for seconds, victim in draw_kills(self._random):
            if self._stopping.wait(seconds):
                return
            if self._kill(victim):
                self._tally.increment("kills")
                self._note(victim)

    def stop(self) -> None:
        """Raises `CannotProve` when it has come to grief: the parts were spared then."""
        fell = not self.is_alive()
        self._stopping.set()
        self.join()
        if fell:
            raise CannotProve("The thread that kills has died of an error of its own")

    def _kill(self, victim: str) -> bool:
        """False when it is dead already."""
        part = self._platform.parts().get(victim.removeprefix("one process of "))
        if part is None or part.pid is None:
            return False
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            pid = part.pid if part.name == victim else self._child_of(part.pid)
            if victim == "valkey":
                self._wipe()
            os.kill(pid, signal.SIGKILL)
            if victim == "valkey":
                # Before its supervisor starts it again: all that was queued is gone.
                folder = self._platform.var_dir / "valkey" / AOF_FOLDER
                shutil.rmtree(folder, ignore_errors=True)
            return True
        return False

    def _child_of(self, pid: int) -> int:
        children = psutil.Process(pid).children()
        return int(self._random.choice(children).pid) if children else pid

    def _wipe(self) -> None:
        with (
            suppress(redis.RedisError),
            redis.Redis.from_url(_queue_address(self._platform.var_dir)) as queue,
        ):
            queue.flushall()


def _queue_address(var: Path) -> str:
    return parse_env_file((var / "platform.env").read_text())["REDIS_URL"]
