"""Names of exported files, that say what is in them: ASCII, of a limited length. Pure."""

from collections.abc import Sequence

from webapp.insights.query.results import AnalyticsReceipt, AnalyticsResult

MAX_NAMED = 3
"""Metrics of a query; further ones are counted."""


def name_file(result: AnalyticsResult, extension: str) -> str:
    """`net-revenue-by-country-2026-03-01-to-2026-04-30.csv`."""
    query = result.query
    parts = [_join_metrics(query.metrics)]
    if query.group_by:
        parts.append(f"by_{'_and_'.join(query.group_by)}")
    stem = "_".join([*parts, _describe_days(result.receipt)])
    return f"{stem.replace('_', '-')}.{extension}"


def _join_metrics(metrics: Sequence[str]) -> str:
    named = list(metrics[:MAX_NAMED])
    if len(metrics) > MAX_NAMED:
        named.append(f"{len(metrics) - MAX_NAMED}_more")
    return "_and_".join(named)


def _describe_days(receipt: AnalyticsReceipt) -> str:
    first, last = receipt.first_day, receipt.last_day
    if first is None:
        return f"until_{last}"
    return first if first == last else f"{first}_to_{last}"
