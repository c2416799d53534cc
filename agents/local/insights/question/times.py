"""Reads the times of a question into its request."""

import re
from collections.abc import Sequence

from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.complete_periods import find_running
from agents.local.insights.question.draft import Draft, Gap
from agents.local.insights.question.recurring_filters import (
    add_recurring,
    is_said_in_hours,
    settle_hours,
    use_all_days,
    use_days_of_choice,
    use_workdays,
)
from agents.local.insights.question.repeated_times import (
    settle_repeated_times,
    use_named_units,
)
from agents.local.insights.question.short_years import note_short_years
from agents.local.insights.question.time_senses import (
    BASES,
    UNTIL,
    choose_time,
    count_windows,
)
from agents.local.insights.question.times_in_years import (
    find_same,
    name_holiday_before,
    name_same,
    place_in_year,
)
from agents.local.insights.question.windows import (
    build_window,
    count_periods,
    settle_windows,
    split_window,
    use_lengths,
)
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
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
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS

REORDERING = re.compile(
    r"(?i)order|(?<!of )(?<!in )(?<!on )stock(?!-?out)|replenish|purchase"
)
POINTING = frozenset({"that", "the same", "same", "that same"})
POINTING_AT_SEVERAL = frozenset({"these", "those"})
""" "In these months": all of the time before."""
WHOLE = re.compile(r"(?i)\b(?:all|whole|entire|full|complete)\b")
"""Of "compared with all of 2025", no part is meant."""
SAYS_WHOLE = re.compile(
    r"(?:in |as a )?(?:the )?(?:whole|full|entire|complete)(?: (?:of|month|week|year|quarter|day))?"
)
"""Next to a time."""
PERIOD_ROLES = (Role.DIMENSION, Role.DIMENSIONS)
LAST_YEAR = PeriodSpan("year", 1, 1)
NO_HOLES = "I can leave out weekdays and hours, but no days within a time"
CHANGING = (Role.CHANGE, Role.RISE, Role.FALL, Role.COMPARE)
"""Before "the one before", "the month before", say that figures are compared with it."""
RECENT = {"unit": "day", "count": 30, "offset": 0}
"""What "lately" is taken for."""
DEADLINE = "I took “{}” for when you order, and list what is to be reordered as things stand now."
NO_SEASONS = "I have figures by month, but not by the month of whatever year"
COUNTS = frozenset({"count", "counts", "number", "numbers", "figures", "totals"})
LISTED = re.compile(r"(?i)(?:,|and|or|nor|&|\+)(?:\s|$)|/")


def read_times(draft: Draft, *, today: Today) -> None:
    for index, mention in enumerate(draft.mentions):
        if mention.time is not None:
            draft.use(index)
            if _is_deadline(draft, index):
                draft.notes.append(DEADLINE.format(mention.text))
            else:
                _read_time(draft, index, today)
    _read_shifts(draft)
    _read_same_period(draft, today)
    _read_lately(draft)
    place_in_year(draft, today)
    settle_repeated_times(draft, today)
    note_short_years(draft)
    settle_windows(draft, today)
    name_same(draft, today)
    name_holiday_before(draft, today)
    _move_same_dates(draft, today)
    split_window(draft, today)
    _read_whole_comparison(draft)
    use_lengths(draft, today)
    use_named_units(draft, today)
    use_all_days(draft, today)
    use_days_of_choice(draft)
    use_workdays(draft)
    settle_hours(draft, today)


def _read_whole_comparison(draft: Draft) -> None:
    """ "This month vs the whole of last month", "vs last month (full month)"."""
    request = draft.request
    if request.compare_to is None and request.compare_shift is None:
        return
    for index, mention in enumerate(draft.mentions):
        near = draft.mentions[max(index - 1, 0) : index + 2]
        is_said = SAYS_WHOLE.fullmatch(mention.word) is not None and any(
            each.time is not None or each.get_name(*PERIOD_ROLES) in PERIODS
            for each in near
        )
        if is_said or (mention.time is not None and WHOLE.search(mention.text)):
            request.compares_whole = True


def _read_shifts(draft: Draft) -> None:
    """ "The one before", "compared with the next one"."""
    for role, count in ((Role.LATER, 1), (Role.EARLIER, -1)):
        for index in list(draft.list_unused(role)):
            draft.use(index)
            if draft.is_after(index, *CHANGING):
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


def _read_same_period(draft: Draft, today: Today) -> None:
    """ "In the same month", "in that week": the time of the figures before, if the question itself
    says none, as "31 October: how many orders that day" does."""
    for index, mention in enumerate(draft.mentions[1:], start=1):
        before = draft.mentions[index - 1]
        is_period = mention.get_name(Role.DIMENSION) in PERIODS
        are_periods = mention.get_name(Role.DIMENSIONS) in PERIODS
        is_pointed = (is_period and before.word in POINTING) or (
            are_periods and before.word.split()[-1] in POINTING_AT_SEVERAL
        )
        if is_pointed:
            draft.use(index - 1, index)
            units = [each.name for each in mention.meanings if each.name in PERIODS]
            is_said = any(
                count_periods(each, unit, today) == 1
                for each in draft.request.windows
                for unit in units
            )
            if not is_said and draft.request.shift is None:
                draft.request.shift = TimeShift("period", 0)


