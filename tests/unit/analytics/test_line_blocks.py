"""Files whose lines are all in a window, or none of them, are read without looking at times."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from analytics.dataset.manifest import Manifest, Tables
from analytics.dataset.months import iterate_months
from analytics.dataset.planning import fingerprint_tables
from analytics.dataset.writing import write_lines
from analytics.facts.changes import ChangedOrders, DatabaseSnapshot
from analytics.facts.order_facts import LineBlock, OrderFacts
from analytics.facts.schemas import ORDER_LINES, TIMESTAMP
from analytics.semantic.execution import run_query
from analytics.semantic.extent import read_extent
from analytics.semantic.spellings import SPELLED
from analytics.semantic.steps import run_in_process
from tests.support.order_lines import order_line
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.insights.query.analytics_query import AnalyticsQuery

UTC_ZONE = ZoneInfo("UTC")
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
STARTS = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4, 5, 6)]
TIMES = sorted(
    [time for start in STARTS for time in (start - INSTANT, start)]
    + [start + timedelta(days=9, hours=5) for start in STARTS]
)
"""The edges of months, of which some are those of windows, and times within."""


@pytest.fixture
def lines() -> pl.DataFrame:
    return pl.DataFrame(
        [
            order_line(order_id=str(index), at=at, amount_minor=2**index)
            for index, at in enumerate(TIMES)
        ],
        schema=ORDER_LINES,
    )


@pytest.fixture
def stored(tmp_path: Path, lines: pl.DataFrame) -> OrderFacts:
    """All lines but those of March are in files."""
    is_live = pl.col("at").dt.month() == 3
    return store_lines(tmp_path, lines.filter(~is_live), live=lines.filter(is_live))


def store_lines(
    folder: Path,
    lines: pl.DataFrame,
    *,
    live: pl.DataFrame,
    changed: Sequence[int] = (),
) -> OrderFacts:
    """A dataset of lines, since which orders have changed: they have these lines."""
    storage = FileSystemStorage(folder)
    numbers = pl.Series("order_number", changed, dtype=pl.Int64)
    manifest = Manifest(
        snapshot=DatabaseSnapshot(server="test", visible="1:1:", taken_at=AS_OF),
        home_currency="USD",
        columns=fingerprint_tables(),
        spelled=SPELLED,
        tables=Tables(
            order_lines={
                month: write_lines(storage, month, found)
                for month, found in iterate_months(lines)
            }
        ),
    )
    return OrderFacts(
        live.lazy(),
        as_of=AS_OF,
        source="dataset",
        months=manifest.list_files(storage, changed=ChangedOrders(numbers, numbers)),
        spelled=manifest.spelled,
    )


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"window": {"firstDay": "2026-02-01", "lastDay": "2026-04-30"}},
        {"window": {"firstDay": "2026-02-01", "lastDay": "2026-02-01"}},
        {"window": {"firstDay": "2026-02-11", "lastDay": "2026-05-10"}},
        {
            "window": {"firstDay": "2026-05-01", "lastDay": "2026-05-31"},
            "compareTo": {"firstDay": "2026-02-01", "lastDay": "2026-02-28"},
        },
        {
            "window": {"firstDay": "2026-04-15", "lastDay": "2026-05-31"},
            "groupBy": ["month"],
            "derived": [
                {"kind": "moving_average", "metric": "net_revenue", "length": 3}
            ],
        },
        {"groupBy": ["week"], "window": {"firstDay": "2026-03-01"}},
        {"window": {"unit": "month", "offset": 1}, "compareTo": "previous"},
        {"asOf": "2026-04-01T00:00:00Z"},
        {"asOf": "2026-03-31T23:59:59.999999Z"},
    ],
)
def test_lines_at_the_edges_of_months_and_windows_count_once(
    stored: OrderFacts, lines: pl.DataFrame, fields: dict[str, object], zone: str
) -> None:
    query = AnalyticsQuery.model_validate(
        {"metrics": ["net_revenue", "orders"], "timeZone": zone, **fields}
    )
    live = OrderFacts(lines.lazy(), as_of=AS_OF, source="dataset")

    assert run_query(query, stored, home_currency="USD", zone=UTC_ZONE) == run_query(
        query, live, home_currency="USD", zone=UTC_ZONE
    )


def list_bounds(blocks: Sequence[LineBlock]) -> list[list[int]]:
    """The first and last month of each block, where they are known."""
    return [
        [time.month for time in (block.first_at, block.last_at) if time]
        for block in blocks
    ]


def test_only_months_that_a_time_cuts_are_apart(stored: OrderFacts) -> None:
    february, may = STARTS[1], STARTS[4] + timedelta(days=3)

    assert list_bounds(stored.scan_blocks([])) == [[], [12, 6]]
    assert list_bounds(stored.scan_blocks([february, may])) == [
        [],
        [12, 1],
        [2, 4],
        [6, 6],
    ]
    rows = [
        block.lines.select(pl.len()).collect().item()
        for block in stored.scan_blocks([february, may])
    ]
    assert sum(rows) == len(TIMES)
    assert [block.rows for block in stored.scan_blocks([])] == [None, rows_of(stored)]


def rows_of(facts: OrderFacts) -> int:
    return sum(month.rows for month in facts.months)


def test_where_there_are_no_other_lines_there_is_no_block_of_them(
    stored: OrderFacts,
) -> None:
    files = stored.without_lines()
    march = STARTS[2]

    assert list_bounds(files.scan_blocks([march])) == [[12, 2], [4, 6]]
    assert list_bounds(files.scan_blocks([AS_OF + timedelta(days=3)])) == [[], [12, 5]]
    assert list_bounds(files.with_months([]).scan_blocks([])) == [[]]


@pytest.mark.parametrize("number", [1, 9, len(TIMES), 1_000])
def test_lines_of_orders_that_have_changed_are_those_that_were_read(
    tmp_path: Path, lines: pl.DataFrame, number: int
) -> None:
    numbered = lines.with_columns(order_number=pl.int_range(1, len(TIMES) + 1))
    is_changed = pl.col("order_number") == number
    live = numbered.filter(is_changed).with_columns(amount_minor=pl.lit(0, pl.Int64))
    facts = store_lines(tmp_path, numbered, live=live, changed=[number])
    expected = pl.concat([numbered.filter(~is_changed), live])
    query = AnalyticsQuery.model_validate({"metrics": ["net_revenue", "orders"]})

    found = run_query(query, facts, home_currency="USD", zone=UTC_ZONE)

    all_live = OrderFacts(expected.lazy(), as_of=AS_OF, source="dataset")
    assert found == run_query(query, all_live, home_currency="USD", zone=UTC_ZONE)


def test_what_files_and_other_lines_have_in_common_is_there_once(
    tmp_path: Path, lines: pl.DataFrame
) -> None:
    is_live = pl.col("at").dt.month() == 3
    spelled = pl.when(is_live).then(pl.lit("KITCHEN")).otherwise(pl.lit("Kitchen"))
    bought = lines.with_columns(customer=pl.lit(7, pl.Int64), category=spelled)
    facts = store_lines(tmp_path, bought.filter(~is_live), live=bought.filter(is_live))
    query = AnalyticsQuery.model_validate(
        {"metrics": ["customers"], "groupBy": ["category"]}
    )

    [row] = run_query(query, facts, home_currency="USD", zone=UTC_ZONE).rows

    assert row == {"category": "Kitchen", "customers": 1}


@pytest.mark.parametrize("count", [0, 1, 2, 9, len(TIMES)])
def test_the_first_line_is_not_one_that_has_changed(
    tmp_path: Path, lines: pl.DataFrame, count: int
) -> None:
    """The first files may have no line left."""
    numbered = lines.with_columns(order_number=pl.int_range(1, len(TIMES) + 1))
    facts = store_lines(
        tmp_path, numbered, live=lines.clear(), changed=range(1, count + 1)
    )

    extent = read_extent(facts, AS_OF + timedelta(days=30), run_in_process)

    assert extent.first == (None if count == len(TIMES) else TIMES[count])
    assert extent.only_currency == "USD"


def test_what_a_file_is_known_to_have_is_not_looked_at(stored: OrderFacts) -> None:
    [_, files] = stored.scan_blocks([])

    whole = files.select_times(STARTS[0] - INSTANT, AS_OF + timedelta(days=30))
    none = files.select_times(AS_OF + timedelta(days=30), None)
    some = files.select_times(STARTS[0], None)

    assert whole == files
    assert none.lines.collect().is_empty()
    assert none.rows == 0
    assert some.lines.collect().height == files.lines.collect().height - 1
    assert some.rows is None
    assert files.drop_times(STARTS[0], STARTS[1]).rows is None


FIRST, LAST = STARTS[0], STARTS[1]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, LAST, [FIRST]),
        (None, LAST + INSTANT, [FIRST, LAST]),
        (None, FIRST, []),
        (LAST, None, [LAST]),
        (LAST + INSTANT, None, []),
        (FIRST, None, [FIRST, LAST]),
        (FIRST + INSTANT, LAST, []),
    ],
)
def test_a_time_is_in_the_window_that_it_begins(
    start: datetime | None, end: datetime | None, expected: list[datetime]
) -> None:
    frame = pl.LazyFrame({"at": [FIRST, LAST]}, schema={"at": TIMESTAMP})

    for block in (LineBlock(frame, FIRST, LAST), LineBlock(frame)):
        selected = block.select_times(start, end).lines.collect()
        assert selected["at"].to_list() == expected
        if start is not None and end is not None:
            dropped = block.drop_times(start, end).lines.collect()
            assert dropped["at"].to_list() == [
                each for each in (FIRST, LAST) if each not in expected
            ]


def test_what_is_dropped_ends_before_its_end() -> None:
    frame = pl.LazyFrame({"at": [FIRST, LAST]}, schema={"at": TIMESTAMP})
    block = LineBlock(frame, FIRST, LAST)

    assert block.drop_times(FIRST, LAST).lines.collect()["at"].to_list() == [LAST]
    assert block.drop_times(LAST + INSTANT, AS_OF).lines is frame
    assert block.drop_times(LAST, AS_OF).lines.collect()["at"].to_list() == [FIRST]
