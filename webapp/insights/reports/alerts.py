"""Alerts: which rows meet the condition of a report, which of them began to, and the condition in
words. Pure."""

from collections.abc import Collection, Sequence

from webapp.insights.analyses.requests import AnomaliesRequest
from webapp.insights.query.analytics_query import RowCondition
from webapp.insights.query.definitions import Unit
from webapp.insights.query.descriptions import describe_condition, join_words
from webapp.insights.query.results import AnalyticsResult, ResultRow
from webapp.insights.reports.definition import ReportCondition, ReportDefinition
from webapp.insights.reports.document import (
    ReportAlert,
    ReportDocument,
    ReportSection,
    name_section_rows,
)

MAX_NAMED = 5
"""Rows that the first sentence of an alert names; its table has all of them."""


def find_problem(condition: ReportCondition, document: ReportDocument) -> str | None:
    """Why it is not known which rows meet the condition of an alert: its section has no figures,
    or not those of the condition."""
    section = document.sections[condition.section]
    return section.problem or _find_misfit(condition, document)


def _find_misfit(condition: ReportCondition, document: ReportDocument) -> str | None:
    """Why the condition of an alert does not fit its section, whose saved question has become
    another one since."""
    section = document.sections[condition.section]
    bounds, analysis = condition.bounds, section.analysis
    if section.result is not None:
        return _find_missing_figure(section.heading, section.result, bounds)
    if analysis is None:
        return None
    if not isinstance(analysis.request, AnomaliesRequest):
        return f"{section.heading} has no anomalies now"
    return f"{section.heading} has anomalies now, and no bounds" if bounds else None


def _find_missing_figure(
    heading: str, result: AnalyticsResult, bounds: RowCondition | None
) -> str | None:
    if bounds is None:
        return f"{heading} is a query now, and the condition has no bounds"
    is_there = any(column.name == bounds.by for column in result.columns)
    return None if is_there else f"{heading} has no figure {bounds.by} now"


def find_met_rows(
    definition: ReportDefinition, document: ReportDocument
) -> list[str] | None:
    """The rows that meet the condition of an alert, each by the values of its dimensions, and an
    anomaly by its period; `None` without a condition, and where that is not known."""
    condition = definition.condition
    if condition is None or find_problem(condition, document) is not None:
        return None
    section = document.sections[condition.section]
    rows = zip(name_section_rows(section), section.first_rows, strict=True)
    return [name for name, row in rows if _is_met(row, condition.bounds)]


def _is_met(row: ResultRow, bounds: RowCondition | None) -> bool:
    """Of a row of anomalies, which have no bounds, always."""
    if bounds is None:
        return True
    figure = row[bounds.by]
    return isinstance(figure, int | float) and bounds.is_met_by(figure)


def describe_alert(
    definition: ReportDefinition, document: ReportDocument, *, known: Collection[str]
) -> ReportDocument:
    """The document of an alert, which begins with what has triggered it: the condition in words,
    and the rows that meet it and are not `known`, which the time before had met it. A document
    without a condition is as it was."""
    condition = definition.condition
    if condition is None:
        return document
    met = find_met_rows(definition, document) or []
    alert = ReportAlert(
        section=condition.section,
        problem=find_problem(condition, document),
        condition=_describe_condition(condition, document.sections[condition.section]),
        met=met,
        began=[name for name in met if name not in known],
    )
    heading = document.sections[condition.section].heading
    notes = [_describe_met(alert, heading), *document.notes]
    return document.model_copy(update={"alert": alert, "notes": notes})


def _describe_condition(condition: ReportCondition, section: ReportSection) -> str:
    """`available of at most 2`, `net revenue of less than 1,000 (USD)`."""
    bounds, result = condition.bounds, section.result
    if bounds is None:
        return "an anomaly"
    is_money = result is not None and any(
        column.name == bounds.by and column.unit is Unit.MONEY
        for column in result.columns
    )
    currency = f" ({result.currency})" if result and result.currency else ""
    return f"{describe_condition(bounds)}{currency if is_money else ''}"


def _describe_met(alert: ReportAlert, heading: str) -> str:
    if alert.problem is not None:
        return f"Alert: whether a row meets the condition is not known: {alert.problem}"
    what = f"the condition of this alert, {alert.condition}"
    if not alert.began:
        return f"No row of {heading} has begun to meet {what}; {len(alert.met):,} do."
    names = _name_first(alert.began)
    others = len(alert.met) - len(alert.began)
    still = (
        f"; {others:,} more still {'does' if others == 1 else 'do'}" if others else ""
    )
    if alert.began == ["all"]:
        return f"Alert: {heading} has begun to meet {what}."
    verb = "row has" if len(alert.began) == 1 else "rows have"
    return (
        f"Alert: {len(alert.began):,} {verb} begun to meet {what}: {names}{still}. The table of"
        f" {heading} begins with what has begun."
    )


def _name_first(names: Sequence[str]) -> str:
    rest = len(names) - MAX_NAMED
    shown = [*names[:MAX_NAMED], *([f"{rest:,} more"] if rest > 0 else [])]
    return join_words(shown)
