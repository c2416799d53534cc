"""Whether what is said around a question is in its figures anyway. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.talk.asides import list_telling
from agents.local.insights.talk.clause_kinds import names_window
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.calendar_names import WEEKDAYS
from agents.local.language.readings import TimeGrain, Weekdays

NOBODY = frozenset(
    {"nobody", "everybody", "everyone", "anybody", "somebody", "nothing"}
)
"""Whom an opinion is about, where it is of all."""


def list_unshown(
    text: str, clauses: Iterable[Sequence[Mention]], draft: Draft
) -> Iterator[str]:
    """The talk that says what the figures have not."""
    for clause in clauses:
        parts = list_telling(clause)
        if not all(is_shown(each, draft.request, draft.mentions) for each in parts):
            yield text[clause[0].start : clause[-1].end].strip(" ,;:.")


def is_shown(mention: Mention, request: Request, asked: Sequence[Mention]) -> bool:
    """Whether what talk says is a part of the figures anyway, or there is another like it: "nobody
    buys on Sundays", of figures by weekday; "it was slow in May", of those of June."""
    metrics = {each.name for each in mention.meanings if each.role is Role.METRIC}
    is_same = mention.time is not None and any(
        each.time == mention.time for each in asked
    )
    is_nobody = mention.text.casefold() in NOBODY
    is_other = bool(metrics) and not mention.values and _has_figure_of_its_own(asked)
    if is_same or is_nobody or is_other or not metrics.isdisjoint(request.metrics):
        return True
    word = mention.text.casefold().split()[-1]
    if isinstance(mention.time, Weekdays) or word in WEEKDAYS:
        filtered = (each["dimension"] for each in request.filters)
        return "weekday" in {*request.group_by, *filtered}
    if mention.time is not None:
        return _has_time_of_its_own(asked)
    return _is_value_shown(mention, request)


def _has_time_of_its_own(asked: Sequence[Mention]) -> bool:
    compares = any(each.has(Role.COMPARE) for each in asked)
    recurs = any(
        each.time in (TimeGrain("weekday"), TimeGrain("hour_of_day")) for each in asked
    )
    has_time = recurs or any(map(names_window, asked))
    return has_time and not compares


def _has_figure_of_its_own(asked: Sequence[Mention]) -> bool:
    """ "I'm preparing the returns", before a question of tax."""
    return any(each.has(Role.METRIC, Role.ANALYSIS) for each in asked)


def _is_value_shown(mention: Mention, request: Request) -> bool:
    value = mention.find(Role.VALUE)
    named = {each.dimension for each in mention.values} | {value.of if value else ""}
    if not named.isdisjoint(request.group_by):
        return True
    meant = {each.value for each in mention.values} | {value.name if value else ""}
    said = mention.text.casefold()
    return request.currency in meant or any(
        not meant.isdisjoint([*each.get("in", ()), *each.get("notIn", ())])
        or (each.get("contains", "\n") in said)
        for each in request.filters
    )
