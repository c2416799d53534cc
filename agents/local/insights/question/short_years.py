"""Says what a month with two digits was taken for: "Oct-26" is a month, or a day of one. Pure."""

import re

from agents.local.insights.question.draft import Draft
from agents.local.language.calendar_names import MONTH_NAMES, MONTHS
from agents.local.language.readings import DaySpan, TimeComparison

SHORT = re.compile(r"(?i)\b(?P<month>[a-z]{3,9})-(?P<digits>[0-9]{2})\b")
MAX_DAY = 31


def note_short_years(draft: Draft) -> None:
    for mention in draft.mentions:
        time = mention.time
        days = time.to if isinstance(time, TimeComparison) else time
        for match in SHORT.finditer(mention.text):
            number = MONTHS.get(match["month"].casefold())
            if isinstance(days, DaySpan) and number is not None:
                _note_short_year(draft, match, number, days)


def _note_short_year(
    draft: Draft, match: re.Match[str], month: int, days: DaySpan
) -> None:
    name, digits = MONTH_NAMES[month - 1], int(match["digits"])
    day = f"{digits} {name}"
    if days.first == days.last:
        draft.notes.append(
            f"I read “{match[0]}” as {day}, not as a month of that year."
        )
    elif 1 <= digits <= MAX_DAY:
        draft.notes.append(
            f"I read “{match[0]}” as {name} 20{digits:02}, not as {day}."
        )
