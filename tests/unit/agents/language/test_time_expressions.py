from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local.language.holidays import HOLIDAYS, find_easter
from agents.local.language.readings import DaySpan
from agents.local.language.time_expressions import FoundTime, find_time_expressions
from agents.local.language.time_phrases import STARTERS
from agents.local.language.today import Today
from tests.unit.agents.language.describe import describe_reading
from webapp.kit.weeks import WeekStart

WEDNESDAY = date(2026, 11, 18)
NEW_YEAR = date(2026, 1, 1)
LEAP_DAY = date(2024, 2, 29)
MARCH_31 = date(2026, 3, 31)
SUNDAY = date(2026, 11, 22)
MONDAY = date(2026, 11, 23)


def count_from(day: date) -> Today:
    return Today(day, WeekStart.MONDAY)


def describe_all(text: str, today: date, *names: str) -> list[str]:
    found = find_time_expressions(text, today=count_from(today), names=names)
    return [describe_reading(each.reading) for each in found]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("in January", "2026-01-01 to 2026-01-31"),
        ("in December", "2025-12-01 to 2025-12-31"),
        ("Q4", "2025-10-01 to 2025-12-31"),
        ("H2", "2025-07-01 to 2025-12-31"),
        ("week 1", "2025-12-29 to 2026-01-04"),
        ("on Friday", "2025-12-26"),
        ("the weekend", "2025-12-27 to 2025-12-28"),
        ("this winter", "2025-12-01 to 2026-02-28"),
        ("last winter", "2024-12-01 to 2025-02-28"),
        ("New Year's Eve", "2025-12-31"),
        ("New Year's Day", "2026-01-01"),
        ("last Christmas", "2025-12-25"),
        ("YTD 2025", "2025-01-01"),
        ("November to January", "2025-11-01 to 2026-01-31"),
        ("since last month", "since 2025-12-01"),
        ("before this year", "until 2025-12-31"),
        ("the last day of last year", "2025-12-31"),
    ],
)
def test_times_at_the_turn_of_the_year(text: str, meaning: str) -> None:
    assert describe_all(text, NEW_YEAR) == [meaning]


@pytest.mark.parametrize(
    ("today", "text", "meaning"),
    [
        (LEAP_DAY, "29 February", "2024-02-29"),
        (LEAP_DAY, "YTD 2023", "2023-01-01 to 2023-02-28"),
        (LEAP_DAY, "February 29 last year", "impossible: February 2023 has 28 days."),
        (LEAP_DAY, "since one year", "since 2023-02-28"),
        (LEAP_DAY, "last day of the month", "2024-02-29"),
        (LEAP_DAY, "in February", "2024-02-01 to 2024-02-29"),
        (LEAP_DAY, "February 2100", "2100-02-01 to 2100-02-28"),
        (LEAP_DAY, "February 2000", "2000-02-01 to 2000-02-29"),
        (date(2024, 2, 28), "29 February", "2020-02-29"),
        (date(2026, 2, 28), "29 February", "2024-02-29"),
        (MARCH_31, "since one month", "since 2026-02-28"),
        (MARCH_31, "more than 1 month ago", "until 2026-02-27"),
        (MARCH_31, "on the 31st", "2026-03-31"),
        (date(2026, 3, 30), "on the 31st", "2026-01-31"),
        (MARCH_31, "from the 30th to the 31st", "2026-03-30 to 2026-03-31"),
        (date(2026, 4, 1), "from the 30th to the 31st", "2026-03-30 to 2026-03-31"),
        (MARCH_31, "until the end of last month", "until 2026-02-28"),
        (MARCH_31, "since Q1", "since 2026-01-01"),
    ],
)
def test_months_of_different_lengths(today: date, text: str, meaning: str) -> None:
    assert describe_all(text, today) == [meaning]


