"""Reads the times of a question: its window, what it is compared with, periods, recurring times."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeGuard

from agents.local.dialogue_state import Json
from agents.local.insights.draft import Draft, Gap, Request
from agents.local.insights.lexicon import Role
from agents.local.insights.mentions import Mention
from agents.local.insights.query_windows import list_days
from agents.local.insights.question_groups import EACH, name_grains
from agents.local.language.calendar_names import (
    DAYTIMES,
    PLURAL_DAYTIMES,
    WEEKDAY_NAMES,
    WEEKDAYS,
)
from agents.local.language.readings import (
    Ambiguous,
    DayHours,
    DaySpan,
    Impossible,
    PeriodSpan,
    Reading,
    SameDates,
    TimeComparison,
    TimeGrain,
    TimeShift,
    Weekdays,
)
from agents.local.language.recurring_times import WORKDAYS
from agents.local.language.time_expressions import find_time_expressions
from webapp.insights.query.definitions import PERIODS

FROM_TO = re.compile(
    r"(?i)(?:(?:from|between)\s+)?(?:the\s+)?(.+?)\s*"
    r"(?:\s(?:up to|to|and|until|till|through|into)\s|[-=]+>|[-\u2013\u2192])\s*(?:the\s+)?(.+)"
)
DEVELOPING = frozenset({
    "develop", "develops", "developed", "developing", "development", "evolve", "evolves", "evolved",
    "evolving", "evolution", "progress", "progressed",
})  # fmt: skip
""" "How did orders develop from August to September" asks for their change, and no course."""
SINCE = re.compile(r"(?i)since\s+(?:the\s+)?")
ORDINAL = re.compile(r"(?i)(?:first|second|third|fourth|1st|2nd|3rd|4th)")
UNIT_BEHIND = re.compile(rf"(?i){ORDINAL.pattern}\s+(?P<unit>(?:quarter|half)\b.*)")
"""Of "from the second to the third quarter of 2025", is of both."""
UNTIL = re.compile(r"(?i)(?:by|before|until|till)\s+")
REORDERING = re.compile(r"(?i)order|stock|replenish|purchase")
THE_ONES = frozenset({"one", "ones", "the one", "the ones", "that", "those"})
THE_ONE = re.compile(r"(?i)\b(?:the ones?|that|those)\b")
YEARS = re.compile(
    r"(?i)\b(?:(?:of|in)\s+)?(?:the\s+)?(?:last|this|previous) year(?:['\u2019]s)?\b"
    r"|\b(?:19|20)\d\d\b"
)
BASES = frozenset({"on", "from", "over", "since", "against", "above", "below", "than"})
"""Before a time, say that something else is compared with it."""
POINTING = frozenset({"that", "the same", "same", "that same"})
MIN_MONTH = timedelta(days=27)
NO_HOLES = "I can leave out weekdays and hours, but no days within a time"
RECENT = {"unit": "day", "count": 30, "offset": 0}
"""What "lately" is taken for."""
SUMMED = frozenset({"together", "combined", "altogether", "in total", "in all"})
BEFORE_DAYS = re.compile(
    r"(?:(?:on|or|and|nor|plus|&|\+|vs\.?|versus|than|against|compared (?:to|with)|,|the|a|at"
    r"|over)\s+)+"
)
""" "Or on", before a day of a list."""
DEADLINE = "I took “{}” for when you order, and list what is to be reordered as things stand now."
NO_SEASONS = "I have figures by month, but not by the month of whatever year"


def read_times(draft: Draft, *, today: date) -> None:
    for index, mention in enumerate(draft.mentions):
        if mention.time is not None:
            draft.use(index)
            if _is_deadline(draft, index):
                draft.notes.append(DEADLINE.format(mention.text))
            else:
                _read_time(draft, index, today)
    _read_shifts(draft)
    _read_same_period(draft)
    _read_lately(draft)
    _place_in_year(draft, today)
    _join_windows(draft, today)
    _move_same_dates(draft, today)
    explains = draft.request.analysis == "explain_change"
    changes = draft.has(Role.CHANGE, Role.RISE, Role.FALL)
    if explains or changes or _says_development(draft):
        _split_window(draft, today)
    _use_lengths(draft, today)
    _use_all_days(draft)
    _use_workdays(draft)
    _settle_hours(draft, today)


def _read_shifts(draft: Draft) -> None:
    """ "The one before", "compared with the next one"."""
    for role, count in ((Role.LATER, 1), (Role.EARLIER, -1)):
        for index in list(draft.list_unused(role)):
            draft.use(index)
            if draft.is_after(index, Role.COMPARE):
                draft.request.compare_shift = TimeShift("period", count)
            else:
                draft.request.shift = TimeShift("period", count)


def _read_lately(draft: Draft) -> None:
    """Without another time, that is a window of its own, which is said; what is unusual is looked
    for in the recent past anyway."""
    request = draft.request
    for index in list(draft.list_unused(Role.LATELY)):
        draft.use(index)
        if not request.windows and request.analysis != "anomalies":
            request.windows.append(dict(RECENT))
            word = draft.mentions[index].text
            draft.notes.append(f"I read “{word}” as the last {RECENT['count']} days.")


def _read_same_period(draft: Draft) -> None:
    """ "In the same month", "in that week": the time of the figures before."""
    for index, mention in enumerate(draft.mentions[1:], start=1):
        before = draft.mentions[index - 1]
        is_period = any(
            each.role is Role.DIMENSION and each.name in PERIODS
            for each in mention.meanings
        )
        if is_period and before.text.casefold() in POINTING:
            draft.use(index - 1, index)
            draft.request.shift = TimeShift("period", 0)


def _is_deadline(draft: Draft, index: int) -> bool:
    """ "What do we have to reorder by Friday": until when stock lasts, nobody asked."""
    named = [each for each in draft.mentions if each.has(Role.ANALYSIS)]
    is_until = UNTIL.match(draft.mentions[index].text) is not None
    is_to_order = all(REORDERING.search(each.text) for each in named)
    return draft.request.analysis == "stock_outlook" and is_until and is_to_order


def _read_time(draft: Draft, index: int, today: date) -> None:
    mention = draft.mentions[index]
    excluded = _use_exclusion(draft, index)
    base = _find_base(draft, index, today)
    chosen = TimeComparison(base) if base else _choose_reading(draft, index)
    reading = _look_ahead(draft, index, chosen, today)
    if excluded and _read_excluded(draft, mention, reading):
        return
    match reading:
        case Ambiguous(readings=readings) if _wants_both(draft, readings):
            draft.use(*draft.list_unused(Role.BOTH))
            spans = [
                each for each in readings if isinstance(each, DaySpan | PeriodSpan)
            ]
            draft.request.windows += map(build_window, spans)
        case Ambiguous(question=question):
            draft.questions.append(question)
        case Impossible(reason=reason):
            draft.gaps.append(Gap(mention.text, reason))
        case DaySpan() | PeriodSpan() as span:
            draft.request.windows.append(build_window(span))
        case DayHours() as part if _is_said_in_hours(draft, mention, part):
            pass
        case Weekdays() | DayHours() as recurring:
            _add_recurring(draft, recurring, excluded=excluded)
        case other:
            _read_relation(draft, index, other, today)


def _read_excluded(draft: Draft, mention: Mention, reading: Reading | None) -> bool:
    """ "Without March" leaves a hole, "without the months" drops rows by them."""
    if isinstance(reading, DaySpan | PeriodSpan):
        draft.gaps.append(Gap(mention.text, NO_HOLES))
    elif isinstance(reading, TimeGrain):
        draft.request.drops.append(reading.name)
    return isinstance(reading, DaySpan | PeriodSpan | TimeGrain)


def _look_ahead(
    draft: Draft, index: int, reading: Reading | None, today: date
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
            found = find_time_expressions(named, today=today)[:1]
            return found[0].reading if found and found[0].text == named else reading
    return reading


def _is_until(reading: Reading, today: date) -> bool:
    last = reading.last if isinstance(reading, DaySpan) else None
    return last is not None and last >= today


def _wants_both(draft: Draft, readings: Sequence[Reading]) -> bool:
    """ "Is that 3 April or 4 March?", "both": a query for each."""
    are_spans = all(isinstance(each, DaySpan | PeriodSpan) for each in readings)
    return are_spans and any(draft.list_unused(Role.BOTH))


def _find_base(draft: Draft, index: int, today: date) -> PeriodSpan | None:
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
    rest = draft.mentions[index].text[since.end() :]
    found = find_time_expressions(rest, today=today)[:1]
    reading = found[0].reading if found and found[0].text == rest else None
    is_last = isinstance(reading, PeriodSpan) and (reading.count, reading.offset) == (
        1,
        1,
    )
    return reading if is_last else None  # type: ignore[return-value]


def _choose_reading(draft: Draft, index: int) -> Reading | None:
    """What a time is beside the other words."""
    reading = draft.mentions[index].time
    match reading:
        case Ambiguous(readings=readings) if _is_basis(draft, index) or (
            _count_windows(draft) and draft.has(Role.RISE, Role.FALL, Role.CHANGE)
        ):
            # "Different from September" is not since then.
            closed = [each for each in readings if _is_closed(each)]
            reading = TimeComparison(closed[0]) if closed else reading
        case Ambiguous() as choice if _count_windows(draft):
            reading = _choose_next_to_time(draft, choice)
        case DaySpan() | TimeComparison(to=DaySpan()) if days := _name_weekdays(
            draft, index
        ):
            reading = Weekdays(days)
        case Weekdays() if _asks_for_weekday(draft, index):
            reading = TimeGrain("weekday")
        case Ambiguous() as choice if _splits_by(draft, "weekday"):
            reading = (
                _find_weekdays(choice) or choice
            )  # "By weekday, Monday to Friday".
        case DaySpan() | PeriodSpan() as span if (
            draft.follows and _is_basis(draft, index) and _is_basis_alone(draft)
        ):
            reading = TimeComparison(span)
        case PeriodSpan(count=1, offset=1) as span if _is_basis(draft, index):
            is_course = _splits_by(draft, span.unit)
            reading = TimeComparison(TimeShift(span.unit, -1) if is_course else span)
    return reading


def _choose_next_to_time(draft: Draft, choice: Ambiguous) -> Reading | None:
    """ "Monday to Friday" are those of every week where another time is said; "the run-up to
    Christmas" is said with its days."""
    is_said = any(each.time in choice.readings for each in draft.mentions)
    if is_said or not choice.readings:
        return None
    return _find_weekdays(choice) or choice


