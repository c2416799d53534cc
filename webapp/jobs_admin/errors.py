from uuid import UUID

from webapp.kit.errors import Conflict


class JobNotFailed(Conflict):
    code = "JOB_NOT_FAILED"

    def __init__(self, job_id: UUID, *, state: str) -> None:
        super().__init__(
            f"Only a failed job can be run again; this one is {state}",
            job_id=job_id,
            state=state,
        )
