"""The client of Ray's Jobs API, over a mock transport; the API itself is in
`tests/service/jobs/test_batch_on_ray.py`."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from webapp.adapters.batch_jobs.port import BatchJobState
from webapp.adapters.batch_jobs.ray_jobs import RayBatchCluster
from webapp.config import Settings
from webapp.kit.errors import Unavailable


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    return tmp_path / "token"


@pytest.fixture
def connect(token_file: Path) -> Callable[..., RayBatchCluster]:
    def build(answer: Callable[[httpx.Request], httpx.Response]) -> RayBatchCluster:
        transport = httpx.MockTransport(answer)
        client = httpx.Client(transport=transport, base_url="http://head:8265")
        return RayBatchCluster(client, token_file=token_file)

    return build


def test_a_command_is_submitted_with_the_token(
    connect: Callable[..., RayBatchCluster], token_file: Path
) -> None:
    token_file.write_text("open-sesame\n")
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"submission_id": "export-1"})

    connect(answer).submit_command("python -m work", submission_id="export-1")

    [request] = sent
    assert (request.method, request.url.path) == ("POST", "/api/jobs/")
    assert request.headers["Authorization"] == "Bearer open-sesame"
    assert json.loads(request.content) == {
        "entrypoint": "python -m work",
        "submission_id": "export-1",
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PENDING", BatchJobState.RUNNING),
        ("RUNNING", BatchJobState.RUNNING),
        ("SUCCEEDED", BatchJobState.SUCCEEDED),
        ("FAILED", BatchJobState.FAILED),
        ("STOPPED", BatchJobState.FAILED),
    ],
)
def test_what_became_of_a_job_is_one_of_three_states(
    connect: Callable[..., RayBatchCluster], status: str, state: BatchJobState
) -> None:
    cluster = connect(lambda _: httpx.Response(200, json={"status": status}))

    assert cluster.find_state("export-1") is state


def test_a_job_that_is_not_there_has_no_state(
    connect: Callable[..., RayBatchCluster],
) -> None:
    cluster = connect(lambda _: httpx.Response(404, text="does not exist"))

    assert cluster.find_state("export-1") is None
    with pytest.raises(Unavailable, match="answers with 404: does not exist"):
        cluster.read_output("export-1")


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (httpx.Response(500, text="no disk"), "answers with 500: no disk"),
        (httpx.Response(401, text="who?"), "answers with 401"),
        (httpx.Response(200, text="<html>"), "answers with something else: <html>"),
        (httpx.Response(200, json={"status": "NEW"}), "answers with something else"),
    ],
)
def test_any_other_answer_is_an_outage_that_says_which(
    connect: Callable[..., RayBatchCluster], response: httpx.Response, message: str
) -> None:
    with pytest.raises(Unavailable, match=message):
        connect(lambda _: response).find_state("export-1")


@pytest.mark.parametrize(
    ("info", "output"),
    [
        ({"status": "FAILED", "driver_exit_code": 1, "message": "Code 1"}, "No disk\n"),
        ({"status": "FAILED", "message": "Node lost"}, "No disk\n\nNode lost"),
        ({"status": "STOPPED", "message": None}, "No disk\n"),
    ],
)
def test_the_cluster_says_why_a_job_did_not_end_by_itself(
    connect: Callable[..., RayBatchCluster], info: dict[str, object], output: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        has_logs = request.url.path.endswith("/logs")
        return httpx.Response(200, json={"logs": "No disk\n"} if has_logs else info)

    assert connect(answer).read_output("export-1") == output


def test_a_record_is_deleted_by_its_id(connect: Callable[..., RayBatchCluster]) -> None:
    seen: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.path))
        return httpx.Response(200, json=True)

    connect(answer).delete_record("export-1")

    assert seen == [("DELETE", "/api/jobs/export-1")]


def test_logs_that_are_none_are_an_outage(
    connect: Callable[..., RayBatchCluster],
) -> None:
    with pytest.raises(Unavailable, match="something else"):
        connect(lambda _: httpx.Response(200, text="<html>")).read_output("export-1")


def test_a_cluster_that_does_not_answer_is_named(
    connect: Callable[..., RayBatchCluster],
) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unavailable, match=r"does not answer at http://head:8265.*refu"):
        connect(refuse).delete_record("export-1")


def test_without_a_cluster_the_setting_is_named(tmp_path: Path) -> None:
    cluster = RayBatchCluster.from_settings(Settings(var_dir=tmp_path))

    with pytest.raises(Unavailable, match="RAY_ADDRESS is not set"):
        cluster.find_state("export-1")
