"""Which of several times the words of a mention mean, among the other words of a question."""

import re
from typing import TypeGuard

from agents.local.insights.question.draft import Draft
from agents.local.insights.question.groups import EACH, name_grains
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.calendar_names import WEEKDAY_NAMES, WEEKDAYS
from agents.local.language.readings import (
    Ambiguous,
    DaySpan,
    Impossible,
    PeriodSpan,
    Reading,
    TimeComparison,
    TimeGrain,
    TimeShift,
    Weekdays,
)
from agents.local.language.time_expressions import read_whole_time
from agents.local.language.today import Today

SINCE = re.compile(r"(?i)since\s+(?:the\s+)?")
UNTIL = re.compile(r"(?i)(?:by|before|until|till)\s+")
BEFORE_DAYS = re.compile(
    r"(?:(?:on|or|and|nor|plus|&|\+|vs\.?|versus|than|against|compared (?:to|with)|,|the|a|at"
    r"|over|compare|comparing|with|to)\s+|/)+"
)
""" "Or on", before a day of a list."""
PERIOD_END = re.compile(r"(?i)\b(?:ends?|close)\b")
OF_A_MOMENT = frozenset(
    {"stock", "stock_value", "reserved", "available", "stock_cover"}
)
NO_ENDS = "I have figures of whole periods, and only those of stock at their ends"
LAST_NAMED = re.compile(r"(?:on|from|against|over) last ")
BASES = frozenset({"on", "from", "over", "since", "against", "above", "below", "than"})
"""Before a time, say that something else is compared with it."""


def choose_time(draft: Draft, index: int, today: Today) -> Reading | None:
    if _is_end_without_stock(draft, index):
        return Impossible(NO_ENDS)
    base = _find_base(draft, index, today)
    chosen = TimeComparison(base) if base else _choose_reading(draft, index)
    return _look_ahead(draft, index, chosen, today)


def _find_base(draft: Draft, index: int, today: Today) -> PeriodSpan | None:
    """ "How much has revenue grown since last month": what the running one is compared with."""
    since = SINCE.match(draft.mentions[index].text)
    changes = draft.has(Role.CHANGE, Role.RISE, Role.FALL)
    has_rows = any(isinstance(each.time, TimeGrain) for each in draft.mentions)
    if (
        since is None
        or not changes
        or has_rows
        or draft.has(Role.WHICH, Role.DIMENSIONS)
    ):
        return None
    match read_whole_time(draft.mentions[index].text[since.end() :], today=today):
        case PeriodSpan(count=1, offset=1) as last:
            return last
    return None


def _choose_reading(draft: Draft, index: int) -> Reading | None:
    """What a time is beside the other words."""
    reading = draft.mentions[index].time
    match reading:
        case Ambiguous(readings=readings) if _is_basis(draft, index) or (
            count_windows(draft) and draft.has(Role.RISE, Role.FALL, Role.CHANGE)
        ):
            # "Different from September" is not since then.
            closed = [each for each in readings if _is_closed(each)]
            reading = TimeComparison(closed[0]) if closed else reading
        case Ambiguous() as choice:
            reading = _choose_days(draft, choice)
        case DaySpan() | TimeComparison(to=DaySpan()) if days := _name_weekdays(
            draft, index
        ):
            reading = Weekdays(days)
        case Weekdays() if _asks_for_weekday(draft, index):
            reading = TimeGrain("weekday")
        case DaySpan() | PeriodSpan() as span if (
            draft.follows and _is_basis(draft, index) and _is_basis_alone(draft)
        ):
            reading = TimeComparison(span)
        case DaySpan() as span if _is_basis_of_running(draft, index, span):
            reading = TimeComparison(span)
        case PeriodSpan(count=1, offset=1) as span if _is_basis(draft, index):
            is_course = _splits_by(draft, span.unit)
            reading = TimeComparison(TimeShift(span.unit, -1) if is_course else span)
    return reading


