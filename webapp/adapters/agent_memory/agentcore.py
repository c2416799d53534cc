"""The agent memory in Amazon Bedrock AgentCore.

A turn is an event of its session; from events the service makes records, which are the notes. boto3
finds the credentials, and another address in `AWS_ENDPOINT_URL_BEDROCK_AGENTCORE`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import ClientError

from webapp.adapters.agent_memory.agentcore_errors import (
    NOT_FOUND,
    get_error_code,
    translate_errors,
)
from webapp.adapters.agent_memory.namespaces import build_actor_namespace
from webapp.adapters.agent_memory.port import (
    RECALL_TIMEOUT_S,
    AgentMemoryUnavailable,
    MemoryTurn,
)

log = structlog.get_logger()

SERVICE = "bedrock-agentcore"
CONNECT_TIMEOUT_S, READ_TIMEOUT_S, MAX_ATTEMPTS = 3, 10, 3
MAX_PAYLOAD_CHARS = 100_000
"""Of one text of an event; a longer one is several."""
MAX_NOTES = 5
MAX_BATCH = 100
"""Records that one call deletes."""
LISTS = {
    "list_events": ("events", "eventId"),
    "list_memory_records": ("memoryRecordSummaries", "memoryRecordId"),
    "list_sessions": ("sessionSummaries", "sessionId"),
}
"""By operation, where its ids are."""


class AgentCoreMemory:
    """One client for turns, which people wait for, and one for jobs, which repeat calls."""

    def __init__(self, memory_id: str, *, region: str) -> None:
        self._memory_id = memory_id
        self._client = _build_client(
            region,
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            attempts=MAX_ATTEMPTS,
        )
        self._recall_client = _build_client(
            region,
            connect_timeout=RECALL_TIMEOUT_S / 2,
            read_timeout=RECALL_TIMEOUT_S,
            attempts=1,
        )

    def record_turn(self, turn: MemoryTurn) -> None:
        """The id is sent as the client token, by which AgentCore ignores a repetition."""
        payload = [
            {"conversational": {"role": role, "content": {"text": text}}}
            for role, whole in (("USER", turn.question), ("ASSISTANT", turn.answer))
            for text in _split_text(whole)
        ]
        with translate_errors():
            response = self._client.create_event(
                memoryId=self._memory_id,
                actorId=str(turn.actor_id),
                sessionId=str(turn.session_id),
                eventTimestamp=turn.asked_at,
                payload=payload,
                clientToken=str(turn.turn_id),
            )
            _ = response["event"]["eventId"]

    def recall_notes(self, *, actor_id: UUID, query: str) -> list[str]:
        with translate_errors():
            response = self._recall_client.retrieve_memory_records(
                memoryId=self._memory_id,
                namespacePath=build_actor_namespace(actor_id),
                searchCriteria={"searchQuery": query, "topK": MAX_NOTES},
                maxResults=MAX_NOTES,
            )
            return [
                record["content"]["text"]
                for record in response["memoryRecordSummaries"]
            ]

    def forget_session(self, *, actor_id: UUID, session_id: UUID) -> None:
        self._delete_events(str(actor_id), str(session_id))

    def forget_actor(self, *, actor_id: UUID) -> None:
        actor = str(actor_id)
        for session_id in self._list_ids("list_sessions", actorId=actor):
            self._delete_events(actor, session_id)
        self._delete_records(build_actor_namespace(actor_id))

    def check(self) -> None:
        with translate_errors():
            self._recall_client.list_actors(memoryId=self._memory_id, maxResults=1)

    def _delete_events(self, actor_id: str, session_id: str) -> None:
        where = {"actorId": actor_id, "sessionId": session_id}
        for event_id in self._list_ids("list_events", **where, includePayloads=False):
            with translate_errors(), _ignore_absent("event"):
                self._client.delete_event(
                    memoryId=self._memory_id, **where, eventId=event_id
                )

    def _delete_records(self, namespace: str) -> None:
        ids = self._list_ids("list_memory_records", namespacePath=namespace)
        for start in range(0, len(ids), MAX_BATCH):
            batch = [
                {"memoryRecordId": each} for each in ids[start : start + MAX_BATCH]
            ]
            with translate_errors():
                response = self._client.batch_delete_memory_records(
                    memoryId=self._memory_id, records=batch
                )
                failed = [
                    each.get("errorMessage") for each in response["failedRecords"]
                ]
            if failed:
                raise AgentMemoryUnavailable(
                    f"AgentCore did not delete {len(failed)} records: {failed[0]}"
                )

    def _list_ids(self, operation: str, **arguments: object) -> list[str]:
        """Of all pages, before anything of them is deleted. A memory, person or session that is
        not there has none."""
        field, id_name = LISTS[operation]
        found: list[str] = []
        with translate_errors(), _ignore_absent(operation):
            pages: Iterator[Any] = self._client.get_paginator(operation).paginate(
                memoryId=self._memory_id, **arguments
            )
            for page in pages:
                found += [each[id_name] for each in page[field]]
        return found


@contextmanager
def _ignore_absent(what: str) -> Iterator[None]:
    """What is not there needs no deletion: it has expired, or an earlier attempt deleted it."""
    try:
        yield
    except ClientError as error:
        if get_error_code(error) != NOT_FOUND:
            raise
        log.info("nothing to forget", what=what, error=str(error))


def _build_client(
    region: str, *, connect_timeout: float, read_timeout: float, attempts: int
) -> Any:
    return boto3.client(
        SERVICE,
        region_name=region,
        config=Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
        ),
    )


def _split_text(text: str) -> list[str]:
    return [
        text[start : start + MAX_PAYLOAD_CHARS]
        for start in range(0, len(text), MAX_PAYLOAD_CHARS)
    ]