def _find_weekdays(choice: Ambiguous) -> Weekdays | None:
    found = (each for each in choice.readings if isinstance(each, Weekdays))
    return next(found, None)


def _splits_by(draft: Draft, unit: str) -> bool:
    """ "By month, with the change on the previous month": of each month, that before it."""
    return any(unit in name_grains(each) for each in draft.mentions)


def _is_closed(reading: Reading) -> TypeGuard[DaySpan]:
    return isinstance(reading, DaySpan) and None not in (reading.first, reading.last)


def _is_course(text: str) -> bool:
    """ "Month over month", "MoM", "week on week"."""
    words = text.casefold().split()
    return len(words) == 1 or (len(words) == 3 and words[0] == words[2])


def _count_windows(draft: Draft) -> int:
    return sum(isinstance(each.time, DaySpan | PeriodSpan) for each in draft.mentions)


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
    recurs = _has_longer_window(draft) or (is_alone and not is_compared)
    return days if recurs else ()


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


def _find_same(draft: Draft, year: DaySpan, today: date) -> DaySpan | None:
    """ "Against the one of 2024", of Black Friday: that of another year."""
    if year.first is None or year.last is None or (year.last - year.first).days < 364:
        return None
    for mention in draft.mentions:
        if isinstance(mention.time, DaySpan):
            name = YEARS.sub("", mention.text).strip()
            text = f"{name} {year.first.year}"
            found = find_time_expressions(text, today=today)[:1]
            is_whole = bool(found) and found[0].text == text
            if is_whole and isinstance(found[0].reading, DaySpan):
                return found[0].reading
    return None