def _choose_days(draft: Draft, choice: Ambiguous) -> Reading | None:
    if count_windows(draft):
        return _choose_next_to_time(draft, choice)
    if _is_every_day(choice) and draft.has(Role.SUPERLATIVE):
        return TimeGrain("weekday")  # "Our weakest day, Monday to Sunday".
    # "By weekday, Monday to Friday".
    is_split = _splits_by(draft, "weekday")
    return (_find_weekdays(choice) or choice) if is_split else choice


def _is_end_without_stock(draft: Draft, index: int) -> bool:
    """ "Orders at the end of each month": only stock is known as it is at a time."""
    mention = draft.mentions[index]
    is_end = (
        isinstance(mention.time, TimeGrain)
        and PERIOD_END.search(mention.text) is not None
    )
    named = {
        meaning.name
        for each in draft.mentions
        for meaning in each.meanings
        if meaning.role in (Role.METRIC, Role.METRIC_VERB)
    }
    return is_end and named.isdisjoint(OF_A_MOMENT)


def _choose_next_to_time(draft: Draft, choice: Ambiguous) -> Reading | None:
    """ "Monday to Friday" are those of every week where another time is said; "the run-up to
    Christmas" is said with its days."""
    is_said = any(each.time in choice.readings for each in draft.mentions)
    if is_said or not choice.readings:
        return None
    return _find_weekdays(choice) or choice


def _is_every_day(choice: Ambiguous) -> bool:
    days = _find_weekdays(choice)
    return days is not None and len(days.days) == len(WEEKDAY_NAMES)


def _find_weekdays(choice: Ambiguous) -> Weekdays | None:
    found = (each for each in choice.readings if isinstance(each, Weekdays))
    return next(found, None)


def _splits_by(draft: Draft, unit: str) -> bool:
    """ "By month, with the change on the previous month": of each month, that before it."""
    return any(unit in name_grains(each) for each in draft.mentions)


def _is_closed(reading: Reading) -> TypeGuard[DaySpan]:
    return isinstance(reading, DaySpan) and None not in (reading.first, reading.last)


def _name_weekdays(draft: Draft, index: int) -> tuple[int, ...]:
    """ "Saturday revenue in 2026", "Saturday or Sunday in October": those of every week where
    another time is said; none elsewhere."""
    word = BEFORE_DAYS.sub("", draft.mentions[index].text.casefold()).removesuffix("'s")
    days = (
        (6, 7) if word == "weekend" else (WEEKDAYS[word],) if word in WEEKDAYS else ()
    )
    is_compared = isinstance(draft.mentions[index].time, TimeComparison)
    has_grain = any(
        isinstance(each.time, TimeGrain)
        and each.time.name in ("week", "month", "quarter", "year")
        for each in draft.mentions
    )
    is_alone = _ranks_hours(draft) or (has_grain and not draft.has(Role.COMPARE))
    is_pair = bool(days) and _is_one_of_pair(draft, index)
    recurs = _has_longer_window(draft) or (is_alone and not is_compared) or is_pair
    return days if recurs else ()


def _is_one_of_pair(draft: Draft, index: int) -> bool:
    """ "Which day sells more, Sunday or Monday", "compare Sunday with Monday": those of every week,
    unless a verb says that they are over."""
    others = [
        each
        for n, each in enumerate(draft.mentions)
        if n != index and (_name_weekday(each) or isinstance(each.time, Weekdays))
    ]
    if any(isinstance(each.time, Weekdays) for each in others):
        return True
    compares = draft.has(Role.COMPARE, Role.RISE, Role.FALL, Role.SUPERLATIVE) or any(
        isinstance(each.time, TimeComparison) for each in draft.mentions
    )
    verbs = {
        word
        for each in draft.mentions
        if not each.has(Role.METRIC)  # "Units sold" are a figure.
        for word in each.word.split()
    }
    is_over = not PAST.isdisjoint(verbs)
    return len(others) == 1 and compares and not is_over and not draft.follows


PAST = frozenset({
    "did", "was", "were", "had", "went", "sold", "made", "took", "came", "brought", "got", "ran",
    "earned", "been", "has", "have", "we've", "what'd", "how'd", "week", "performed", "happened",
    "yesterday", "today", "turned", "ordered", "bought",
})  # fmt: skip
"""Say that days are those of this or the last week."""


