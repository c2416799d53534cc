"""Parts of Ray are killed while somebody asks: an answer or a clear error comes, then answers."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import WebSocketException

from tests.support.platform import PlatformProcess
from tests.support.platform_client import PlatformClient
from tests.support.waiting import eventually

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(400)]

QUESTION = "Net revenue by product and month in the last two years"
QUERY = {"metrics": ["net_revenue"], "groupBy": ["product", "day"], "limit": 10}
KILLS = [("insights", 0.4), ("analytics", 0.2), ("analytics", 1.0), ("ray", 0.5)]
"""Parts, and the seconds after which they are killed: somewhere on the way of the question."""


def list_processes(platform: PlatformProcess, part: str) -> list[int]:
    """Of the replicas of a deployment, or of all of Ray."""
    parts = {each["name"]: each["pid"] for each in platform.read_status()["processes"]}
    if part in parts:
        return [parts[part]]
    found = []
    for process in psutil.Process(parts["ray"]).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            title = " ".join(process.cmdline())
            if "ServeReplica" in title and part in title.lower():
                found.append(process.pid)
    return found


def kill_after(platform: PlatformProcess, part: str, seconds: float) -> None:
    pids = list_processes(platform, part)
    assert pids, part
    time.sleep(seconds)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def ask_agent(client: PlatformClient) -> dict[str, Any]:
    chat = client.open_chat("/ws/insights")
    try:
        return chat.send_message(QUESTION)
    finally:
        chat.close()


@pytest.mark.parametrize(("part", "seconds"), KILLS)
def test_a_question_is_answered_or_refused_and_the_next_one_is_answered(
    platform: PlatformProcess, admin: PlatformClient, part: str, seconds: float
) -> None:
    with ThreadPoolExecutor(3) as threads:
        killing = threads.submit(kill_after, platform, part, seconds)
        asked = threads.submit(ask_agent, admin)
        query = threads.submit(admin.call, "POST", "/admin/analytics/query", json=QUERY)
        killing.result()
        answer, response = asked.result(), query.result()

    assert answer["type"] in {"message", "error"}
    assert answer["message"]
    assert response.status_code in {200, 503}, response.text
    if response.status_code == 503:
        assert response.json()["error"]["message"]
    eventually(lambda: is_answered(admin), within=200, every=1)


def is_answered(client: PlatformClient) -> bool:
    with suppress(httpx.TransportError, WebSocketException):
        response = client.call("POST", "/admin/analytics/query", json=QUERY)
        answer = ask_agent(client)
        return response.is_success and bool(answer.get("data"))
    return False
