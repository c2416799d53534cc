"""Every row of the table of time expressions means what it says."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from agents.local.language import time_expressions
from agents.local.language.time_expressions import find_time_expressions
from agents.local.language.today import Today
from tests.unit.agents.language.describe import describe_reading
from webapp.kit.weeks import WeekStart

TABLE = Path(time_expressions.__file__).parent / "data" / "time_expressions.md"
WEDNESDAY = Today(date(2026, 11, 18), WeekStart.MONDAY)


def read_rows() -> list[tuple[str, str]]:
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| "):
            written, meaning, _ = line.strip("|").split(" |", maxsplit=2)
            rows.append((written.strip(), meaning.strip()))
    return [row for row in rows if row[0] != "written"]


ROWS = read_rows()


def mark_found(text: str) -> tuple[str, str]:
    """The text with brackets around what was found, and the readings."""
    found = find_time_expressions(text, today=WEDNESDAY)
    marked, end = "", 0
    for each in found:
        marked += f"{text[end : each.start]}[{each.text}]"
        end = each.end
    readings = "; ".join(describe_reading(each.reading) for each in found)
    return marked + text[end:], readings or "nothing"


@pytest.mark.parametrize(("written", "meaning"), ROWS)
def test_each_form_has_its_meaning(written: str, meaning: str) -> None:
    is_whole = "[" not in written and meaning != "nothing"
    marked = f"[{written}]" if is_whole else written

    assert mark_found(re.sub(r"[\[\]]", "", written)) == (marked, meaning)


def test_the_table_lists_each_form_once() -> None:
    forms = [written for written, _ in ROWS]

    assert len(forms) >= 400
    assert len(set(forms)) == len(forms)


@pytest.mark.parametrize("change", [str.upper, str.title])
def test_capitals_change_no_date(change: Callable[[str], str]) -> None:
    for text in ("in march 2026", "last 3 months", "vs last year", "by month"):
        assert mark_found(change(text))[1] == mark_found(text)[1]