@pytest.mark.parametrize(
    ("text", "on_sunday", "on_monday"),
    [
        ("on Sunday", "2026-11-22", "2026-11-22"),
        ("last Sunday", "2026-11-15", "2026-11-22"),
        ("this Sunday", "2026-11-22", "2026-11-29"),
        ("next Sunday", "2026-11-29", "2026-11-29"),
        ("on Monday", "2026-11-16", "2026-11-23"),
        ("last Monday", "2026-11-16", "2026-11-16"),
        ("this Monday", "2026-11-16", "2026-11-23"),
        ("next Monday", "2026-11-23", "2026-11-30"),
        ("Friday last week", "2026-11-13", "2026-11-20"),
        ("the weekend", "2026-11-21 to 2026-11-22", "2026-11-21 to 2026-11-22"),
        ("last weekend", "2026-11-14 to 2026-11-15", "2026-11-21 to 2026-11-22"),
        ("this weekend", "2026-11-21 to 2026-11-22", "2026-11-28 to 2026-11-29"),
        ("next weekend", "2026-11-28 to 2026-11-29", "2026-11-28 to 2026-11-29"),
        (
            "the weekend just gone",
            "2026-11-21 to 2026-11-22",
            "2026-11-21 to 2026-11-22",
        ),
        (
            "both days of last weekend",
            "2026-11-14 to 2026-11-15",
            "2026-11-21 to 2026-11-22",
        ),
        ("since this week", "since 2026-11-16", "since 2026-11-23"),
        ("until last week", "until 2026-11-15", "until 2026-11-22"),
    ],
)
def test_weeks_turn_on_monday(text: str, on_sunday: str, on_monday: str) -> None:
    assert describe_all(text, SUNDAY) == [on_sunday]
    assert describe_all(text, MONDAY) == [on_monday]


@pytest.mark.parametrize(
    ("today", "text", "meaning"),
    [
        (date(2026, 10, 31), "Halloween", "2026-10-31"),
        (date(2026, 10, 31), "last Halloween", "2025-10-31"),
        (date(2026, 10, 31), "next Halloween", "2027-10-31"),
        (date(2026, 10, 31), "last October", "2025-10-01 to 2025-10-31"),
        (date(2026, 11, 21), "the weekend", "2026-11-21 to 2026-11-22"),
        (date(2026, 11, 21), "next weekend", "2026-11-28 to 2026-11-29"),
        (date(2026, 11, 21), "last weekend", "2026-11-14 to 2026-11-15"),
        (date(2026, 11, 21), "the weekend just gone", "2026-11-14 to 2026-11-15"),
        (date(2026, 11, 21), "both days of this weekend", "2026-11-21 to 2026-11-22"),
        (WEDNESDAY, "the weekend before 22 November 2026", "2026-11-14 to 2026-11-15"),
        (WEDNESDAY, "the weekend after 21 November 2026", "2026-11-28 to 2026-11-29"),
        (WEDNESDAY, "until the start of June", "until 2026-06-01"),
        (WEDNESDAY, "since the start of June", "since 2026-06-01"),
        (
            date.max,
            "until tomorrow",
            "impossible: The calendar here goes from the year 1 to 9999.",
        ),
        (
            date.min,
            "since yesterday",
            "impossible: The calendar here goes from the year 1 to 9999.",
        ),
    ],
)
def test_the_edges_of_what_is_running(today: date, text: str, meaning: str) -> None:
    assert describe_all(text, today) == [meaning]


@pytest.mark.parametrize(
    ("today", "meaning"),
    [
        (date(2020, 12, 27), "of 2015 or of 2020?"),
        (date(2026, 12, 27), "of 2020 or of 2026?"),
    ],
)
def test_a_week_53_that_is_far_is_asked_back(today: date, meaning: str) -> None:
    [asked] = describe_all("week 53", today)
    assert asked.endswith(f"Only some years have a week 53: {meaning}")