def _read_relation(
    draft: Draft, index: int, reading: Reading | None, today: date
) -> None:
    request, mention = draft.request, draft.mentions[index]
    match reading:
        case TimeGrain(name="month_of_year"):
            draft.gaps.append(Gap(mention.text, NO_SEASONS))
        case TimeGrain(name=name) if name not in request.group_by:
            request.group_by.append(name)
        case TimeComparison(to=TimeShift(unit=unit)) if _is_course(mention.text):
            request.compare_unit = unit
            request.wants_change |= " " not in mention.text
        case TimeComparison(to=DaySpan() as other) if THE_ONE.search(mention.text):
            _set_comparison(draft, _find_same(draft, other, today) or other)
        case TimeComparison(to=other) if not isinstance(other, SameDates):
            _set_comparison(draft, other)
        case TimeShift() as shift if _is_compared(draft, index):
            request.compare_shift = shift
        case TimeShift() as shift:
            request.shift = shift


def _is_compared(draft: Draft, index: int) -> bool:
    """ "Increase in October over the month before": whether a shift is what figures are compared
    with, and not the time that they are of."""
    changing = (Role.CHANGE, Role.RISE, Role.FALL, Role.COMPARE)
    if draft.is_after(index, *changing):
        return True
    before = draft.mentions[index - 1].text.casefold() if index else ""
    is_basis = before.split()[-1:] and before.split()[-1] in BASES
    return bool(is_basis) and _count_windows(draft) > 0 and draft.has(*changing)


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
    return _count_windows(draft) == 1 and not names


