"""Follow-ups that count what was an amount, and ask for the amount of what was counted. Pure."""

from collections.abc import Mapping
from copy import deepcopy

from agents.local.dialogue_state import Json
from agents.local.insights.edits.senses import IN_MONEY
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.question.related_metrics import DEFAULT_METRIC, WORTH_OF
from agents.local.insights.words.lexicon import Role
from webapp.insights.query.definitions import METRICS, Unit

STATUSES: Mapping[str, Json] = {
    "new_customers": {"dimension": "customer_status", "in": ["new"]},
    "returning_customers": {"dimension": "customer_status", "in": ["returning"]},
    "guest_orders": {"dimension": "customer_type", "in": ["guest"]},
}
"""Filters by the metrics that count the same."""
KNOWN = frozenset({"new", "returning"})
"""Statuses of customers; a guest is not known, and not counted as one."""
NO_WORTH = frozenset({"canceled_orders", "cancellation_rate", "placed_orders"})
IS_WORTH = frozenset({"worth", *IN_MONEY})
THEM = frozenset({"of them", "of those", "of these", "of which", "of whom"})
OF_WHAT = "How many of what: orders, units or customers?"


def count_people(query: Json, question: Question, request: Request) -> None:
    """ "How many of them in Germany?", of revenue by new and returning customers: these. Raises
    `NeedsAnswer` where an amount says of nothing that it could be counted."""
    [metric, *_] = query.get("metrics") or [""]
    is_counted = metric in METRICS and METRICS[metric].unit is Unit.COUNT
    is_bare = request.has_only("filters", "window", "windows", "currency", "listed")
    if is_counted or not (metric and is_bare and question.has(Role.HOW_MANY)):
        return
    if _splits_customers(query):
        request.metrics = ["customers"]
    elif not THEM.isdisjoint(question.lowered_words):
        raise NeedsAnswer(OF_WHAT)


def _splits_customers(query: Json) -> bool:
    status = "customer_status"
    listed = [
        set(each.get("in", []))
        for each in query.get("filters", [])
        if each["dimension"] == status
    ]
    is_split = status in query.get("groupBy", []) or bool(listed)
    return is_split and all(each <= KNOWN for each in listed)


def name_counted(query: Json, question: Question, request: Request) -> None:
    """ "How much were they worth?", "and in dollars?", of new customers: the revenue with these.
    Raises `NeedsAnswer` where there is no amount of what was counted."""
    [metric, *_] = query.get("metrics") or [""]
    if metric in METRICS and METRICS[metric].unit is Unit.MONEY:
        return
    if metric and request.has_only("currency") and request.currency is not None:
        request.metrics = [WORTH_OF.get(metric, DEFAULT_METRIC)]
    elif IS_WORTH.isdisjoint(question.lowered_words):
        return
    if request.metrics != [DEFAULT_METRIC]:
        return
    if metric in NO_WORTH or _is_of_searches(metric):
        raise NeedsAnswer(
            f"What {METRICS[metric].label} were worth is no figure that I have."
        )
    status = STATUSES.get(metric)
    if status is not None and status not in request.filters:
        request.filters.append(deepcopy(status))


def _is_of_searches(metric: str) -> bool:
    return metric in METRICS and METRICS[metric].family == METRICS["searches"].family
