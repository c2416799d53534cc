"""Parses a question to the parts of a query, and to what was not understood of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from agents.local.insights.draft import Draft, Gap, Request
from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention, find_mentions
from agents.local.insights.question_bounds import read_bounds
from agents.local.insights.question_figures import (
    DEFAULT_METRIC,
    list_leftovers,
    read_derived,
    read_dimensions,
    read_metrics,
    read_rankings,
)
from agents.local.insights.question_times import read_times
from agents.local.insights.value_filters import read_values
from webapp.insights.query.values import ValueMatch


@dataclass(frozen=True)
class Question:
    request: Request
    mentions: tuple[Mention, ...]
    unknown: tuple[Mention, ...]
    """What is no part of the request, and may say something."""
    gaps: tuple[Gap, ...]
    questions: tuple[str, ...]
    notes: tuple[str, ...]
    is_personal: bool
    is_overview: bool
    """Whether it asks how things went, and names no figure."""

    def has(self, *roles: Role) -> bool:
        return any(mention.has(*roles) for mention in self.mentions)


def parse_question(
    text: str, *, today: date, matches: Iterable[ValueMatch]
) -> Question:
    """`matches` are the values of the shop that the text names."""
    mentions = find_mentions(text, today=today, matches=matches)
    draft = Draft(mentions)
    _read_gaps(draft)
    read_values(draft)
    read_times(draft, today=today)
    read_bounds(draft)
    read_metrics(draft)
    read_dimensions(draft)
    read_rankings(draft)
    read_derived(draft)
    _use_comparison(draft)
    _read_lone_number(draft)
    is_overview = _is_overview(draft)
    if is_overview:
        draft.request.metrics.append(DEFAULT_METRIC)
    return Question(
        draft.request,
        tuple(mentions),
        tuple(mentions[index] for index in list_leftovers(draft)),
        tuple(draft.gaps),
        tuple(draft.questions),
        tuple(draft.notes),
        any(
            mention.has(Role.PERSONAL) and not _is_relative(draft, index)
            for index, mention in enumerate(mentions)
        ),
        is_overview,
    )


def _read_gaps(draft: Draft) -> None:
    for index, mention in enumerate(draft.mentions):
        meaning = mention.find(Role.GAP)
        if meaning is not None and not mention.values and not mention.has(Role.FILLER):
            draft.use(index)
            draft.gaps.append(Gap(mention.text, meaning.name))


def _is_relative(draft: Draft, index: int) -> bool:
    """ "Customers who ordered": not who they are."""
    before = draft.mentions[index - 1] if index else None
    is_who = draft.mentions[index].text.casefold() == "who"
    people = {"people", "those", "anyone", "everyone"}
    return (
        is_who
        and before is not None
        and (
            before.has(Role.METRIC)
            or before.is_value
            or before.text.casefold() in people
        )
    )


def _use_comparison(draft: Draft) -> None:
    """The word of a comparison that has what it compares."""
    request = draft.request
    has_other = request.compare_to or request.compare_shift or request.variants
    if has_other or request.group_by:
        draft.use(*draft.list_unused(Role.COMPARE))


def _read_lone_number(draft: Draft) -> None:
    """ "Make that 10": of what was asked before."""
    numbers = [n for n, each in enumerate(draft.mentions) if each.number is not None]
    rest = [n for n in list_leftovers(draft) if n not in numbers]
    if len(numbers) == 1 and not rest and draft.request.is_empty:
        number = draft.mentions[numbers[0]].number
        if number is not None and not number.is_percent and not number.is_money:
            draft.request.number = int(number.value)
            draft.use(*numbers)


def _is_overview(draft: Draft) -> bool:
    request = draft.request
    has_subject = bool(request.window or request.filters or request.windows)
    asks = draft.has(Role.OVERVIEW) and not request.metrics
    is_phrase = any(
        mention.has(Role.OVERVIEW) and len(mention.text.split()) > 2
        for mention in draft.mentions
    )
    return asks and (has_subject or is_phrase)
