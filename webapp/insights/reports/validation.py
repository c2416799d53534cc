"""Refuses the reports that cannot work, each with what is possible instead. Pure."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from webapp.insights.analyses.requests import (
    AnomaliesRequest,
    PriceEffectRequest,
    Question,
)
from webapp.insights.analyses.validation import check_question, check_question_zone
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import BadWindow, ImpossibleQuery
from webapp.insights.query.validation import check_countries
from webapp.insights.query.windows import RelativeWindow, resolve_window
from webapp.insights.reports.definition import (
    ReportCondition,
    ReportDefinition,
    SavedQuestions,
)

ANY_TIME = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Whether a period is beyond the calendar hardly depends on it."""
ListCurrencies = Callable[[], Collection[str]]
"""Those that orders were paid in; called only where it matters."""


def check_definition(
    definition: ReportDefinition,
    saved: SavedQuestions,
    *,
    shop_zone: ZoneInfo,
    list_currencies: ListCurrencies,
) -> None:
    """Raises `ImpossibleQuery` for the first section that cannot be computed, and for a condition
    that its section cannot meet, `BadWindow` for a period that is always still to come, or beyond
    the calendar."""
    _check_period(definition.period)
    for section, asked in zip(
        definition.sections, definition.build_questions(saved), strict=True
    ):
        try:
            _check_asked(asked, shop_zone, list_currencies)
        except ImpossibleQuery as error:
            raise ImpossibleQuery(
                f"{section.heading}: {error.reason}", possible=error.possible
            ) from error
    if definition.condition is not None:
        _check_condition(definition, definition.condition, saved)


def _check_period(period: RelativeWindow) -> None:
    if period.offset + period.count <= 0:
        raise BadWindow(
            f"The period begins after the {period.unit} in which the report is due, and is always"
            " still to come",
            possible=[
                f"offset 0, which ends with the running {period.unit}",
                f"offset 1, which ends with the {period.unit} before",
            ],
        )
    resolve_window(period, now=ANY_TIME, zone=ZoneInfo("UTC"))


def _check_asked(
    asked: Question | ImpossibleQuery,
    shop_zone: ZoneInfo,
    list_currencies: ListCurrencies,
) -> None:
    if isinstance(asked, ImpossibleQuery):
        raise asked
    check_question(asked)
    check_question_zone(asked, shop_zone)
    check_countries(asked.filters)
    if isinstance(asked, PriceEffectRequest):
        _check_currency(asked, list_currencies)


def _check_currency(
    request: PriceEffectRequest, list_currencies: ListCurrencies
) -> None:
    if request.currency or any(
        each.dimension == "currency" for each in request.filters
    ):
        return
    currencies = sorted(list_currencies())
    if len(currencies) > 1:
        raise ImpossibleQuery(
            "Prices in several currencies differ by their rates, too: name one currency",
            possible=currencies,
        )


def _check_condition(
    definition: ReportDefinition, condition: ReportCondition, saved: SavedQuestions
) -> None:
    if condition.section >= len(definition.sections):
        raise ImpossibleQuery(
            f"The condition is of section {condition.section}, and there are"
            f" {len(definition.sections)}, from 0",
            possible=[str(place) for place in range(len(definition.sections))],
        )
    asked = definition.sections[condition.section].find_question(saved)
    if isinstance(asked, AnalyticsQuery):
        columns = [*asked.figure_columns]
        if condition.bounds is None or condition.bounds.by not in columns:
            raise ImpossibleQuery(
                "The condition needs bounds of a figure of its section",
                possible=columns,
            )
    elif not isinstance(asked, AnomaliesRequest):
        raise ImpossibleQuery(
            "A condition is of a section with a query, or with anomalies",
            possible=["query", "anomalies"],
        )
    elif condition.bounds is not None:
        raise ImpossibleQuery(
            "A condition on anomalies has no bounds: each anomaly meets it",
            possible=["no bounds"],
        )
