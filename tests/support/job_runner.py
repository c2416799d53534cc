"""Runs the jobs of a checkout's outbox messages."""

from sqlalchemy import select

from jobs.context import JobContext
from jobs.registry import JOBS
from webapp.bootstrap import Runtime
from webapp.db.outbox import OPEN, OutboxMessage


class JobRunner:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def __call__(self, job: str) -> None:
        """Run every open outbox message of this job, of which there must be one."""
        assert self.run_open(job), job

    def run_open(self, job: str) -> int:
        """Run every open outbox message of this job; return how many there were."""
        with self._runtime.db.unit_of_work() as session:
            messages = session.scalars(
                select(OutboxMessage).where(OPEN, OutboxMessage.job == job)
            ).all()
        for message in messages:
            JOBS[job].load()(self._runtime, JobContext(message.id), **message.arguments)
        return len(messages)
