"""Exports the result of a query as a file.

The result is that of the query itself, from the cache where it has it; the file is written where
queries are computed.
"""

from typing import Protocol

from pydantic import BaseModel

from analytics.query_service import FileRequest
from webapp.adapters.analytics.port import (
    ExportedFile,
    ExportOutcome,
    FileFormat,
    QueryError,
    QueryOutcome,
)
from webapp.insights.query.analytics_query import MAX_ROWS, AnalyticsQuery
from webapp.insights.query.errors import QueryTooLarge


class ExportRequest(BaseModel):
    query: AnalyticsQuery
    format: FileFormat


class FileSource(Protocol):
    """Answers queries, and writes their results as files."""

    def run(self, query: AnalyticsQuery) -> QueryOutcome: ...

    def write_file(self, request: FileRequest) -> ExportedFile: ...


def export_query(source: FileSource, request: ExportRequest) -> ExportOutcome:
    """Export all rows of the result; one of more than `MAX_ROWS` is refused, as a part of it would
    look whole."""
    outcome = source.run(request.query)
    if outcome.error is not None:
        return outcome.error
    file_request = FileRequest.model_validate(
        {"result": outcome.result, "format": request.format}
    )
    try:
        _check_length(len(file_request.result["rows"]))
        return source.write_file(file_request)
    except QueryTooLarge as error:
        return QueryError(
            code=error.code, message=error.message, possible=error.possible
        )


def _check_length(rows: int) -> None:
    if rows > MAX_ROWS:
        raise QueryTooLarge(
            f"The result has {rows:,} rows, and a file takes up to {MAX_ROWS:,}; ask for fewer"
            " dimensions or a shorter window, or set a limit",
            possible=["fewer dimensions", "a shorter window", f"limit {MAX_ROWS}"],
        )
