"""Run the messages of one entry of a queue: the function that RQ calls in a worker's process or in
a fork of it.

Each message has its own transactions, attempts, time limit and dead letter; only the entry, and the
statement that starts their attempts, are shared.

Separate from `jobs.worker`, which is `__main__` in its process: RQ imports this module by its
name, and both must share one runtime, whose connections a fork discards.
"""

import threading
import time
import traceback
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import configure_mappers

from jobs.context import AlreadyDone, JobContext
from jobs.dead_letters import dead_letter
from jobs.heartbeats import renew_while_running
from jobs.registry import JOBS, JobSpec
from jobs.time_limits import TimeLimitExceeded, Watchdog, limit_time
from webapp.adapters.analytics.port import ReportTooLarge
from webapp.adapters.mail.port import AddressUnsupported
from webapp.bootstrap import Runtime, build_runtime
from webapp.config import Settings
from webapp.db import outbox

HOPELESS_ERRORS = (AddressUnsupported, ReportTooLarge)
"""A retry cannot help: the message is dead-lettered at once, and the admins are notified."""
RENEW_AFTER_S = 10.0
"""A batch that takes longer renews the leases of its messages that still wait."""
stopping = threading.Event()
"""Set when the worker is to end: the rest of a batch is then dispatched again."""
interrupted = threading.Event()
"""Set when a job was interrupted by its time limit: this process is in an unknown state."""
log = structlog.get_logger()


@dataclass(frozen=True)
class QueuedMessage:
    job: str
    id: UUID
    arguments: dict[str, Any]
    loaded: object = None
    """What the job before it has loaded for it."""

    @property
    def spec(self) -> JobSpec:
        return JOBS[self.job]


@cache
def process_runtime() -> Runtime:
    """Build the runtime before the first fork; it connects only when a job needs it."""
    # Otherwise every fork repeats this, which is half the work of a small job.
    for spec in JOBS.values():
        spec.load()
    configure_mappers()
    return build_runtime(Settings.load())


def perform(messages: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """Run the jobs of these outbox messages, each with its id and arguments; called by RQ."""
    batch = [QueuedMessage(job, UUID(each), given) for job, each, given in messages]
    MessageBatch(process_runtime(), batch).run()


class MessageBatch:
    """The messages of one entry of a queue, and those that their jobs have run next."""

    def __init__(self, runtime: Runtime, messages: Sequence[QueuedMessage]) -> None:
        self._runtime = runtime
        self._messages = messages
        self._lease = max(message.spec.lease for message in messages)
        self._started: deque[tuple[QueuedMessage, int]] = deque()
        """Messages that wait for their turn, each with the number of its attempt."""
        self._renewed_at = time.monotonic()
        self._watchdog = Watchdog()

    def run(self) -> None:
        """Raises `TimeLimitExceeded`. Any other error of a job is logged and recorded on its
        message, and the next one runs."""
        self._start_attempts()
        with self._watchdog:
            while self._started:
                if stopping.is_set():
                    self._undo_rest()
                    return
                self._renew_leases()
                followers = self._run_one(*self._started.popleft())
                self._started.extendleft((follower, 1) for follower in followers)

    def _run_one(self, message: QueuedMessage, attempt: int) -> Sequence[QueuedMessage]:
        """Run one message; return those that run next, which have started with it."""
        context = JobContext(message.id, self._lease, message.loaded)
        self._watchdog.expect_job(message.spec.timeout_s)
        try:
            with limit_time(message.spec.timeout_s):
                run_attempt(
                    self._runtime,
                    message.spec,
                    context,
                    attempt=attempt,
                    arguments=message.arguments,
                )
        except TimeLimitExceeded:
            interrupted.set()
            self._undo_rest()
            raise
        except Exception:
            log.exception("job failed", job=message.job, message_id=str(message.id))
            return ()
        return [
            QueuedMessage(each.job, each.id, each.arguments, loaded)
            for each, loaded in context.followers
        ]

    def _start_attempts(self) -> None:
        ids = [message.id for message in self._messages]
        with self._runtime.db.unit_of_work() as session:
            attempts = outbox.start_attempts(session, ids, lease=self._lease)
        self._started.extend(
            (message, attempts[message.id])
            for message in self._messages
            if message.id in attempts
        )

    def _renew_leases(self) -> None:
        if time.monotonic() - self._renewed_at < RENEW_AFTER_S:
            return
        with self._runtime.db.unit_of_work() as session:
            outbox.renew_leases(session, self._list_ids(), lease=self._lease)
        self._renewed_at = time.monotonic()

    def _undo_rest(self) -> None:
        with self._runtime.db.unit_of_work() as session:
            outbox.undo_attempts(session, self._list_ids())

    def _list_ids(self) -> list[UUID]:
        return [message.id for message, _ in self._started]


def run_job(
    runtime: Runtime, spec: JobSpec, context: JobContext, *, arguments: dict[str, Any]
) -> None:
    """Run a job, unless its message is done or another attempt is running.

    Raises what the job raises, after recording it on the message.
    """
    with runtime.db.unit_of_work() as session:
        attempts = outbox.start_attempts(
            session, [context.message_id], lease=spec.lease
        )
    if attempt := attempts.get(context.message_id):
        run_attempt(runtime, spec, context, attempt=attempt, arguments=arguments)


def run_attempt(
    runtime: Runtime,
    spec: JobSpec,
    context: JobContext,
    *,
    attempt: int,
    arguments: dict[str, Any],
) -> None:
    """Run an attempt that has started. Raises what the job raises, after recording it."""
    try:
        with renew_while_running(runtime.db, context.message_id, spec):
            spec.load()(runtime, context, **arguments)
    except AlreadyDone:
        context.followers.clear()
    except BaseException as error:
        is_hopeless = isinstance(error, HOPELESS_ERRORS)
        _record_failure(
            runtime, spec, context, attempt=None if is_hopeless else attempt
        )
        raise


def _record_failure(
    runtime: Runtime, spec: JobSpec, context: JobContext, *, attempt: int | None
) -> None:
    """Without an attempt it is dead-lettered at once."""
    error = traceback.format_exc()
    delays = spec.retry_delays_s[attempt - 1 : attempt] if attempt else ()
    with runtime.db.unit_of_work() as session:
        if delays:
            delay = timedelta(seconds=delays[0])
            outbox.record_failure(
                session, context.message_id, error=error, retry_in=delay
            )
        else:
            dead_letter(session, context.message_id, error=error)