def _use_exclusion(draft: Draft, index: int) -> bool:
    before = draft.find_before(index)
    is_excluded = before is not None and draft.mentions[before].has(Role.EXCLUDE)
    if before is not None and is_excluded:
        draft.use(before)
        return True
    if _goes_on_with_excluded(draft, index):
        return True
    after = draft.find_after(index)
    if after is None or not _is_behind(draft, after):
        return False
    draft.use(after)
    return True


def _goes_on_with_excluded(draft: Draft, index: int) -> bool:
    """ "Not on Saturday or Sunday": neither of them."""
    while index and draft.mentions[index - 1].time is not None:
        if LISTED.match(draft.mentions[index].text) is None:
            return False
        index -= 1
        before = draft.find_before(index)
        if before is not None and draft.mentions[before].has(Role.EXCLUDE):
            return True
    return False


LISTED = re.compile(r"(?i)(?:,|and|or|nor|&|\+)(?:\s|$)")


def _is_behind(draft: Draft, index: int) -> bool:
    """ "Weekends excluded", but not "on weekends without Vinyl"."""
    following = draft.find_after(index)
    return draft.mentions[index].has(Role.EXCLUDE) and (
        following is None
        or not (
            draft.mentions[following].is_value
            or draft.mentions[following].time is not None
            or draft.mentions[following].has(
                Role.METRIC, Role.DIMENSION, Role.DIMENSIONS
            )
        )
    )


def build_window(span: DaySpan | PeriodSpan) -> Json:
    if isinstance(span, PeriodSpan):
        return {"unit": span.unit, "count": span.count, "offset": span.offset}
    days = {"firstDay": span.first, "lastDay": span.last}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _iterate_hours(first: int, last: int) -> Iterator[str]:
    hour = first
    while hour != last:
        yield str(hour)
        hour = (hour + 1) % 24
    yield str(last)


