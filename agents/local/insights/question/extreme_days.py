"""Reads the first or the last day of a figure: rows by day, of which the first is wanted. Pure."""

from decimal import Decimal

from agents.local.insights.question.draft import Bound, Draft, Gap
from agents.local.insights.words.lexicon import Role
from webapp.insights.query.definitions import METRICS

NO_SINGLE_ORDERS = "I have no filter by the amount of a single order"


def read_extreme_days(draft: Draft) -> None:
    """ "When was the last order": the last day that has one."""
    request = draft.request
    for index in list(draft.list_unused(Role.EXTREME_DAY)):
        draft.use(index)
        meaning = draft.mentions[index].find(Role.EXTREME_DAY)
        if meaning is None or request.group_by or request.analysis is not None:
            continue
        which, figure = meaning.name, meaning.of
        draft.gaps += [Gap(each.text, NO_SINGLE_ORDERS) for each in request.bounds]
        request.metrics, request.group_by, request.limit = [figure], ["day"], 1
        request.by_name, request.descending = True, which == "last"
        one = Bound(draft.mentions[index].text, figure, at_least=Decimal(1))
        request.bounds.append(one)
        draft.notes.append(
            f"I looked for the {which} day with {METRICS[figure].label}; the row is that day."
        )
