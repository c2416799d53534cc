"""Joins the sentences of a message that are one question, or of which one says what another is of.

What questions have to do with each other is judged in `sentence_links`. Pure.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agents.local.insights.messages.questions import (
    Reading,
    asks_something,
    is_claim,
    is_complete,
)
from agents.local.insights.messages.sentence_links import (
    adds_condition,
    ask_alone,
    asks_for_other,
    bounds_rows,
    has_own_figure,
    is_scope,
    orders_rows,
    share_scope,
    take_scope,
)
from agents.local.insights.queries.follow_ups import is_fragment, restates_question
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.question.times_in_years import place_in_years
from agents.local.insights.talk.clause_kinds import (
    REQUESTS,
    names_window,
    says_for_when,
    tells_of_time,
)
from agents.local.insights.talk.clause_words import INTERROGATIVES
from agents.local.insights.talk.references import (
    lacks_time,
    names_figure,
    points_back,
)
from agents.local.insights.words.lexicon import Role
from agents.local.language.readings import TimeShift
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS


def is_pointed_at(talk: Reading, reading: Reading, today: Today) -> bool:
    """Whether a sentence asks of what talk before it names, says no figure where talk does, has no
    time that talk says, or one that is of the year of the talk."""
    said, asked = talk.question.said, reading.question
    lacks_figure = asks_something(reading) and not is_complete(asked.request)
    is_of_any_time = is_complete(asked.request) and not asked.request.window
    takes_time = lacks_time(asked.mentions) and any(map(names_window, said))
    is_single = set(PERIODS).isdisjoint(asked.request.group_by)
    tells_time = is_of_any_time and is_single and tells_of_time(said)
    is_told = takes_time or tells_time
    is_said = is_claim(talk) or _states_change(talk)
    return (talk.question.is_talk or (is_told and is_said)) and (
        is_told
        or points_back(asked.mentions, said)
        or (is_of_any_time and says_for_when(said))
        or place_in_years(asked.mentions, said, today) != list(asked.mentions)
        or (lacks_figure and any(map(names_figure, said)))
    )


def _states_change(talk: Reading) -> bool:
    """ "Revenue went down in October", before a question for what is behind that."""
    request, mentions = talk.question.request, talk.question.mentions
    words = {word for each in mentions for word in each.word.split()}
    is_one = len(request.metrics) == 1 and request.descending is None
    is_asked = talk.is_asked or not words.isdisjoint(INTERROGATIVES | REQUESTS)
    changes = any(each.has(Role.RISE, Role.FALL) for each in mentions)
    return is_one and changes and not is_asked and request.analysis is None


def join_talk(talk: Reading, reading: Reading) -> str:
    """ "I was on holiday in May. What were the orders of that month?", as one sentence."""
    text, first = reading.text.lstrip(), reading.question.mentions[:1]
    is_name = any(each.values for each in first) or text[:2].isupper()
    asked = text if is_name else f"{text[:1].lower()}{text[1:]}"
    return f"{talk.text.rstrip(' .!?')}, {asked}"


def share_times(requests: Sequence[Request]) -> None:
    """The questions of a sentence have the time of one of them, where they say none."""
    for before, after in pairwise(requests):
        _take_window(after, before)
    for before, after in reversed(list(pairwise(requests))):
        _take_window(before, after)


def join_header(readings: Sequence[Reading]) -> Sequence[Reading]:
    """ "Could you look into September? Our revenue dropped, and I want to know why", "let's talk
    about Germany. How many orders this year?": a first sentence without a figure says what the next
    one is about."""
    if len(readings) < 2:
        return readings
    header, first, *others = readings
    of, request = header.question.request, first.question.request
    is_question = bool(of.filters) and header.is_asked
    is_mere = not of.is_empty and of == Request(window=of.window, filters=of.filters)
    has_own = (of.window and (request.window or request.windows)) or (
        of.filters and request.filters
    )
    if is_question or not is_mere or has_own or not is_complete(request):
        return readings
    if of.window and request.shift == TimeShift("period", 0):
        request.shift = None  # "Look into September. What happened in that month?"
    request.window = request.window or of.window
    request.filters = [*of.filters, *request.filters]
    return [replace(first, notes=(*header.notes, *first.notes)), *others]


def merge_scopes(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The questions without the sentences that only say of what another one is."""
    merged = list(readings[:1])
    for reading in readings[1:]:
        before, question = merged[-1], reading.question
        request = before.question.request
        if is_scope(before.question, question):
            take_scope(request, question.request)
            notes = (*before.notes, *reading.notes)
            merged[-1] = replace(reading, notes=notes, begins=before.begins)
        elif bounds_rows(request, question):
            request.bounds += question.request.bounds
            request.metrics = list(question.request.metrics)
        elif orders_rows(request, question):
            named = question.request.sort_by or next(
                iter(question.request.metrics), None
            )
            request.descending, request.sort_by = question.request.descending, named
        elif asks_for_other(before.question, question, is_asked=reading.is_asked):
            alone = ask_alone(question)
            # With a time of its own it is a question of everything else, too.
            has_time = bool(question.request.window)
            if has_own_figure(request, question) and not has_time:
                share_scope(request, question.request)
            merged.append(replace(reading, question=alone, is_other=True))
        else:
            merged.append(reading)
    return merged


def is_continued(before: Reading, reading: Reading) -> bool:
    """Whether the next sentence only says more of what one asks, or asks it in other words."""
    following = reading.question
    if reading.is_other or not reading.begins:
        return False
    is_added = adds_condition(following) and not reading.is_asked
    return (
        is_added
        or is_fragment(following)
        or restates_question(following, before.question)
    )


def has_other_answer(before: Reading, reading: Reading) -> bool:
    """ "What happened with refunds? Refunds by month": an analysis, and figures of the same."""
    is_analyzed = before.question.request.analysis is not None
    is_of_figures = reading.question.request.analysis is None
    return is_analyzed and is_of_figures and not is_fragment(reading.question)


def share_refinements(readings: Sequence[Reading]) -> None:
    """ "Why did revenue change? Take October": the first sentence lacks what the second says."""
    for before, after in pairwise(readings):
        asked, request = before.question.request, after.question.request
        if _is_of_these_orders(asked, request) or _is_narrower(asked, after.question):
            request.metrics.clear()
        if after.begins and _is_mere_time(after.question, asked):
            request.analysis = None
        if after.begins and is_fragment(after.question):
            _take_window(asked, request)


def _is_mere_time(question: Question, before: Request) -> bool:
    """ "What runs out? In the next 30 days" asks for no forecast of its own."""
    mere = Request(analysis="forecast", window=question.request.window)
    is_open = before.analysis is not None and before.window is None
    is_mere = question.request == mere and not question.has(Role.ANALYSIS)
    return is_open and is_mere


def _is_of_these_orders(before: Request, after: Request) -> bool:
    """ "What is bought together? Last year's orders": those that are looked at are no figure."""
    named = Request(metrics=["orders"], window=after.window, windows=after.windows)
    return before.analysis == "basket_pairs" and after == named


def _is_narrower(before: Request, after: Question) -> bool:
    """ "What did we earn in May? Only the orders paid in GBP, please": no number of orders."""
    request = after.request
    named = Request(
        metrics=["orders"], filters=request.filters, currency=request.currency
    )
    limits = bool(request.filters or request.currency) and request == named
    return limits and after.has(Role.ONLY, Role.EXCLUDE) and not before.is_empty


def _take_window(request: Request, other: Request) -> None:
    has_time = (
        request.window or request.windows or request.shift or request.compare_shift
    )
    if not has_time:
        request.window = other.window
