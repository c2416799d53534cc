"""Port to the analytics: a query goes in, its result comes out, both in the JSON of the API."""

from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel

Json = dict[str, Any]


class QueryError(BaseModel):
    """Why a query has no result, as it crosses the wire."""

    code: str
    message: str
    possible: list[str] = []
    """What can be asked for instead."""


class QueryOutcome(BaseModel):
    """Of a query: one of both."""

    result: Json | None = None
    error: QueryError | None = None


class AnalyticsClient(Protocol):
    """Client of the analytics: on Ray Serve in production, in the same process in tests."""

    def run_query(self, query: Json, *, caller_id: UUID) -> QueryOutcome:
        """Run a query for an admin, or a program that may read figures. Raises `Unavailable`."""
        ...

    def run_analysis(self, request: Json, *, caller_id: UUID) -> QueryOutcome:
        """Run an analysis that is no single query, as `run_query`. Raises `Unavailable`."""
        ...

    def find_values(self, text: str, *, similar: bool, caller_id: UUID) -> Json:
        """The `ValueMatches` of a text. Raises `Unavailable`."""
        ...
