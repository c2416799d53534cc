"""Creating, finding and deleting memories of Amazon Bedrock AgentCore: its control plane."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from webapp.adapters.agent_memory.agentcore_errors import (
    NOT_FOUND,
    get_error_code,
    translate_errors,
)
from webapp.adapters.agent_memory.namespaces import (
    NAMESPACES,
    PREFERENCE_NAMESPACE,
    SESSION_NAMESPACE,
)
from webapp.adapters.agent_memory.port import (
    MemoryResource,
    MemoryResourceExists,
    MemoryResourceNotFound,
)

SERVICE = "bedrock-agentcore-control"
TIMEOUT_S, MAX_ATTEMPTS = 10, 4
MIN_RECORD_EXPIRY_DAYS = 31
DESCRIPTION = "Conversations of the insights agent of an E-Com67 shop"


class AgentCoreAdministration:
    def __init__(self, region: str | None) -> None:
        """Without a region, the one that AWS's own settings name."""
        with translate_errors():
            self._client: Any = boto3.client(
                SERVICE,
                region_name=region,
                config=Config(
                    connect_timeout=TIMEOUT_S,
                    read_timeout=TIMEOUT_S,
                    retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
                ),
            )

    def find_by_name(self, name: str) -> MemoryResource | None:
        """An id begins with the name, which the list itself does not have."""
        for memory_id in self._list_ids():
            if memory_id.rpartition("-")[0] == name:
                try:
                    return self.get(memory_id)
                except MemoryResourceNotFound:  # deleted since it was listed
                    continue
        return None

    def get(self, memory_id: str) -> MemoryResource:
        with translate_errors(), _translate_absent(memory_id):
            response = self._client.get_memory(memoryId=memory_id)
            return self._parse_memory(response["memory"])

    def create(self, name: str, *, expiry_days: int) -> MemoryResource:
        with translate_errors(), _translate_existing(name):
            response = self._client.create_memory(
                name=name,
                description=DESCRIPTION,
                eventExpiryDuration=expiry_days,
                memoryStrategies=build_strategies(expiry_days),
            )
            return self._parse_memory(response["memory"])

    def delete(self, memory_id: str) -> None:
        with translate_errors(), _translate_absent(memory_id):
            self._client.delete_memory(memoryId=memory_id)

    def _list_ids(self) -> list[str]:
        with translate_errors():
            pages = self._client.get_paginator("list_memories").paginate()
            return [memory["id"] for page in pages for memory in page["memories"]]

    def _parse_memory(self, memory: Mapping[str, Any]) -> MemoryResource:
        namespaces = frozenset(_list_namespaces(memory))
        return MemoryResource(
            id=memory["id"],
            name=memory["name"],
            region=self._client.meta.region_name,
            status=memory["status"],
            failure=memory.get("failureReason", ""),
            expiry_days=memory["eventExpiryDuration"],
            namespaces=namespaces,
            missing_namespaces=NAMESPACES - namespaces,
        )


def build_strategies(expiry_days: int) -> list[dict[str, Any]]:
    """Summaries of conversations and preferences of persons. No facts: those that the insights
    agent speaks of are figures, which would be old when they are recalled."""
    expiry = {"recordExpiryDurationDays": max(expiry_days, MIN_RECORD_EXPIRY_DAYS)}
    return [
        {
            kind: {
                "name": name,
                "namespaceTemplates": [namespace],
                "recordExpirySpecification": expiry,
            }
        }
        for kind, name, namespace in (
            ("summaryMemoryStrategy", "summaries", SESSION_NAMESPACE),
            ("userPreferenceMemoryStrategy", "preferences", PREFERENCE_NAMESPACE),
        )
    ]


@contextmanager
def _translate_absent(memory_id: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if get_error_code(error) != NOT_FOUND:
            raise
        raise MemoryResourceNotFound(
            f"There is no memory {memory_id} in this region and account"
        ) from error


@contextmanager
def _translate_existing(name: str) -> Iterator[None]:
    """AgentCore has no error code of its own for a name that is taken."""
    try:
        yield
    except ClientError as error:
        if "already exists" not in str(error):
            raise
        raise MemoryResourceExists(f"There is a memory {name} already") from error


def _list_namespaces(memory: Mapping[str, Any]) -> Iterator[str]:
    for strategy in memory.get("strategies", []):
        yield from strategy.get("namespaceTemplates") or strategy.get("namespaces", [])