def _add_recurring(
    draft: Draft, recurring: Weekdays | DayHours, *, excluded: bool
) -> None:
    """A second one of the same kind makes a query of its own: "weekends versus weekdays"."""
    request = draft.request
    dimension, values = _list_recurring(recurring)
    condition = {"dimension": dimension, ("notIn" if excluded else "in"): values}
    same = [each for each in request.filters if each["dimension"] == dimension]
    if excluded:
        _exclude_days(request, condition, values)
    elif not same:
        request.filters.append(condition)
        if _is_choice_of_days(draft, recurring):
            request.group_by.append(dimension)
            draft.use(*draft.list_unused(Role.COMPARE, Role.RISE, Role.FALL))
    elif len(values) == 1 and len(same[0].get("in", [])) == 1 and _is_choice(draft):
        same[0]["in"] = sorted([*same[0]["in"], *values], key=int)
        request.group_by.append(dimension)
        draft.use(*draft.list_unused(Role.COMPARE, Role.RISE, Role.FALL))
    elif draft.has(Role.COMPARE) or request.variants or _is_choice(draft):
        if not request.variants:
            request.filters.remove(same[0])
            request.variants.append([same[0]])
        request.variants.append([condition])
        draft.use(*draft.list_unused(Role.COMPARE))
    else:
        same[0]["in"] = sorted({*same[0].get("in", []), *values}, key=int)


def _list_recurring(recurring: Weekdays | DayHours) -> tuple[str, list[str]]:
    """The dimension, and its values."""
    if isinstance(recurring, Weekdays):
        return "weekday", [str(day) for day in recurring.days]
    return "hour_of_day", list(_iterate_hours(recurring.first, recurring.last))


def _exclude_days(request: Request, condition: Json, values: Sequence[str]) -> None:
    """ "On weekdays, so not on Saturday or Sunday": of those that are wanted, none of these."""
    name = condition["dimension"]
    same = next((each for each in request.filters if each["dimension"] == name), None)
    if same is None:
        request.filters.append(condition)
    elif "in" in same:
        kept = [each for each in same["in"] if each not in values]
        same["in"] = kept or same["in"]
    else:
        same["notIn"] = sorted({*same["notIn"], *values}, key=int)


def _use_all_days(draft: Draft) -> None:
    """ "By weekday, Monday to Sunday": none is left out."""
    request = draft.request
    every = {str(day) for day in range(1, len(WEEKDAY_NAMES) + 1)}
    for condition in list(request.filters):
        if condition["dimension"] == "weekday" and every == {*condition.get("in", ())}:
            request.filters.remove(condition)
            if "weekday" not in request.group_by:
                request.group_by.append("weekday")


def _use_workdays(draft: Draft) -> None:
    """ "Weekday orders (Mon-Fri)": of these days, and no rows by them."""
    of_work = [str(day) for day in WORKDAYS.days]
    is_said = any(
        each["dimension"] == "weekday" and each.get("in") == of_work
        for each in draft.request.filters
    )
    for index, mention in enumerate(draft.mentions if is_said else ()):
        is_bare = mention.text.casefold() in {"weekday", "weekdays", "workday"}
        splits = draft.is_after(
            index, Role.BY, Role.WHICH, Role.SUPERLATIVE, Role.BREAKDOWN
        )
        if is_bare and mention.has(Role.DIMENSION, Role.DIMENSIONS) and not splits:
            draft.use(index)


def _is_said_in_hours(draft: Draft, mention: Mention, part: DayHours) -> bool:
    """ "Evening orders, from 6 pm on": whether the hours of the clock say which part of the day
    another word means."""
    hours = [each for each in draft.mentions if isinstance(each.time, DayHours)]
    clocks = [each.time for each in hours if not _is_day_part(each)]
    joins = draft.has(Role.COMPARE) or any(
        each.text == "and" for each in draft.mentions
    )
    is_part = _is_day_part(mention) and not joins
    return is_part and any(_shares_hours(part, each) for each in clocks)


def _is_day_part(mention: Mention) -> bool:
    words = mention.text.casefold().split()
    return words[-1] in DAYTIMES.keys() | PLURAL_DAYTIMES.keys() and not any(
        character.isdigit() for character in mention.text
    )


def _shares_hours(part: DayHours, other: Reading | None) -> bool:
    if not isinstance(other, DayHours):
        return False
    hours = {*_iterate_hours(part.first, part.last)}
    return not hours.isdisjoint(_iterate_hours(other.first, other.last))


