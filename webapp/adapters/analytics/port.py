"""Port to the analytics: a query goes in, its result comes out, both in the JSON of the API."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from webapp.kit.errors import Unprocessable

Json = dict[str, Any]


class QueryError(BaseModel):
    """Why a query has no result, as it crosses the wire."""

    code: str
    message: str
    possible: list[str] = []
    """What can be asked for instead."""


class ReportTooLarge(Unprocessable):
    """Can be rendered, and not in the memory that one report may take."""

    code = "REPORT_TOO_LARGE"

    def __init__(self, message: str, *, possible: Sequence[str]) -> None:
        super().__init__(message, possible=list(possible))
        self.possible = list(possible)

    @classmethod
    def from_limit(cls, memory_mb: int) -> Self:
        return cls(
            f"To render the report takes more than the {memory_mb:,} MB that one may take"
            " (ANALYTICS_MEMORY_MB): give it fewer sections, or limits to their rows",
            possible=["fewer sections", "limits to their rows"],
        )

    def to_error(self) -> QueryError:
        """As it crosses the wire."""
        return QueryError(code=self.code, message=self.message, possible=self.possible)


class QueryOutcome(BaseModel):
    """Of a query: one of both."""

    result: Json | None = None
    error: QueryError | None = None


class FileFormat(StrEnum):
    """Of an exported file; also the extension of its name."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


class ExportedFile(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    name: str
    """In ASCII."""
    content: bytes


ExportOutcome = ExportedFile | QueryError


class ReportFormat(StrEnum):
    """What is attached to a report's mail; the mail itself shows the report, with its charts."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    """One file a table."""


class ReportImage(BaseModel):
    """A picture in the mail, which its HTML shows as `cid:<name>`."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    name: str
    png: bytes


class RenderedReport(BaseModel):
    html: str
    """What is between a mail's header and footer: no document of its own."""
    text: str
    """The same without pictures."""
    images: list[ReportImage]
    files: list[ExportedFile]
    """In the formats that were asked for."""


class AnalyticsClient(Protocol):
    """Client of the analytics: on Ray Serve in production, in the same process in tests."""

    def run_query(self, query: Json, *, caller_id: UUID) -> QueryOutcome:
        """Run a query for an admin, or a program that may read figures. Raises `Unavailable`."""
        ...

    def run_analysis(self, request: Json, *, caller_id: UUID) -> QueryOutcome:
        """Run an analysis that is no single query, as `run_query`. Raises `Unavailable`."""
        ...

    def export_query(
        self, query: Json, file_format: FileFormat, *, caller_id: UUID
    ) -> ExportOutcome:
        """Run a query, and have its rows written as a file. Raises `Unavailable`."""
        ...

    def render_report(
        self, document: Json, formats: Sequence[ReportFormat], *, caller_id: UUID
    ) -> RenderedReport:
        """Render a `ReportDocument` as a mail, and as files. Raises `ReportTooLarge`, and
        `Unavailable` where it may be rendered later."""
        ...

    def find_values(
        self, text: str, *, similar: bool, searches: bool = False, caller_id: UUID
    ) -> Json:
        """The `ValueMatches` of a text; with `searches`, of search queries, too. Raises
        `Unavailable`."""
        ...
