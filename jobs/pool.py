"""Relay, cron and the workers of one machine: `python -m jobs`.

All are forked from this process, which has loaded the shop: they share its memory and start in a
moment. One that ends is started again. When this process dies, they end, too.
"""

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from redis import Redis

from jobs import cron, process, relay, worker
from jobs.execution import process_runtime
from jobs.queue_groups import QueueGroup
from jobs.schedule import build_schedule
from webapp.db.session import Database
from webapp.kit.memory import freeze_gc
from webapp.kit.priorities import set_niceness

BACKGROUND_NICENESS = 10
"""A tenth of the processor while web and databases need it all, and all that they leave."""
POLL_INTERVAL_S = 0.2
# One that ends at once, over and over, is started more and more slowly.
MIN_DELAY_S, MAX_DELAY_S = 0.1, 5.0
SETTLED_AFTER_S = 10.0
log = structlog.get_logger()


@dataclass(frozen=True)
class PooledProcess:
    name: str
    run: Callable[[], int]
    """Runs until SIGTERM; returns the exit status."""
    niceness: int = 0
    """In a session of its own, as the kernel weighs sessions against each other."""


def plan_processes(workers: int) -> list[PooledProcess]:
    """Of two or more workers, one is for what people wait for, and the others yield to the
    requests of shoppers."""
    return [
        PooledProcess("relay and cron", run_relay_and_cron),
        *_plan_workers(workers),
    ]


def _plan_workers(count: int) -> list[PooledProcess]:
    if count == 1:
        return [PooledProcess("worker", partial(worker.main, []))]
    urgent, background = (
        partial(worker.main, [f"--group={group}"])
        for group in (QueueGroup.URGENT, QueueGroup.BACKGROUND)
    )
    return [
        PooledProcess("worker-1", urgent),
        *(
            PooledProcess(f"worker-{n}", background, niceness=BACKGROUND_NICENESS)
            for n in range(2, count + 1)
        ),
    ]


def run_relay_and_cron() -> int:
    """In one process, as both wait nearly all the time. Either ends both."""
    settings = process.configure_process("relay")
    stop = process.stop_event()
    database_url = settings.require_database_url()
    db = Database.from_url(database_url, pool_size=2)
    has_failed = threading.Event()

    def run_cron() -> None:
        # A thread starts without the fields of its process's logs.
        structlog.contextvars.bind_contextvars(process="cron")
        try:
            cron.run(db, stop, build_schedule(settings))
        except Exception:
            log.exception("cron failed")
            has_failed.set()
            stop.set()

    ticking = threading.Thread(target=run_cron)
    ticking.start()
    try:
        redis = Redis.from_url(settings.require_redis_url())
        relay.run(db, database_url, redis, stop)
    finally:
        stop.set()
        ticking.join()
    return 1 if has_failed.is_set() else 0


@dataclass
class RunningProcess:
    planned: PooledProcess
    started_at: float
    delay_s: float
    """Before it is started again."""


class ProcessPool:
    def __init__(self, planned: Sequence[PooledProcess]) -> None:
        self._waiting = deque((0.0, each, MIN_DELAY_S) for each in planned)
        """Those to be started, each with the time from which on and its next delay."""
        self._running: dict[int, RunningProcess] = {}

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._start_due()
            self._reap_ended()
            stop.wait(POLL_INTERVAL_S)
        self._stop_all()

    def _start_due(self) -> None:
        for _ in range(len(self._waiting)):
            due_at, planned, delay_s = self._waiting.popleft()
            if due_at <= time.monotonic():
                pid = fork_process(planned)
                self._running[pid] = RunningProcess(planned, time.monotonic(), delay_s)
                log.info("process started", process=planned.name, pid=pid)
            else:
                self._waiting.append((due_at, planned, delay_s))

    def _reap_ended(self) -> None:
        for pid in list(self._running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._restart_later(self._running.pop(pid), status)

    def _restart_later(self, ended: RunningProcess, status: int) -> None:
        now = time.monotonic()
        code = os.waitstatus_to_exitcode(status)
        if code == 0 or now - ended.started_at > SETTLED_AFTER_S:
            ended.delay_s = MIN_DELAY_S
        if code != 0:
            log.warning(
                "process ended",
                process=ended.planned.name,
                code=code,
                after_s=ended.delay_s,
            )
        next_delay_s = min(2 * ended.delay_s, MAX_DELAY_S)
        self._waiting.append((now + ended.delay_s, ended.planned, next_delay_s))

    def _stop_all(self) -> None:
        """Let each finish the job under way."""
        for pid in self._running:
            os.kill(pid, signal.SIGTERM)
        for pid in self._running:
            os.waitpid(pid, 0)


def fork_process(planned: PooledProcess) -> int:
    """Returns its pid, in the parent only."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        if planned.niceness:
            os.setsid()
            set_niceness(os.getpid(), planned.niceness)
        threading.Thread(target=_end_with, args=[parent], daemon=True).start()
        code = planned.run()
    except BaseException:
        log.exception("process failed", process=planned.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with(parent: int) -> None:
    """Have this process end when its parent has died, also by SIGKILL."""
    while os.getppid() == parent:
        time.sleep(POLL_INTERVAL_S)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    settings = process.configure_process("pool")
    process_runtime()
    freeze_gc()
    ProcessPool(plan_processes(settings.worker_processes)).run(process.stop_event())
    return 0