def _is_choice(draft: Draft) -> bool:
    """Whether each of several days is wanted by itself."""
    if any(isinstance(each.time, TimeComparison) for each in draft.mentions):
        return True
    joins = {each.text.casefold().split()[0] for each in draft.mentions}
    return draft.has(Role.COMPARE) or (
        draft.has(Role.RISE, Role.FALL) and "or" in joins
    )


def _is_choice_of_days(draft: Draft, recurring: Weekdays | DayHours) -> bool:
    """ "More on Mondays or on Fridays", where both are one list."""
    texts = [each.text.casefold() for each in draft.mentions if each.time == recurring]
    is_list = isinstance(recurring, Weekdays) and any(" or " in each for each in texts)
    return is_list and draft.has(Role.COMPARE, Role.RISE, Role.FALL)


def _set_comparison(
    draft: Draft, other: str | DaySpan | PeriodSpan | TimeShift
) -> None:
    request = draft.request
    match other:
        case DaySpan() | PeriodSpan():
            request.compare_to = build_window(other)
        case TimeShift():
            request.compare_shift = other
        case _:
            request.compare_to = other


def _name_same(draft: Draft, today: date) -> None:
    """ "Black Friday against the one in 2024": the second time is that of 2024."""
    for index, mention in enumerate(draft.mentions):
        before = draft.mentions[max(index - 3, 0) : index]
        points = any(each.text.casefold() in THE_ONES for each in before)
        if not points or not isinstance(mention.time, DaySpan):
            continue
        same = _find_same(draft, mention.time, today)
        if same and build_window(mention.time) == draft.request.compare_to:
            draft.request.compare_to = build_window(same)


def place_in_years(
    mentions: Sequence[Mention], talk: Iterable[Mention], today: date
) -> list[Mention]:
    """ "I am closing the books of 2025. What were the sales of the third quarter?": the year that
    is said before is that of the time, as of "last year, January to December"."""
    asked = [each for each in mentions if isinstance(each.time, DaySpan | PeriodSpan)]
    said = {_find_said_year(each, today) for each in talk} - {None}
    if len(asked) != 1 or len(said) != 1 or today.year in said:
        return list(mentions)
    placed = _name_in_year(asked[0], said.pop(), today)
    return [
        replace(each, time=placed) if each is asked[0] and placed is not None else each
        for each in mentions
    ]


def _place_in_year(draft: Draft, today: date) -> None:
    """ "Last year, January to December", "Q1, 2026 vs 2025": a time without a year is in the one
    that is said by itself."""
    request = draft.request
    times = [
        n
        for n, each in enumerate(draft.mentions)
        if isinstance(each.time, DaySpan | PeriodSpan)
    ]
    if (
        len(times) != len(request.windows)
        or len(times) != 2
        or _lists_both(draft, times[1])
    ):
        return
    one, two = (draft.mentions[n] for n in times)
    years = [_find_said_year(each, today) for each in (one, two)]
    year = next((each for each in years if each is not None), None)
    mention = two if years[0] is not None else one
    placed = _name_in_year(mention, year, today)
    if placed is None:
        return
    request.windows = [build_window(placed)]
    compared = request.compare_to
    other = _find_year(compared, today) if isinstance(compared, dict) else None
    moved = _name_in_year(mention, other, today)
    if moved is not None:
        request.compare_to = build_window(moved)


def _lists_both(draft: Draft, index: int) -> bool:
    """ "In 2025 and in October": two times, and none within the other."""
    words = {"and", "or", "&", "+", "plus", "vs", "versus"}
    before = draft.mentions[index - 1].text.casefold().split()
    return not words.isdisjoint(
        {draft.mentions[index].text.casefold().split()[0], *before}
    )


def _find_said_year(mention: Mention, today: date) -> int | None:
    if not isinstance(mention.time, DaySpan | PeriodSpan) or not YEARS.search(
        mention.text
    ):
        return None
    return _find_year(build_window(mention.time), today)