@pytest.mark.parametrize(
    ("today", "meaning"),
    [
        (date(2020, 12, 28), "2020-12-28 to 2021-01-03"),
        (date(2021, 1, 3), "2020-12-28 to 2021-01-03"),
        (date(2026, 12, 28), "2026-12-28 to 2027-01-03"),
    ],
)
def test_a_week_53_that_runs_is_the_one_that_is_meant(
    today: date, meaning: str
) -> None:
    assert describe_all("week 53", today) == [meaning]


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ((3, 22), 1818), ((4, 18), 1954), ((4, 19), 1981), ((4, 23), 2000),
        ((4, 24), 2011), ((4, 21), 2019), ((3, 31), 2024), ((4, 20), 2025),
        ((4, 5), 2026), ((4, 25), 2038), ((4, 18), 2049), ((4, 19), 2076),
    ],
)  # fmt: skip
def test_easter_is_where_calendars_have_it(day: tuple[int, int], year: int) -> None:
    assert find_easter(year) == date(year, *day)


@given(st.integers(min_value=1900, max_value=2200))
def test_each_holiday_is_in_its_year(year: int) -> None:
    for find_days in HOLIDAYS.values():
        first, last = find_days(year)

        assert first <= last
        assert first.year == last.year == year
    friday, _ = HOLIDAYS["black", "friday"](year)
    assert friday.isoweekday() == 5
    assert 23 <= friday.day <= 29


@pytest.mark.parametrize(
    ("text", "names", "meaning"),
    [
        ("sales of the Weekend Bag", ("Weekend Bag",), []),
        ("weekend bag on weekends", ("Weekend Bag",), ["weekdays 6 7"]),
        ("New products of Friday", ("Friday",), []),
        ("FRIDAY in Q3", ("Friday",), ["2026-07-01 to 2026-09-30"]),
        ("revenue of May in June", ("May",), ["2026-06-01 to 2026-06-30"]),
        ("Q3 Speaker", ("Q3 Speaker",), []),
        ("Q3 speakers", ("Q3 Speaker",), ["2026-07-01 to 2026-09-30"]),
        ("Q3 Speaker in Q3", ("Q3 Speaker",), ["2026-07-01 to 2026-09-30"]),
        ("last New Year's Day", ("New",), []),
        (
            "Spring onion in spring 2026",
            ("Spring onion",),
            ["2026-03-01 to 2026-05-31"],
        ),
        (
            "2024 Wall Calendar 2025",
            ("2024 Wall Calendar",),
            ["2025-01-01 to 2025-12-31"],
        ),
        ("in May", ("", "  ", "Mayflower"), ["2026-05-01 to 2026-05-31"]),
        ("Last 30 Days Diet book", ("Last 30", "Last 30 Days Diet"), []),
    ],
)
def test_names_win_over_times(
    text: str, names: tuple[str, ...], meaning: list[str]
) -> None:
    assert describe_all(text, WEDNESDAY, *names) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "may I see the orders", "May we return it?", "you may", "it may be the best",
        "the march", "protesters march on", "in the sun", "marchers",
        "satisfied", "market", "monopoly", "decide", "second", "the second best",
        "products that fall", "spring onions", "winter coat", "a Christmas tree",
        "costumes for Halloween", "12 months", "30 days", "a week", "days", "the week",
        "Q3_total", "Q3.5", "Q3@shop.example",
            "version 2026.1.2.3", "10.2026.11", "SKU-2026", "A-Q3", "x2024", "2024x",
        "user@may.example", "12:30", "5.5", "order 2026-0001", "2026-1234",
        "last months", "next", "last", "since", "by", "vs", "more than usual", "3 of 5",
        "3/4 of the orders", "between 5 and 10", "5 to 10", "at 5", "9-17", "top 5",
        "in 5 days", "other than that", "the 3rd floor", "on the 2nd order",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_time(text: str) -> None:
    assert describe_all(text, WEDNESDAY) == []


