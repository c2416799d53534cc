"""Client of the Jobs API of Ray, which `ray job submit` uses, too: without Ray's own library, which
is larger than the rest of a worker."""

from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from webapp.adapters.batch_jobs.port import BatchJobState
from webapp.config import Settings
from webapp.kit.errors import Unavailable
from webapp.kit.http_clients import build_fresh_client

PATH = "/api/jobs/"
Body = TypeVar("Body", bound=BaseModel)
TIMEOUT = httpx.Timeout(2.0, read=25.0)
"""In seconds; a submission is answered once the cluster has a place for its process."""
NO_ADDRESS = "RAY_ADDRESS is not set: batch jobs need a Ray cluster with its Jobs API"


class BatchClusterUnavailable(Unavailable):
    code = "BATCH_CLUSTER_UNAVAILABLE"


class JobInfo(BaseModel):
    status: Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPED"]
    message: str | None = None
    driver_exit_code: int | None = None
    """None of one that has not begun, was stopped, or whose node was lost."""


class JobOutput(BaseModel):
    logs: str


STATES = {
    "PENDING": BatchJobState.RUNNING,
    "RUNNING": BatchJobState.RUNNING,
    "SUCCEEDED": BatchJobState.SUCCEEDED,
    "FAILED": BatchJobState.FAILED,
    "STOPPED": BatchJobState.FAILED,
}


class RayBatchCluster:
    def __init__(self, client: httpx.Client | None, *, token_file: Path) -> None:
        self._client = client
        self._token_file = token_file

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        address = settings.ray_jobs_address
        client = address and build_fresh_client(address, timeout=TIMEOUT)
        return cls(client or None, token_file=settings.ray_token_file)

    def find_state(self, submission_id: str) -> BatchJobState | None:
        response = self._request("GET", submission_id, allowed=httpx.codes.NOT_FOUND)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        return STATES[_parse_body(JobInfo, response).status]

    def submit_command(self, command: str, *, submission_id: str) -> None:
        body = {"entrypoint": command, "submission_id": submission_id}
        self._request("POST", json=body)

    def read_output(self, submission_id: str) -> str:
        response = self._request("GET", f"{submission_id}/logs")
        output = _parse_body(JobOutput, response).logs
        info = _parse_body(JobInfo, self._request("GET", submission_id))
        if info.driver_exit_code is None and info.message:
            return f"{output}\n{info.message}".strip()
        return output

    def delete_record(self, submission_id: str) -> None:
        """For about a second after its end Ray looks after a job, and writes a record that is gone
        anew."""
        self._request("DELETE", submission_id)

    def _request(
        self,
        method: str,
        path: str = "",
        *,
        allowed: int | None = None,
        json: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """`allowed` is the status of an error that the caller knows."""
        if self._client is None:
            raise BatchClusterUnavailable(NO_ADDRESS)
        try:
            response = self._client.request(
                method, f"{PATH}{path}", json=json, headers=self._build_headers()
            )
        except httpx.HTTPError as error:
            raise BatchClusterUnavailable(
                f"The Jobs API of Ray does not answer at {self._client.base_url}: {error}"
            ) from error
        if response.is_error and response.status_code != allowed:
            raise BatchClusterUnavailable(
                f"The Jobs API of Ray answers with {response.status_code}: "
                f"{response.text[-500:]}"
            )
        return response

    def _build_headers(self) -> dict[str, str]:
        """Without a token for a cluster that asks for none."""
        if not self._token_file.exists():
            return {}
        return {"Authorization": f"Bearer {self._token_file.read_text().strip()}"}


def _parse_body(kind: type[Body], response: httpx.Response) -> Body:
    """Raises `BatchClusterUnavailable`."""
    try:
        return kind.model_validate_json(response.content)
    except ValidationError as error:
        raise BatchClusterUnavailable(
            f"The Jobs API of Ray answers with something else: {response.text[:200]}"
        ) from error