def _find_year(window: Json, today: date) -> int | None:
    """Which whole year a window is."""
    first, last = list_days(window, today=today)
    if first is None or last is None:
        return None
    is_year = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    return first.year if is_year and first.year == last.year else None


def _name_in_year(
    mention: Mention | None, year: int | None, today: date
) -> DaySpan | None:
    """What a text without a year means in that one."""
    if mention is None or year is None or YEARS.search(mention.text):
        return None
    name = mention.text.removesuffix("'s").lstrip(" ,;-")
    text = f"{name} {year}"
    found = find_time_expressions(text, today=today)[:1]
    reading = found[0].reading if found and found[0].text == text else None
    if (
        not isinstance(reading, DaySpan)
        or reading.first is None
        or reading.last is None
    ):
        return None
    return reading if reading.last.year == year else None


def _says_development(draft: Draft) -> bool:
    return any(
        each.has(Role.TREND) and each.text.casefold().split()[-1] in DEVELOPING
        for each in draft.mentions
    )


def _use_lengths(draft: Draft, today: date) -> None:
    """ "The three months November, December and January", "on those two days": how many periods the
    time has, where it has as many."""
    for index, mention in enumerate(draft.mentions[:-1]):
        after = draft.mentions[index + 1]
        names = [each.name for each in after.meanings if each.role is Role.DIMENSIONS]
        units = [each for each in names if each in PERIODS]
        if mention.number is None or index in draft.used or not units:
            continue
        points = index > 0 and draft.mentions[index - 1].text.casefold() in {
            "those", "these", "the", "both",
        }  # fmt: skip
        behind = index + 2 < len(draft.mentions) and draft.mentions[index + 2].time
        windows = draft.request.windows or [draft.request.window or {}]
        counts = [_count_periods(each, units[0], today) for each in windows if each]
        is_as_many = len(set(counts)) == 1 and sum(counts) == mention.number.value
        if (points or behind) and is_as_many:
            draft.use(index, index + 1)


def _count_periods(window: Json, unit: str, today: date) -> int:
    first, last = list_days(window, today=today)
    if first is None or last is None:
        return 0
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    behind = last + timedelta(days=1)
    if months is None:
        size = {"day": 1, "week": 7}.get(unit, 0)
        days = (behind - first).days
        return days // size if size and days % size == 0 else 0
    count = (behind.year - first.year) * 12 + behind.month - first.month
    return (
        count // months if count % months == 0 and first.day == behind.day == 1 else 0
    )


def _settle_hours(draft: Draft, today: date) -> None:
    """ "Hourly revenue on Saturdays in October": the hours of whatever Saturday."""
    request = draft.request
    recurs = any(each["dimension"] == "weekday" for each in request.filters)
    if recurs and "hour" in request.group_by and not request.windows:
        days = (
            (None, None)
            if request.window is None
            else list_days(request.window, today=today)
        )
        is_long = None in days or (days[1] - days[0]).days >= MIN_RECURRING  # type: ignore[operator]
        if is_long:
            request.group_by = [
                "hour_of_day" if each == "hour" else each for each in request.group_by
            ]


MIN_RECURRING = 7


def _join_windows(draft: Draft, today: date) -> None:
    """Several times: two that are compared, one within the other, or a query for each."""
    request = draft.request
    words = {each.text.casefold() for each in draft.mentions}
    request.windows = [
        each
        for index, each in enumerate(request.windows)
        if not any(_is_same(each, other, today) for other in request.windows[:index])
    ]
    _join_bounds(request)
    _drop_until_now(request, today)
    _join_weekend(request)
    request.sums = len(request.windows) > 1 and not words.isdisjoint(SUMMED)
    if len(request.windows) == 2 and draft.has(
        Role.COMPARE, Role.CHANGE, Role.RISE, Role.FALL
    ):
        request.window, request.compare_to = request.windows
        request.windows = []
        _name_same(draft, today)
        draft.use(*draft.list_unused(Role.COMPARE))
    elif len(request.windows) == 1:
        request.window = request.windows.pop()