def _name_weekday(mention: Mention) -> int | None:
    """Which one a mention names, with nothing that says of which week."""
    word = BEFORE_DAYS.sub("", mention.text.casefold()).removesuffix("'s")
    return WEEKDAYS.get(word)


def _has_longer_window(draft: Draft) -> bool:
    """Whether a time is said that is none of the days of a list: "Saturday or Sunday"."""
    return any(
        (isinstance(each.time, PeriodSpan) and each.time.unit not in ("hour", "day"))
        or (isinstance(each.time, DaySpan) and not _is_short(each.time))
        for each in draft.mentions
    )


def _is_short(span: DaySpan) -> bool:
    is_closed = span.first is not None and span.last is not None
    return is_closed and (span.last - span.first).days < 3  # type: ignore[operator]


def _ranks_hours(draft: Draft) -> bool:
    """ "Saturday peak hour": of one day alone nobody asks which hour was the busiest."""
    is_of_hours = any(
        each.name in {"hour", "hour_of_day"}
        for m in draft.mentions
        for each in m.meanings
    )
    return is_of_hours and draft.has(Role.SUPERLATIVE)


def _asks_for_weekday(draft: Draft, index: int) -> bool:
    """ "On which weekday", "the busiest hour of each weekday": not those from Monday to Friday."""
    words = draft.mentions[index].text.casefold().split()
    is_split = words[-1] == "weekday" and (
        not EACH.isdisjoint(words) or draft.is_after(index, Role.BY)
    )
    is_said = words[-1] in {"weekdays", "weekday"}
    spreads = words == ["weekdays"] and draft.has(Role.BREAKDOWN, Role.BY)
    asks_what = index > 0 and draft.mentions[index - 1].text.casefold() == "what"
    is_asked = is_said and (draft.is_after(index, Role.WHICH) or spreads or asks_what)
    return is_asked or (is_split and draft.has(Role.SUPERLATIVE))


def _is_basis(draft: Draft, index: int) -> bool:
    """ "Up on last year", "down from last month": what is compared with."""
    before = draft.find_before(index)
    follows = before is not None and draft.mentions[before].has(
        Role.CHANGE, Role.RISE, Role.FALL
    )
    first = draft.mentions[index].text.casefold().split()[0]
    return follows and first in BASES


def _is_basis_alone(draft: Draft) -> bool:
    """ "Is it an increase over September?": of the figures before, where nothing else is said."""
    names = any(each.has(Role.METRIC) or each.is_value for each in draft.mentions)
    return count_windows(draft) == 1 and not names


def _is_basis_of_running(draft: Draft, index: int, span: DaySpan) -> bool:
    """ "Are we up on last November?": this one is compared with it; "up on Black Friday" is a rise
    then."""
    is_long = _is_closed(span) and not _is_short(span)
    is_up = draft.get_text(index - 1) in {"up", "down", "ahead", "behind"}
    says_last = LAST_NAMED.match(draft.get_text(index)) is not None
    return is_long and is_up and says_last and count_windows(draft) == 1


def count_windows(draft: Draft) -> int:
    return sum(isinstance(each.time, DaySpan | PeriodSpan) for each in draft.mentions)


def _look_ahead(
    draft: Draft, index: int, reading: Reading | None, today: Today
) -> Reading | None:
    """What runs out "by Friday" does so on the next one."""
    text = draft.mentions[index].text
    until = UNTIL.match(text)
    if draft.request.analysis != "stock_outlook" or until is None:
        return reading
    match reading:
        case Ambiguous(readings=readings):
            ahead = [each for each in readings if _is_until(each, today)]
            return ahead[0] if len(ahead) == 1 else reading
        case DaySpan() if not _is_until(reading, today):
            named = f"{until[0]}next {text[until.end() :].removeprefix('the ')}"
            return read_whole_time(named, today=today) or reading
    return reading


def _is_until(reading: Reading, today: Today) -> bool:
    last = reading.last if isinstance(reading, DaySpan) else None
    return last is not None and last >= today.date
