"""The windows of a question: several are joined, compared or a query for each; one may be split."""

import re
from datetime import date, timedelta
from typing import TypeGuard

from agents.local.dialogue_state import Json
from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Draft, Request
from agents.local.insights.words.lexicon import Role
from agents.local.language.calendar_days import MONTHS_PER_UNIT, count_whole_months
from agents.local.language.readings import DaySpan, PeriodSpan, Reading, TimeGrain
from agents.local.language.time_expressions import read_whole_time
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS

FROM_TO = re.compile(
    r"(?i)(?:(?:from|between)\s+)?(?:the\s+)?(.+?)\s*"
    r"(?:\s(?:up to|to|and|until|till|through|into)\s|[-=]+>|[-\u2013\u2192])\s*(?:the\s+)?(.+)"
)
ORDINAL = re.compile(r"(?i)(?:first|second|third|fourth|1st|2nd|3rd|4th)")
UNIT_BEHIND = re.compile(rf"(?i){ORDINAL.pattern}\s+(?P<unit>(?:quarter|half)\b.*)")
"""Of "from the second to the third quarter of 2025", is of both."""
DEVELOPING = frozenset({
    "develop", "develops", "developed", "developing", "development", "evolve", "evolves", "evolved",
    "evolving", "evolution", "progress", "progressed",
})  # fmt: skip
""" "How did orders develop from August to September" asks for their change, and no course."""
SUMMED = frozenset({"together", "combined", "altogether", "in total", "in all"})
MIN_MONTH = timedelta(days=27)


def build_window(span: DaySpan | PeriodSpan) -> Json:
    if isinstance(span, PeriodSpan):
        return {"unit": span.unit, "count": span.count, "offset": span.offset}
    days = {"firstDay": span.first, "lastDay": span.last}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def settle_windows(draft: Draft, today: Today) -> None:
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
        draft.use(*draft.list_unused(Role.COMPARE))
    elif len(request.windows) == 1:
        request.window = request.windows.pop()


def _is_same(one: Json, other: Json, today: Today) -> bool:
    """ "Last month, October"."""
    return one == other or list_days(one, today=today) == list_days(other, today=today)


def _join_bounds(request: Request) -> None:
    """ "Since April, until the end of last month": one time that is open on no side."""
    if len(request.windows) == 2:
        one, two = sorted(request.windows, key=lambda each: "firstDay" not in each)
        if one.keys() == {"firstDay"} and two.keys() == {"lastDay"}:
            request.windows = [{**one, **two}]


def _drop_until_now(request: Request, today: Today) -> None:
    """ "This month up to now": no figure is of what is still to come."""
    until_now = {"lastDay": today.date.isoformat()}
    others = [each for each in request.windows if each != until_now]
    if len(others) == len(request.windows) or not others:
        return
    ends = [list_days(each, today=today)[1] for each in others]
    if all(end is None or end >= today.date for end in ends):
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


def split_window(draft: Draft, today: Today) -> None:
    """A change "from May to June" is that of June on May."""
    request = draft.request
    is_alone = request.compare_to is None and request.compare_shift is None
    if not (request.window and is_alone and _says_change(draft)) or _has_grain(draft):
        return
    spans = [each for each in draft.mentions if isinstance(each.time, DaySpan)]
    texts = [each.text for each in spans[:1] if len(spans) == 1]
    if request.analysis == "explain_change":
        # "What is behind the decline, May to June?"
        texts += [f"from {text.lstrip(', ')}" for text in texts]
    ends = next(filter(None, (find_ends(each, today=today) for each in texts)), None)
    if ends is not None:
        request.compare_to, request.window = map(build_window, ends)


def _says_change(draft: Draft) -> bool:
    return (
        draft.request.analysis == "explain_change"
        or draft.has(Role.CHANGE, Role.RISE, Role.FALL)
        or any(
            each.has(Role.TREND) and each.text.casefold().split()[-1] in DEVELOPING
            for each in draft.mentions
        )
    )


def _has_grain(draft: Draft) -> bool:
    return any(isinstance(each.time, TimeGrain) for each in draft.mentions)


def find_ends(
    text: str, *, today: Today
) -> tuple[DaySpan | PeriodSpan, DaySpan | PeriodSpan] | None:
    """The two times of "from May to June", if both are whole months or longer."""
    match = FROM_TO.fullmatch(text.strip())
    if match is None:
        return None
    first, last = match.groups()
    unit = UNIT_BEHIND.search(last)
    if unit is not None and ORDINAL.fullmatch(first):
        first = f"{first} {unit['unit']}"
    one, two = (read_whole_time(each, today=today) for each in (first, last))
    return (one, two) if _is_long(one) and _is_long(two) else None


def _is_long(reading: Reading | None) -> TypeGuard[DaySpan | PeriodSpan]:
    match reading:
        case PeriodSpan(unit=unit):
            return unit not in ("hour", "day")
        case DaySpan(first=date() as first, last=date() as last):
            return last - first >= MIN_MONTH
    return False


def use_lengths(draft: Draft, today: Today) -> None:
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
        counts = [count_periods(each, units[0], today) for each in windows if each]
        is_as_many = len(set(counts)) == 1 and sum(counts) == mention.number.value
        if (points or behind) and is_as_many:
            draft.use(index, index + 1)


def count_periods(window: Json, unit: str, today: Today) -> int:
    """How many whole ones a window has; 0 where it is not so many."""
    first, last = list_days(window, today=today)
    if first is None or last is None:
        return 0
    if unit in MONTHS_PER_UNIT:
        length, size = count_whole_months(first, last), MONTHS_PER_UNIT[unit]
    else:
        length, size = (last - first).days + 1, {"day": 1, "week": 7}.get(unit, 0)
    return length // size if size and length % size == 0 else 0