def _join_bounds(request: Request) -> None:
    """ "Since April, until the end of last month": one time that is open on no side."""
    if len(request.windows) == 2:
        one, two = sorted(request.windows, key=lambda each: "firstDay" not in each)
        if one.keys() == {"firstDay"} and two.keys() == {"lastDay"}:
            request.windows = [{**one, **two}]


def _drop_until_now(request: Request, today: date) -> None:
    """ "This month up to now": no figure is of what is still to come."""
    until_now = {"lastDay": today.isoformat()}
    others = [each for each in request.windows if each != until_now]
    if len(others) == len(request.windows) or not others:
        return
    ends = [list_days(each, today=today)[1] for each in others]
    if all(end is None or end >= today for end in ends):
        request.windows = others


def _join_weekend(request: Request) -> None:
    """ "On Saturday and Sunday", of one weekend."""
    if len(request.windows) != 2 or any(
        each.get("firstDay") is None or each.get("firstDay") != each.get("lastDay")
        for each in request.windows
    ):
        return
    first, last = (date.fromisoformat(each["firstDay"]) for each in request.windows)
    if first.isoweekday() == 6 and last - first == timedelta(days=1):
        request.windows = [build_window(DaySpan(first, last))]


def _is_same(one: Json, other: Json, today: date) -> bool:
    """ "Last month, October"."""
    return one == other or list_days(one, today=today) == list_days(other, today=today)


def _split_window(draft: Draft, today: date) -> None:
    """A change "from May to June" is that of June on May."""
    request = draft.request
    is_alone = request.compare_to is None and request.compare_shift is None
    if not request.window or not is_alone or _has_grain(draft):
        return
    spans = [each for each in draft.mentions if isinstance(each.time, DaySpan)]
    texts = [each.text for each in spans[:1] if len(spans) == 1]
    if request.analysis == "explain_change":
        # "What is behind the decline, May to June?"
        texts += [f"from {text.lstrip(', ')}" for text in texts]
    ends = next(filter(None, (find_ends(each, today=today) for each in texts)), None)
    if ends is not None:
        request.compare_to, request.window = map(build_window, ends)


def _move_same_dates(draft: Draft, today: date) -> None:
    """ "Compared with the same quarter of 2024": how many years that is before the window."""
    years = [
        each.time.to.year
        for each in draft.mentions
        if isinstance(each.time, TimeComparison) and isinstance(each.time.to, SameDates)
    ]
    if not years:
        return
    window = draft.request.window
    first = None if window is None else list_days(window, today=today)[0]
    if first is None or first.year == years[0]:
        draft.questions.append(
            f"Which time do you want to compare with that of {years[0]}?"
        )
    else:
        draft.request.compare_shift = TimeShift("year", years[0] - first.year)


def _has_grain(draft: Draft) -> bool:
    return any(isinstance(each.time, TimeGrain) for each in draft.mentions)


def find_ends(
    text: str, *, today: date
) -> tuple[DaySpan | PeriodSpan, DaySpan | PeriodSpan] | None:
    """The two times of "from May to June", if both are whole months or longer."""
    match = FROM_TO.fullmatch(text.strip())
    if match is None:
        return None
    first, last = match.groups()
    unit = UNIT_BEHIND.search(last)
    if unit is not None and ORDINAL.fullmatch(first):
        first = f"{first} {unit['unit']}"
    parts = (first, last)
    spans = [
        each.reading
        for part in parts
        for each in find_time_expressions(part, today=today)[:1]
        if isinstance(each.reading, DaySpan | PeriodSpan) and each.text == part
    ]
    if len(spans) < len(parts) or not all(map(_is_long, spans)):
        return None
    return spans[0], spans[1]


def _is_long(span: DaySpan | PeriodSpan) -> bool:
    if isinstance(span, PeriodSpan):
        return span.unit not in ("hour", "day")
    if span.first is None or span.last is None:
        return False
    return span.last - span.first >= MIN_MONTH
