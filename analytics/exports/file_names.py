"""Names of exported files, that say what is in them: ASCII, of a limited length. Pure."""

import re
from collections.abc import Sequence
from unicodedata import normalize

from webapp.insights.analyses.results import AnalysisResult, AnalysisTable
from webapp.insights.query.results import AnalyticsReceipt, AnalyticsResult

MAX_NAMED = 3
"""Metrics of a query; further ones are counted."""
MAX_TITLE = 60
"""Characters of a report's title."""
WORD = re.compile("[a-z0-9]+")


def name_file(result: AnalyticsResult, extension: str) -> str:
    """`net-revenue-by-country-2026-03-01-to-2026-04-30.csv`."""
    query = result.query
    parts = [_join_metrics(query.metrics)]
    if query.group_by:
        parts.append(f"by_{'_and_'.join(query.group_by)}")
    stem = "_".join([*parts, _describe_days(result.receipt)])
    return f"{stem.replace('_', '-')}.{extension}"


def name_analysis_file(
    result: AnalysisResult, table: AnalysisTable, extension: str
) -> str:
    """`retention-cohorts-2026-03-01-to-2026-04-30.csv`."""
    days = _describe_days(result.receipt)
    stem = f"{result.request.analysis}_{table.name}_{days}"
    return f"{stem.replace('_', '-')}.{extension}"


def name_report_file(title: str, days: str, extension: str) -> str:
    """`weekly-sales-2026-11-16-to-2026-11-22.pdf`; of a title without a letter of ASCII,
    `report-…`."""
    plain = normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    words = "-".join(WORD.findall(plain))[:MAX_TITLE].strip("-")
    return f"{words or 'report'}-{days.replace('_', '-')}.{extension}"


def _join_metrics(metrics: Sequence[str]) -> str:
    named = list(metrics[:MAX_NAMED])
    if len(metrics) > MAX_NAMED:
        named.append(f"{len(metrics) - MAX_NAMED}_more")
    return "_and_".join(named)


def _describe_days(receipt: AnalyticsReceipt) -> str:
    return join_days(receipt.first_day, receipt.last_day)


def join_days(first: str | None, last: str | None) -> str:
    if first is None:
        return f"until_{last}"
    return first if first == last else f"{first}_to_{last}"