def _is_deadline(draft: Draft, index: int) -> bool:
    """ "What do we have to reorder by Friday": until when stock lasts, nobody asked."""
    named = [each for each in draft.mentions if each.has(Role.ANALYSIS)]
    is_until = UNTIL.match(draft.mentions[index].text) is not None
    is_to_order = all(REORDERING.search(each.text) for each in named)
    return draft.request.analysis == "stock_outlook" and is_until and is_to_order


def _read_time(draft: Draft, index: int, today: Today) -> None:
    mention = draft.mentions[index]
    excluded = _use_exclusion(draft, index)
    reading = _choose_reading(draft, index, today)
    if excluded and _read_excluded(draft, mention, reading, today):
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
        case DayHours() as part if is_said_in_hours(draft, mention, part):
            pass
        case Weekdays() | DayHours() as recurring:
            add_recurring(draft, recurring, excluded=excluded)
        case other:
            _read_relation(draft, index, other, today)


def _choose_reading(draft: Draft, index: int, today: Today) -> Reading | None:
    """ "Put last year next to it": as far as this one has come, unless all of it is said."""
    reading = choose_time(draft, index, today)
    is_whole = WHOLE.search(draft.mentions[index].text) is not None
    if reading == TimeComparison(LAST_YEAR) and not is_whole:
        return TimeComparison("last_year")
    return reading


def _read_excluded(
    draft: Draft, mention: Mention, reading: Reading | None, today: Today
) -> bool:
    """ "Without March" leaves a hole, "without the months" drops rows by them."""
    if (unit := find_running(reading, today)) is not None:
        draft.request.without_running = unit
    elif isinstance(reading, DaySpan | PeriodSpan):
        draft.gaps.append(Gap(mention.text, NO_HOLES))
    elif isinstance(reading, TimeGrain):
        draft.request.drops.append(reading.name)
    return isinstance(reading, DaySpan | PeriodSpan | TimeGrain)


def _wants_both(draft: Draft, readings: Sequence[Reading]) -> bool:
    """ "Is that 3 April or 4 March?", "both": a query for each."""
    are_spans = all(isinstance(each, DaySpan | PeriodSpan) for each in readings)
    return are_spans and any(draft.list_unused(Role.BOTH))


def _is_course(text: str) -> bool:
    """ "Month over month", "MoM", "week on week"."""
    words = text.casefold().split()
    return len(words) == 1 or (len(words) == 3 and words[0] == words[2])


def _read_relation(
    draft: Draft, index: int, reading: Reading | None, today: Today
) -> None:
    request, mention = draft.request, draft.mentions[index]
    match reading:
        case TimeGrain(name="month_of_year"):
            draft.gaps.append(Gap(mention.text, NO_SEASONS))
        case TimeGrain(name=name) if name not in request.group_by:
            request.group_by.append(name)
        case TimeComparison(to=TimeShift(unit=unit)) if _is_course(mention.text):
            request.compare_unit = unit
            # "Month over month, just the counts" are the rows without it.
            is_bare = draft.has(Role.ONLY) and not COUNTS.isdisjoint(draft.single_words)
            request.wants_change |= not is_bare
        case TimeComparison(to=DaySpan() as other) if not WHOLE.search(mention.text):
            _set_comparison(draft, find_same(draft, other, today) or other)
        case TimeComparison(to=other) if not isinstance(other, SameDates):
            _set_comparison(draft, other)
        case TimeShift() as shift if _is_compared(draft, index):
            request.compare_shift = shift
        case TimeShift() as shift:
            request.shift = shift


def _is_compared(draft: Draft, index: int) -> bool:
    """ "Increase in October over the month before": whether a shift is what figures are compared
    with, and not the time that they are of."""
    if draft.is_after(index, *CHANGING):
        return True
    if count_windows(draft) == 1 and draft.has(Role.COMPARE):
        return True  # "Q3 and, in comparison, the same quarter of last year".
    before = draft.mentions[index - 1].text.casefold() if index else ""
    is_basis = before.split()[-1:] and before.split()[-1] in BASES
    return bool(is_basis) and count_windows(draft) > 0 and draft.has(*CHANGING)


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


def _is_behind(draft: Draft, index: int) -> bool:
    """ "Weekends excluded", but not "on weekends without Vinyl"."""
    # "In May not placed by guests": what follows is left out.
    following = draft.find_after(index, skip=(Role.FILLER, Role.BY))
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


def _move_same_dates(draft: Draft, today: Today) -> None:
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
