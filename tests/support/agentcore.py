"""A peer that speaks the wire format of Bedrock AgentCore's memory, both planes, over HTTP.

It is held to AWS's own description of the service, which botocore carries: what a request must
have, which patterns and lengths its fields have, what a response has, and which errors an operation
knows. A request that AWS would refuse is refused; a response that botocore would read otherwise
than it was meant fails here.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, RLock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

import botocore.session
import pytest
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser

REGION = "eu-central-1"
ACCOUNT = "123456789012"
SERVICES = ("bedrock-agentcore", "bedrock-agentcore-control")
COMMON_ERRORS = {
    "UnrecognizedClientException": 403,
    "ExpiredTokenException": 403,
    "UnknownOperationException": 404,
}
"""Of every AWS service, in no operation's own list."""
Json = dict[str, Any]


class RequestRejected(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PeerMistake(AssertionError):
    """The peer itself does what the service would not."""


@dataclass(frozen=True)
class StoredEvent:
    session_id: str
    actor_id: str
    body: Json


@dataclass
class AgentCorePeer:
    """State of one account and region; tests read it, and make notes with `add_note`."""

    address: str = ""
    memories: dict[str, Json] = field(default_factory=dict)
    events: list[StoredEvent] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """Operations that were called, in order, rejected ones included."""
    requests: list[tuple[str, Json]] = field(default_factory=list)
    """Those that were valid, with their arguments."""
    mistakes: list[BaseException] = field(default_factory=list)
    polls_until_active: int = 1
    before_call: Callable[[str], None] = lambda _: None
    """Called with the operation before it is done: may raise `RequestRejected`, or wait."""
    raw_response: bytes | None = None
    """Sent in place of every response, if set."""
    page_size: int = 100
    tokens: dict[str, Json] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    closing: Event = field(default_factory=Event)

    def add_memory(self, name: str = "shop", *, status: str = "ACTIVE") -> str:
        body = {"name": name, "eventExpiryDuration": 90}
        memory_id: str = self._create_memory(body)["memory"]["id"]
        self.memories[memory_id]["status"] = status
        return memory_id

    def add_note(self, memory_id: str, namespace: str, text: str) -> None:
        """As the service makes one of events, some time after them."""
        self.notes.append(
            {
                "memoryId": memory_id,
                "memoryRecordId": f"mem-{uuid4()}",
                "content": {"text": text},
                "memoryStrategyId": "preferences-0123456789",
                "namespaces": [namespace],
                "createdAt": datetime.now(UTC),
            }
        )

    def list_texts(self) -> list[str]:
        """Of all events, in the order of their times."""
        ordered = sorted(self.events, key=lambda event: event.body["eventTimestamp"])
        return [
            part["conversational"]["content"]["text"]
            for event in ordered
            for part in event.body["payload"]
        ]

    def call(self, operation: OperationModel, arguments: Json) -> Json:
        self.requests.append((operation.name, arguments))
        self.before_call(operation.name)
        method = getattr(self, f"_{_to_snake_case(operation.name)}", None)
        if method is None:
            raise RequestRejected("UnknownOperationException", operation.name)
        with self.lock:
            answer: Json = method(arguments)
        return answer

    # Control plane

    def _create_memory(self, given: Json) -> Json:
        if any(memory["name"] == given["name"] for memory in self.memories.values()):
            raise RequestRejected(
                "ValidationException",
                f"Memory with name {given['name']} already exists",
            )
        memory_id = f"{given['name']}-{uuid4().hex[:10]}"
        now = datetime.now(UTC)
        self.memories[memory_id] = {
            "arn": f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:memory/{memory_id}",
            "id": memory_id,
            "name": given["name"],
            "eventExpiryDuration": given["eventExpiryDuration"],
            "status": "CREATING",
            "createdAt": now,
            "updatedAt": now,
            "strategies": [
                _describe_strategy(kind, strategy, now)
                for each in given.get("memoryStrategies", [])
                for kind, strategy in each.items()
            ],
        }
        return {"memory": self.memories[memory_id]}

    def _get_memory(self, given: Json) -> Json:
        memory = self._require_memory(given)
        if memory["status"] == "CREATING":
            self.polls_until_active -= 1
            if self.polls_until_active < 0:
                memory["status"] = "ACTIVE"
        return {"memory": memory}

    def _list_memories(self, given: Json) -> Json:
        shown = ("arn", "id", "status", "createdAt", "updatedAt")
        found = [
            {name: memory[name] for name in shown} for memory in self.memories.values()
        ]
        return self._paginate("memories", found, given)

    def _delete_memory(self, given: Json) -> Json:
        memory_id = self._require_memory(given)["id"]
        del self.memories[memory_id]
        self.events = [e for e in self.events if e.body["memoryId"] != memory_id]
        self.notes = [n for n in self.notes if n["memoryId"] != memory_id]
        return {"memoryId": memory_id, "status": "DELETING"}

    # Data plane

    def _create_event(self, given: Json) -> Json:
        self._require_memory(given)
        token = f"{given['memoryId']} {given['clientToken']}"
        if token not in self.tokens:
            milliseconds = int(given["eventTimestamp"].timestamp() * 1000)
            kept = ("memoryId", "actorId", "sessionId", "eventTimestamp", "payload")
            body = {name: given[name] for name in kept}
            body["eventId"] = f"{milliseconds:016}#{uuid4().hex[:8]}"
            self.events.append(StoredEvent(given["sessionId"], given["actorId"], body))
            self.tokens[token] = body
        return {"event": self.tokens[token]}

    def _list_events(self, given: Json) -> Json:
        self._require_memory(given)
        found = [
            {**event.body, "payload": event.body["payload"]}
            if given.get("includePayloads", True)
            else {**event.body, "payload": []}
            for event in self._find_events(given)
            if event.session_id == given["sessionId"]
        ]
        return self._paginate("events", found, given)

    def _delete_event(self, given: Json) -> Json:
        self._require_memory(given)
        found = [
            event
            for event in self._find_events(given)
            if event.body["eventId"] == given["eventId"]
        ]
        if not found:
            raise RequestRejected("ResourceNotFoundException", "No such event")
        self.events.remove(found[0])
        return {"eventId": given["eventId"]}

    def _list_sessions(self, given: Json) -> Json:
        self._require_memory(given)
        first_events = {e.session_id: e for e in reversed(self._find_events(given))}
        found = [
            {
                "sessionId": session_id,
                "actorId": event.actor_id,
                "createdAt": event.body["eventTimestamp"],
            }
            for session_id, event in first_events.items()
        ]
        return self._paginate("sessionSummaries", found, given)

    def _list_actors(self, given: Json) -> Json:
        self._require_memory(given)
        found = [{"actorId": actor} for actor in {e.actor_id for e in self.events}]
        return self._paginate("actorSummaries", found, given)

    def _retrieve_memory_records(self, given: Json) -> Json:
        criteria = given["searchCriteria"]
        wanted = set(re.findall(r"\w+", criteria["searchQuery"].lower()))
        found = [
            {**note, "score": len(wanted & set(re.findall(r"\w+", text.lower())))}
            for note in self._find_notes(given)
            for text in [note["content"]["text"]]
        ]
        found.sort(key=lambda note: -note["score"])
        return self._paginate(
            "memoryRecordSummaries", found[: criteria.get("topK", 10)], given
        )

    def _list_memory_records(self, given: Json) -> Json:
        return self._paginate("memoryRecordSummaries", self._find_notes(given), given)

    def _batch_delete_memory_records(self, given: Json) -> Json:
        self._require_memory(given)
        wanted = {record["memoryRecordId"] for record in given["records"]}
        known = {note["memoryRecordId"] for note in self.notes}
        self.notes = [n for n in self.notes if n["memoryRecordId"] not in wanted]
        return {
            "successfulRecords": [
                {"memoryRecordId": each, "status": "SUCCEEDED"}
                for each in wanted & known
            ],
            "failedRecords": [
                {
                    "memoryRecordId": each,
                    "status": "FAILED",
                    "errorCode": 404,
                    "errorMessage": "No such record",
                }
                for each in wanted - known
            ],
        }

    def _require_memory(self, given: Json) -> Json:
        memory: Json | None = self.memories.get(given["memoryId"])
        if memory is None:
            raise RequestRejected(
                "ResourceNotFoundException", f"Memory {given['memoryId']} not found"
            )
        return memory

    def _find_events(self, given: Json) -> list[StoredEvent]:
        return [
            event
            for event in self.events
            if event.actor_id == given["actorId"]
            and event.body["memoryId"] == given["memoryId"]
            and given.get("sessionId", event.session_id) == event.session_id
        ]

    def _find_notes(self, given: Json) -> list[Json]:
        self._require_memory(given)
        if given.keys().isdisjoint({"namespace", "namespacePath"}):
            raise RequestRejected(
                "ValidationException", "Either namespace or namespacePath is required"
            )
        path = given.get("namespacePath", given.get("namespace"))
        return [
            {name: value for name, value in note.items() if name != "memoryId"}
            for note in self.notes
            if note["memoryId"] == given["memoryId"]
            and (
                note["namespaces"][0] == path
                or ("namespacePath" in given and note["namespaces"][0].startswith(path))
            )
        ]

    def _paginate(self, name: str, found: list[Json], given: Json) -> Json:
        start = int(given.get("nextToken", 0))
        end = start + min(given.get("maxResults", 20), self.page_size)
        page: Json = {name: found[start:end]}
        if end < len(found):
            page["nextToken"] = str(end)
        return page


def _describe_strategy(kind: str, given: Json, now: datetime) -> Json:
    kinds = {
        "summaryMemoryStrategy": "SUMMARIZATION",
        "userPreferenceMemoryStrategy": "USER_PREFERENCE",
        "semanticMemoryStrategy": "SEMANTIC",
    }
    namespaces = given.get("namespaceTemplates", given.get("namespaces", []))
    return {
        "strategyId": f"{given['name']}-{uuid4().hex[:10]}",
        "name": given["name"],
        "type": kinds[kind],
        "namespaces": namespaces,
        "namespaceTemplates": namespaces,
        "status": "ACTIVE",
        "createdAt": now,
        "updatedAt": now,
    }


@contextmanager
def running_agentcore() -> Iterator[AgentCorePeer]:
    """A peer on loopback, which must have made no mistake in the end."""
    peer = AgentCorePeer()

    class Handler(_Handler):
        state = peer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    peer.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield peer
    finally:
        peer.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
    if peer.mistakes:
        raise peer.mistakes[0]


@contextmanager
def configured_agentcore(monkeypatch: pytest.MonkeyPatch) -> Iterator[AgentCorePeer]:
    """A peer that boto3 takes for AWS."""
    with running_agentcore() as peer:
        for name, value in {
            "AWS_ENDPOINT_URL": peer.address,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        yield peer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet a response; of two, the second waits 40 ms
    state: AgentCorePeer

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            status, headers, content = self._compute_response(body)
        except Exception as error:  # the client would only see a broken connection
            self.state.mistakes.append(error)
            raise
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _compute_response(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        operation, uri_arguments = find_operation(self.command, self.path)
        if operation is None:
            self.state.calls.append(f"{self.command} {self.path}")
            return build_error("UnknownOperationException", self.path, None)
        self.state.calls.append(operation.name)
        try:
            self._require_signature()
            arguments = parse_request(operation, self.path, uri_arguments, body)
            answer = self.state.call(operation, arguments)
        except RequestRejected as error:
            return build_error(error.code, error.message, operation)
        if self.state.raw_response is not None:
            return 200, {"Content-Type": "application/json"}, self.state.raw_response
        return build_response(operation, answer)

    def _require_signature(self) -> None:
        """Of the right service; the signature itself is not computed again."""
        credential = rf"Credential=\w+/\d{{8}}/{REGION}/bedrock-agentcore/aws4_request"
        if not re.search(credential, self.headers.get("Authorization", "")):
            raise RequestRejected(
                "UnrecognizedClientException", "The request is not signed for us"
            )


@cache
def list_operations() -> list[tuple[str, re.Pattern[str], OperationModel]]:
    session = botocore.session.get_session()
    found = []
    for service in SERVICES:
        model = session.get_service_model(service)
        for name in model.operation_names:
            operation = model.operation_model(name)
            uri = operation.http["requestUri"].partition("?")[0]
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", uri)
            found.append((operation.http["method"], re.compile(pattern), operation))
    return found


def find_operation(method: str, target: str) -> tuple[OperationModel | None, Json]:
    """The operation of this address, and its arguments that are part of it."""
    path = urlsplit(target).path
    for known_method, pattern, operation in list_operations():
        if known_method == method and (match := pattern.fullmatch(path)):
            return operation, {k: unquote(v) for k, v in match.groupdict().items()}
    return None, {}


def parse_request(
    operation: OperationModel, target: str, uri_arguments: Json, body: bytes
) -> Json:
    """The arguments of a call. Raises `RequestRejected` as the service would."""
    shape = operation.input_shape
    assert shape is not None
    places = {
        member.serialization.get("name", name): (
            name,
            member.serialization.get("location"),
        )
        for name, member in shape.members.items()
    }
    in_query = dict(parse_qsl(urlsplit(target).query))
    given = {
        **uri_arguments,
        **{k: v for k, v in in_query.items() if places[k][1] == "querystring"},
    }
    try:
        in_body = json.loads(body) if body else {}
    except ValueError:
        raise RequestRejected("ValidationException", "The body is not JSON") from None
    for name, value in in_body.items():
        if name in places and places[name][1] is not None:
            raise RequestRejected("ValidationException", f"{name} is not for the body")
        given[name] = value
    arguments: Json = _read_times(given, shape)
    if problems := list_problems(arguments, shape):
        raise RequestRejected("ValidationException", "; ".join(problems))
    return arguments


def _read_times(value: Any, shape: Shape) -> Any:
    """Times are seconds since 1970 on the wire."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {
            name: _read_times(each, shape.members[name])
            if name in shape.members
            else each
            for name, each in value.items()
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [_read_times(each, shape.member) for each in value]
    if shape.type_name == "timestamp" and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return value


TYPES: dict[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "timestamp": datetime,
    "integer": int,
    "double": (int, float),
    "boolean": bool,
}


def list_problems(value: Any, shape: Shape, path: str = "request") -> list[str]:
    """All that the description of the service does not allow."""
    if shape.metadata.get("document"):
        return []
    if not _is_of_type(value, shape):
        return [f"{path} is no {shape.type_name}"]
    problems = list(_list_constraint_problems(value, shape, path))
    if shape.type_name == "structure":
        members = shape.members
        problems += [f"{path}.{k} is unknown" for k in value.keys() - members.keys()]
        problems += [
            f"{path}.{name} is missing"
            for name in shape.required_members
            if name not in value
        ]
        if shape.metadata.get("union") and len(value) != 1:
            problems.append(f"{path} has {len(value)} members, not one")
        for name in value.keys() & members.keys():
            problems += list_problems(value[name], members[name], f"{path}.{name}")
    if shape.type_name == "list":
        for index, each in enumerate(value):
            problems += list_problems(each, shape.member, f"{path}[{index}]")
    return problems


def _is_of_type(value: Any, shape: Shape) -> bool:
    return isinstance(value, TYPES[shape.type_name])


def _list_constraint_problems(value: Any, shape: Shape, path: str) -> Iterator[str]:
    size = len(value) if hasattr(value, "__len__") else value
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"{path} is less than {low}"
    if high is not None and size > high:
        yield f"{path} is more than {high}"
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        yield f"{path} does not match {pattern}"
    if (allowed := shape.metadata.get("enum")) and value not in allowed:
        yield f"{path} is none of {allowed}"


def build_response(
    operation: OperationModel, answer: Json
) -> tuple[int, dict[str, str], bytes]:
    """Raises `PeerMistake` for what the service would not send, or botocore reads otherwise."""
    shape = operation.output_shape
    assert shape is not None
    answer = json.loads(json.dumps(answer, default=_mark_time), object_hook=_read_mark)
    if problems := list_problems(answer, shape, "response"):
        raise PeerMistake(f"{operation.name}: {problems}")
    content = json.dumps(answer, default=datetime.timestamp).encode()
    status, headers = (
        operation.http["responseCode"],
        {"Content-Type": "application/json"},
    )
    parsed = create_parser("rest-json").parse(
        {"status_code": status, "headers": headers, "body": content}, shape
    )
    del parsed["ResponseMetadata"]
    if parsed != answer:
        raise PeerMistake(f"{operation.name}: {answer} is read as {parsed}")
    return status, headers, content


def _mark_time(moment: datetime) -> Json:
    """To the millisecond, which is what the service keeps."""
    return {"$time": round(moment.timestamp(), 3)}


def _read_mark(value: Json) -> Any:
    return datetime.fromtimestamp(value["$time"], UTC) if "$time" in value else value


def build_error(
    code: str, message: str, operation: OperationModel | None
) -> tuple[int, dict[str, str], bytes]:
    """Raises `PeerMistake` for an error that the operation does not know."""
    shapes = (
        {shape.name: shape for shape in operation.error_shapes} if operation else {}
    )
    if code in shapes:
        status = shapes[code].metadata["error"]["httpStatusCode"]
    elif code in COMMON_ERRORS:
        status = COMMON_ERRORS[code]
    else:
        raise PeerMistake(f"{operation and operation.name} knows no {code}")
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"message": message}).encode()


def _to_snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def reject_calls(
    code: str, *, times: int = 1_000, only: str | None = None
) -> Callable[[str], None]:
    """For `before_call`: the next calls are rejected, or those of one operation."""
    left = iter(range(times))

    def reject(operation: str) -> None:
        if only in {None, operation} and next(left, None) is not None:
            raise RequestRejected(code, "rejected by the test")

    return reject


def hang_calls(peer: AgentCorePeer, *, max_s: float = 20) -> Callable[[str], None]:
    """For `before_call`: no call is answered before the peer closes."""

    def hang(_: str) -> None:
        deadline = time.monotonic() + max_s
        while not peer.closing.wait(0.05) and time.monotonic() < deadline:
            pass

    return hang