def test_offsets_are_those_of_the_original_text() -> None:
    text = "\u0130stanbul \U0001f600  in  MARCH\u00a02026, vs.  last year!"

    found = find_time_expressions(text, today=count_from(WEDNESDAY))

    assert [each.text for each in found] == ["in  MARCH\u00a02026", "vs.  last year"]
    assert [text[each.start : each.end] for each in found] == [
        each.text for each in found
    ]


def test_today_is_given() -> None:
    found = find_time_expressions("Q3", today=count_from(date(2019, 7, 1)))

    assert found == [
        FoundTime(0, 2, "Q3", DaySpan(date(2019, 7, 1), date(2019, 9, 30)))
    ]


NUMBERS_AND_SIGNS = (
    "2026", "2025", "26", "0", "1", "3", "9", "12", "31", "99", "1.5", "10-20",
    "2026-03", "03/04/2026", "9-17", "5/2026", "1,000", "st", "rd", "th", "am", "pm",
    "o'clock", "-", "\u2013", "/", ".", ",", "'", "..", "that", "ago", "earlier",
    "was", "orders", "date", "now", "bags",
)  # fmt: skip
WORDS = [*sorted(STARTERS), *NUMBERS_AND_SIGNS]
DATES = st.dates() | st.sampled_from([date.min, date.max, LEAP_DAY, WEDNESDAY])
TODAYS = st.builds(Today, DATES, st.sampled_from(WeekStart))


def check_found(text: str, today: Today, names: list[str]) -> None:
    end = 0
    for each in find_time_expressions(text, today=today, names=names):
        assert end <= each.start < each.end <= len(text)
        assert each.text == text[each.start : each.end]
        end = each.end


@given(st.text(), TODAYS, st.lists(st.text(max_size=8), max_size=3))
def test_any_text_is_read_without_an_error(
    text: str, today: Today, names: list[str]
) -> None:
    check_found(text, today, names)


@given(
    st.lists(st.sampled_from(WORDS), max_size=10),
    st.sampled_from([" ", " ", "", "-"]),
    TODAYS,
    st.lists(st.sampled_from(WORDS), max_size=2),
)
def test_any_words_of_time_are_read_without_an_error(
    words: list[str], joint: str, today: Today, names: list[str]
) -> None:
    check_found(joint.join(words), today, names)


@pytest.mark.slow
@pytest.mark.parametrize("week_start", WeekStart)
@pytest.mark.parametrize("day", [date.min, date.max])
def test_each_word_is_read_at_the_ends_of_the_calendar(
    day: date, week_start: WeekStart
) -> None:
    for word in WORDS:
        for text in (word, f"the {word}", f"after {word}", f"by {word} to {word}"):
            check_found(text, Today(day, week_start), [])


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join))
def test_a_text_that_is_a_name_has_no_time(name: str) -> None:
    today = count_from(WEDNESDAY)

    assert find_time_expressions(name, today=today, names=[name.upper()]) == []


@given(st.dates(date(1970, 1, 1), date(2300, 1, 1)), st.dates(date(1970, 1, 1)))
def test_iso_dates_mean_themselves(day: date, today: date) -> None:
    assert describe_all(day.isoformat(), today) == [day.isoformat()]


@pytest.mark.parametrize(
    "unit", ["the last ", "May and ", "minus ", "calendar ", "9", "9-", "'", " "]
)
@pytest.mark.slow
def test_long_texts_are_read(unit: str) -> None:
    text = unit * (20_000 // len(unit))

    check_found(text, count_from(WEDNESDAY), [])


def test_a_time_is_found_at_the_end_of_a_long_text() -> None:
    text = "customers who bought lamps came back " * 2_700 + "in March"

    (found,) = find_time_expressions(text, today=count_from(WEDNESDAY))

    assert (found.text, found.end) == ("in March", len(text))
    assert len(text) > 99_000
