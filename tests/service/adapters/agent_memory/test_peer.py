"""The peer refuses what AWS's description of the service does not allow, and sends nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.support.agentcore import (
    REGION,
    AgentCorePeer,
    PeerMistake,
    build_error,
    build_response,
    find_operation,
    list_operations,
    list_problems,
)

EVENT = {
    "actorId": "ada",
    "sessionId": "s-1",
    "eventTimestamp": 1_700_000_000,
    "payload": [{"conversational": {"role": "USER", "content": {"text": "hello"}}}],
    "clientToken": "t",
}
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261130/"
    f"{REGION}/bedrock-agentcore/aws4_request, SignedHeaders=host, Signature=x"
}


def send(
    peer: AgentCorePeer, path: str, body: object, **headers: str
) -> httpx.Response:
    return httpx.post(f"{peer.address}{path}", json=body, headers={**SIGNED, **headers})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"actorId": None}, "request.actorId is no string"),
        ({"actorId": "-ada"}, "request.actorId does not match"),
        ({"actorId": "a" * 256}, "request.actorId is more than 255"),
        ({"eventTimestamp": "soon"}, "request.eventTimestamp is no timestamp"),
        ({"payload": [{}]}, "request.payload[0] has 0 members, not one"),
        ({"payload": [{"text": "hello"}]}, "request.payload[0].text is unknown"),
        (
            {"payload": [{"conversational": {"role": "BOSS", "content": {}}}]},
            "role is none of",
        ),
        ({"memoryId": "x"}, "memoryId is not for the body"),
        ({"color": "red"}, "request.color is unknown"),
    ],
)
def test_a_request_that_the_description_does_not_allow_is_refused(
    peer: AgentCorePeer, memory_id: str, change: dict[str, Any], problem: str
) -> None:
    response = send(peer, f"/memories/{memory_id}/events", EVENT | change)

    assert response.status_code == 400
    assert response.headers["x-amzn-ErrorType"] == "ValidationException"
    assert problem in response.json()["message"]
    assert peer.events == []


def test_what_is_missing_is_refused_and_what_is_whole_is_taken(
    peer: AgentCorePeer, memory_id: str
) -> None:
    for name in ("actorId", "eventTimestamp", "payload"):
        part = {key: value for key, value in EVENT.items() if key != name}
        response = send(peer, f"/memories/{memory_id}/events", part)
        assert f"request.{name} is missing" in response.json()["message"]

    assert send(peer, f"/memories/{memory_id}/events", EVENT).status_code == 201


def test_an_unknown_operation_and_one_that_the_peer_lacks_are_errors(
    peer: AgentCorePeer, memory_id: str
) -> None:
    for path in (
        "/memories",
        f"/memories/{memory_id}/everything",
        f"/memories/{memory_id}/extractionJobs/start",
    ):
        response = send(peer, path, {})
        assert response.status_code in {400, 404}, path
    assert send(peer, "/memories", {}).headers["x-amzn-ErrorType"] == (
        "UnknownOperationException"
    )


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x",
        SIGNED["Authorization"].replace("bedrock-agentcore", "s3"),
        SIGNED["Authorization"].replace(REGION, "us-east-1"),
    ],
)
def test_a_request_that_is_not_signed_for_the_service_is_refused(
    peer: AgentCorePeer, memory_id: str, authorization: str
) -> None:
    response = send(
        peer, f"/memories/{memory_id}/events", EVENT, Authorization=authorization
    )

    assert response.status_code == 403


def test_the_real_client_reads_an_error_by_its_code(memory_id: str) -> None:
    client = boto3.Session(region_name=REGION).client("bedrock-agentcore")

    with pytest.raises(ClientError) as error:
        client.list_memory_records(memoryId=memory_id)

    assert error.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ParamValidationError):
        client.list_events(memoryId=memory_id)


def operation(name: str) -> Any:
    [found] = [each for _, _, each in list_operations() if each.name == name]
    return found


def test_the_peer_fails_when_it_would_send_what_the_service_does_not() -> None:
    event = {
        "memoryId": "shop-0123456789",
        "actorId": "ada",
        "sessionId": "s-1",
        "eventId": "1#ab",
        "eventTimestamp": datetime(2026, 11, 30, tzinfo=UTC),
        "payload": [],
    }
    create = operation("CreateEvent")
    status, _, content = build_response(create, {"event": event})
    assert (status, json.loads(content)["event"]["eventId"]) == (201, "1#ab")

    for wrong in (
        {},
        {"event": {**event, "eventId": "one"}},
        {"event": {**event, "color": "red"}},
        {"event": event, "color": "red"},
    ):
        with pytest.raises(PeerMistake):
            build_response(create, wrong)
    with pytest.raises(PeerMistake, match="knows no ConflictException"):
        build_error("ConflictException", "", create)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/memories/create", "CreateMemory"),
        ("POST", "/memories/m-1/events", "CreateEvent"),
        ("POST", "/memories/m-1/actor/a%2Fb/sessions", "ListSessions"),
        ("POST", "/memories/m-1/actor/a/sessions/s", "ListEvents"),
        ("DELETE", "/memories/m-1/actor/a/sessions/s/events/1%23ab", "DeleteEvent"),
        ("POST", "/memories/m-1/retrieve", "RetrieveMemoryRecords"),
        ("POST", "/memories/m-1/memoryRecords/batchDelete", "BatchDeleteMemoryRecords"),
        ("GET", "/memories/m-1/details", "GetMemory"),
    ],
)
def test_an_operation_is_known_by_method_and_address(
    method: str, path: str, name: str
) -> None:
    found, arguments = find_operation(method, path)

    assert found is not None
    assert found.name == name
    assert arguments.get("actorId", "a") in {"a", "a/b"}


def test_lengths_of_texts_and_lists_are_checked() -> None:
    retrieve: Callable[[object], list[str]] = lambda criteria: list_problems(  # noqa: E731
        {"memoryId": "shop-0123456789", "namespace": "/a/", "searchCriteria": criteria},
        operation("RetrieveMemoryRecords").input_shape,
    )

    assert retrieve({"searchQuery": "x" * 10_000, "topK": 100}) == []
    assert retrieve({"searchQuery": ""}) != []
    assert retrieve({"searchQuery": "x" * 10_001}) != []
    assert retrieve({"searchQuery": "x", "topK": 101}) != []
