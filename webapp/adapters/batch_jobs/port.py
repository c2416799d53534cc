"""Port to the cluster that runs batch jobs: a command is submitted, and what became of it is asked
for later."""

from enum import StrEnum
from typing import Protocol


class BatchJobState(StrEnum):
    RUNNING = "running"
    """Or about to be started."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Or stopped by somebody."""


class BatchCluster(Protocol):
    """All methods raise `Unavailable`."""

    def find_state(self, submission_id: str) -> BatchJobState | None:
        """None for a job that was never submitted, or that the cluster has lost."""
        ...

    def submit_command(self, command: str, *, submission_id: str) -> None: ...

    def read_output(self, submission_id: str) -> str:
        """What a job has printed, and what the cluster says of one that did not end by itself."""
        ...

    def delete_record(self, submission_id: str) -> None:
        """Forget a job that has ended some seconds ago, so that its id can be used again."""
        ...
