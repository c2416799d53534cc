"""The receipt of a result as rows of two texts, for people to read beside the figures."""

from collections.abc import Iterator

from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.results import AnalyticsReceipt, AnalyticsResult


def iterate_receipt(result: AnalyticsResult) -> Iterator[tuple[str, str]]:
    """The name of each fact and what it is; the query last, to be sent again."""
    yield "Title", result.title
    yield from _iterate_source(result.receipt, result.currency)
    for note in result.notes:
        yield "Note", note
    yield "Query", result.query.model_dump_json(by_alias=True, exclude_none=True)


def iterate_analysis_receipt(result: AnalysisResult) -> Iterator[tuple[str, str]]:
    """As that of a query; the request last."""
    yield "Title", result.title
    yield "Method", result.method
    yield from _iterate_source(result.receipt, result.currency)
    for note in result.notes:
        yield "Note", note
    yield "Request", result.request.model_dump_json(by_alias=True, exclude_none=True)


def _iterate_source(
    receipt: AnalyticsReceipt, currency: str | None
) -> Iterator[tuple[str, str]]:
    for metric in receipt.metrics:
        yield f"Definition of {metric.label}", metric.definition
    yield "First day", receipt.first_day or ""
    yield "Last day", receipt.last_day or ""
    yield "Window start", receipt.window_start or ""
    yield "Window end, not included", receipt.window_end or ""
    yield "Time zone", receipt.time_zone
    yield "Weeks begin on", receipt.week_start.capitalize()
    yield "As of", receipt.as_of
    yield "Rows read", str(receipt.rows_read)
    yield "Rows counted", str(receipt.rows_counted)
    yield "Currency of the amounts", currency or ""
    yield "Currencies paid in", ", ".join(receipt.currencies)
    yield "Source", receipt.source
