"""Figures of stock: beside SQL that looks at every variant at every time, and rule by rule."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.facts.stock_facts import StockFacts
from tests.support.duckdb_stock import StockPeriod, fetch_stock
from tests.support.order_lines import order_facts, order_line
from tests.support.stock import (
    AS_OF,
    march,
    run_stock_query,
    sell_units,
    stock_facts,
    stock_movement,
    stock_variant,
)
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult

Json = dict[str, Any]
BERLIN = ZoneInfo("Europe/Berlin")
LEVELS = ["stock", "available", "stock_value"]
METRICS = [
    *LEVELS,
    "out_of_stock_days",
    "out_of_stock_rate",
    "stock_cover",
    "sell_through",
]
DAYS = {"firstDay": "2026-03-02", "lastDay": "2026-03-05"}


def get_figures(result: AnalyticsResult, metric: str) -> list[Any]:
    return [row[metric] for row in result.rows]


# --- Beside SQL -----------------------------------------------------------------------------


def compute_figures(
    facts: StockFacts, bounds: Sequence[StockPeriod], keys: Sequence[str], folder: Path
) -> list[tuple[Any, ...]]:
    facts.variants.write_parquet(folder / "variants.parquet")
    facts.movements.write_parquet(folder / "movements.parquet")
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        for name in ("variants", "movements"):
            rows = database.read_parquet(str(folder / f"{name}.parquet"))
            renamed = (
                rows if name == "variants" else rows.project('*, "at" AS moved_at')
            )
            renamed.create_view(name)
        return fetch_stock(database, bounds, keys, as_of=facts.as_of)


MINUTES = 31 * 24 * 60


@st.composite
def stocks(draw: st.DrawFn) -> StockFacts:
    """Variants, of which some were there before their record, with movements at any minute: also
    some before the record, and some that leave fewer than none."""
    minute = st.integers(0, MINUTES - 1)
    variants, movements = [], []
    for number in range(draw(st.integers(1, 4))):
        created = draw(st.sampled_from([-60 * 24 * 60, 0, draw(minute)]))
        recorded = draw(st.sampled_from([created, draw(minute), None]))
        if recorded is not None:
            recorded = max(recorded, created)
        variants.append(
            stock_variant(
                number,
                product_id=f"P{number % 2}",
                category=draw(st.sampled_from(["Kitchen", "Garden"])),
                currency=draw(st.sampled_from(["USD", "USD", "USD", "EUR"])),
                price_minor=draw(st.sampled_from([100, 999])),
                on_hand=draw(st.integers(-2, 9)),
                held=draw(st.integers(0, 2)),
                created_at=_at_minute(created),
                recorded_at=None if recorded is None else _at_minute(recorded),
                is_for_sale=not number or draw(st.booleans()),
            )
        )
        for at in draw(st.lists(minute, max_size=12, unique=True)):
            units = draw(st.integers(-5, 5))
            is_sale = draw(st.booleans())
            movements.append(
                stock_movement(
                    number,
                    _at_minute(at) + timedelta(seconds=1),
                    on_hand=units,
                    held=draw(st.integers(-1, 1)),
                    sold=-units if is_sale else 0,
                )
            )
    return stock_facts(variants, movements, as_of=_at_minute(MINUTES))


def _at_minute(minute: int) -> datetime:
    return march(1) + timedelta(minutes=minute)


def bound_periods(
    first: datetime, last: datetime, zone: ZoneInfo, days: int
) -> list[StockPeriod]:
    """Of so many days each on the clock of a zone; the last microsecond of each is included."""
    bounds = []
    while first < last:
        following = min(first + timedelta(days=days), last)
        start, end = (
            each.replace(tzinfo=zone).astimezone(UTC) for each in (first, following)
        )
        bounds.append(
            (first.date().isoformat(), start, end - timedelta(microseconds=1))
        )
        first = following
    return bounds


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    facts=stocks(),
    by=st.sampled_from(["product", "variant", "category", None]),
    zone=st.sampled_from([ZoneInfo("UTC"), BERLIN]),
    first=st.integers(1, 30),
    length=st.integers(1, 20),
    is_daily=st.booleans(),
)
def test_any_stock_is_that_of_sql(
    tmp_path_factory: pytest.TempPathFactory,
    facts: StockFacts,
    by: str | None,
    zone: ZoneInfo,
    first: int,
    length: int,
    is_daily: bool,
) -> None:
    start = datetime(2026, 3, first)  # noqa: DTZ001
    end = min(start + timedelta(days=length), datetime(2026, 4, 1))  # noqa: DTZ001
    window = {
        "firstDay": start.date().isoformat(),
        "lastDay": (end - timedelta(days=1)).date().isoformat(),
    }
    query = {
        "metrics": METRICS,
        "groupBy": [*([by] if by else []), *(["day"] if is_daily else [])],
        "window": window,
    }
    key = {"product": "product_id", "variant": "sku", "category": "category"}
    names = [*([key[by]] if by else []), *(["period"] if is_daily else [])]
    columns = {"product_id": "product_id", "sku": "variant", "period": "day"}
    bounds = bound_periods(start, end, zone, 1 if is_daily else 100)

    if zone is not BERLIN and end == datetime(2026, 4, 1):  # noqa: DTZ001
        bounds[-1] = (*bounds[-1][:2], facts.as_of)  # now is included
    result = run_stock_query(query, facts, zone=zone)

    folder = tmp_path_factory.mktemp("stock")
    expected = compute_figures(facts, bounds, names or ["'all'"], folder)
    found = sorted(
        (
            *(row[columns.get(name, name)] for name in names),
            *(row[metric] for metric in METRICS),
        )
        for row in result.rows
    )
    wanted = sorted(row if names else row[1:] for row in expected)
    assert [row[: len(names)] for row in found] == [row[: len(names)] for row in wanted]
    for row, other in zip(found, wanted, strict=True):
        assert row[len(names) :] == pytest.approx(other[len(names) :])


# --- Rule by rule ----------------------------------------------------------------------------

TWO_MUGS = [stock_variant(1, on_hand=4), stock_variant(2, on_hand=6, category="Garden")]
MOVES = [
    sell_units(1, march(3, 12), 5),
    stock_movement(1, march(4, 6), on_hand=3),
    sell_units(2, march(4, 8), 1),
]
"""On the evenings of 2 to 5 March there are 6, 1, 4, 4 of the one, and 7, 7, 6, 6 of the other."""


def query_mugs(**fields: Any) -> AnalyticsResult:
    query = {"metrics": ["stock"], "groupBy": ["day"], "window": DAYS, **fields}
    return run_stock_query(query, stock_facts(TWO_MUGS, MOVES))


def test_levels_add_up_over_products_and_never_over_time() -> None:
    by_day = query_mugs()
    by_both = query_mugs(groupBy=["category", "day"])
    at_the_end = query_mugs(groupBy=["category"])

    assert get_figures(by_day, "stock") == [13, 8, 10, 10]
    assert by_day.totals == by_both.totals == at_the_end.totals == {"stock": 10}
    kitchen = [row["stock"] for row in by_both.rows if row["category"] == "Kitchen"]
    assert kitchen == [6, 1, 4, 4]
    assert "the total is that at the end of the window" in by_day.notes[-1]


def test_a_share_is_of_products_and_refused_of_times() -> None:
    derived = [{"kind": "share", "metric": "stock"}]

    result = query_mugs(groupBy=["category"], derived=derived)

    assert get_figures(result, "stock_share") == [60.0, 40.0]
    with pytest.raises(ImpossibleQuery, match="do not add up here"):
        query_mugs(derived=derived)


def test_levels_have_no_running_total_and_an_average_over_time() -> None:
    with pytest.raises(ImpossibleQuery, match="do not add up here"):
        query_mugs(derived=[{"kind": "running_total", "metric": "stock"}])

    result = query_mugs(
        derived=[
            {"kind": "moving_average", "metric": "stock", "length": 2},
            {"kind": "change", "metric": "stock"},
        ]
    )

    assert get_figures(result, "stock_moving_average") == [13.0, 10.5, 9.0, 10.0]
    assert get_figures(result, "stock_change") == [0.0, -38.46, 25.0, 0.0]


def test_days_out_of_stock_add_up_over_products_and_time() -> None:
    facts = stock_facts(
        [stock_variant(1, on_hand=0), stock_variant(2, on_hand=0)],
        [sell_units(1, march(3, 12), 5), sell_units(2, march(4, 6), 5)],
    )
    derived = [
        {"kind": "running_total", "metric": "out_of_stock_days"},
        {"kind": "moving_average", "metric": "out_of_stock_days", "length": 2},
    ]

    result = run_stock_query(
        {
            "metrics": ["out_of_stock_days", "out_of_stock_rate"],
            "groupBy": ["day"],
            "window": DAYS,
            "derived": derived,
        },
        facts,
    )

    assert get_figures(result, "out_of_stock_days") == [0.0, 0.5, 1.75, 2.0]
    assert get_figures(result, "out_of_stock_rate") == [0.0, 25.0, 87.5, 100.0]
    assert get_figures(result, "out_of_stock_days_running_total") == [
        0.0, 0.5, 2.25, 4.25,
    ]  # fmt: skip
    averages = get_figures(result, "out_of_stock_days_moving_average")
    assert averages == pytest.approx([0.0, 0.25, 1.13, 1.88])
    assert result.totals == {"out_of_stock_days": 4.25, "out_of_stock_rate": 53.13}


def test_stock_now_is_compared_with_that_of_a_month_ago() -> None:
    result = query_mugs(
        groupBy=["category"],
        window={"unit": "day"},
        compareTo={"firstDay": "2026-03-03", "lastDay": "2026-03-03"},
        sort=[{"by": "stock_change", "descending": True}],
        having=[{"by": "stock_before", "atMost": 1}],
    )

    assert result.rows == [
        {
            "category": "Kitchen",
            "stock": 4,
            "stock_before": 1,
            "stock_change": 3,
            "stock_change_percent": 300.0,
        }
    ]
    assert (result.totals["stock"], result.totals["stock_before"]) == (10, 8)


def test_a_window_that_cuts_a_period_has_what_lies_in_it() -> None:
    """Weeks, of which the first begins on a Wednesday: what was before is in its level alone."""
    result = query_mugs(
        metrics=["stock", "sell_through"],
        groupBy=["week"],
        window={"firstDay": "2026-03-04", "lastDay": "2026-03-15"},
        derived=[{"kind": "change", "metric": "stock"}],
    )

    assert get_figures(result, "stock") == [10, 10]
    # One was sold from Wednesday on, and five the day before.
    assert get_figures(result, "sell_through") == [round(100 / 11, 2), 0.0]
    # On the Sunday before there were 13.
    assert get_figures(result, "stock_change") == [round(-300 / 13, 2), 0.0]


def test_hours_are_those_of_the_clock_where_it_is_set() -> None:
    """On 29 March in Berlin there is no hour from two to three."""
    facts = stock_facts([stock_variant(1)], [sell_units(1, march(29, 1, 30), 2)])
    window = {"firstDay": "2026-03-29", "lastDay": "2026-03-29"}

    result = run_stock_query(
        {"metrics": ["stock"], "groupBy": ["hour"], "window": window},
        facts,
        zone=BERLIN,
    )

    assert len(result.rows) == 23
    assert get_figures(result, "stock")[:4] == [12, 12, 10, 10]
    assert result.rows[2]["hour"] == "2026-03-29T03:00+02:00"


def test_the_cover_is_of_28_days_of_sales_of_variants_that_were_recorded_for_them() -> (
    None
):
    new = stock_variant(2, created_at=march(10), recorded_at=march(10), on_hand=50)
    sold = [sell_units(1, march(day, 12), 2) for day in range(5, 12)]
    facts = stock_facts([stock_variant(1, on_hand=7), new], sold)

    result = run_stock_query(
        {"metrics": ["stock_cover"], "groupBy": ["variant"]}, facts
    )

    covers = {row["variant"]: row["stock_cover"] for row in result.rows}
    assert covers == {"S1": 14.0, "S2": None}
    assert result.totals == {"stock_cover": 14.0}


def test_units_put_back_were_not_sold() -> None:
    movements = [
        sell_units(1, march(3), 4),
        stock_movement(1, march(4), on_hand=1, sold=-1),
    ]
    facts = stock_facts([stock_variant(1, on_hand=7)], movements)

    result = run_stock_query({"metrics": ["sell_through"], "window": DAYS}, facts)

    assert result.totals == {"sell_through": 30.0}


def test_what_nobody_recorded_is_not_zero() -> None:
    """Nor is it the stock of the others: a sum with a part that is unknown is unknown."""
    late = stock_variant(2, recorded_at=march(4, 12))
    facts = stock_facts([stock_variant(1), late])

    result = run_stock_query(
        {"metrics": ["stock", "out_of_stock_days"], "groupBy": ["day"], "window": DAYS},
        facts,
    )

    assert get_figures(result, "stock") == [None, None, 20, 20]
    assert get_figures(result, "out_of_stock_days") == [0.0, 0.0, 0.0, 0.0]
    assert result.notes[0] == (
        "The stock of 1 variant was not recorded all the time: it is known of all since "
        "4 March 2026"
    )


def test_before_a_variant_was_created_it_had_no_stock_to_be_unknown() -> None:
    new = stock_variant(2, created_at=march(4), recorded_at=march(4))

    result = run_stock_query(
        {"metrics": ["stock"], "groupBy": ["day"], "window": DAYS},
        stock_facts([stock_variant(1), new]),
    )

    assert get_figures(result, "stock") == [10, 10, 20, 20]


def test_only_now_is_known_where_nothing_ever_moved() -> None:
    facts = stock_facts([stock_variant(1, recorded_at=None)])

    now = run_stock_query({"metrics": ["stock", "stock_cover"]}, facts)
    before = run_stock_query({"metrics": ["stock"], "window": DAYS}, facts)

    assert now.totals == {"stock": 10, "stock_cover": None}
    assert before.totals == {"stock": None}


def test_products_that_are_not_for_sale_are_named_and_not_counted() -> None:
    facts = stock_facts([stock_variant(1), stock_variant(2, is_for_sale=False)])

    result = run_stock_query({"metrics": ["stock"]}, facts)

    assert result.totals == {"stock": 10}
    assert result.notes == [
        "10 units on hand now are of products that are not for sale, and not counted"
    ]


def test_a_value_is_in_the_currency_of_the_shop_or_not_known() -> None:
    facts = stock_facts([stock_variant(1), stock_variant(2, currency="EUR")])
    query = {"metrics": ["stock_value"], "groupBy": ["variant"]}

    result = run_stock_query(query, facts)

    values = {row["variant"]: row["stock_value"] for row in result.rows}
    assert values == {"S1": 100.0, "S2": None}
    assert (result.totals, result.currency) == ({"stock_value": None}, "USD")
    assert "Stock is valued at the prices of now" in result.notes[0]


def test_stock_and_sales_share_their_rows() -> None:
    """What was sold and is no variant any more has no stock."""
    lines = order_facts(
        order_line(sku="S1", product_id="P1", quantity=2),
        order_line(sku="OLD", product_id="P9", order_id="2"),
        as_of=AS_OF,
    )

    result = run_stock_query(
        {"metrics": ["stock", "units", "net_revenue"], "groupBy": ["variant"]},
        stock_facts([stock_variant(1), stock_variant(2)]),
        orders=lines,
    )

    found = {row["variant"]: (row["stock"], row["units"]) for row in result.rows}
    assert found == {"S1": (10, 2), "S2": (10, 0), "OLD": (None, 1)}
    assert result.totals == {"stock": 20, "units": 3, "net_revenue": 20.0}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"groupBy": ["country"]}, "cannot be split by country"),
        ({"groupBy": ["weekday"]}, "cannot be split by weekday"),
        ({"currency": "USD"}, "A currency is of orders"),
        (
            {"filters": [{"dimension": "category", "in": ["Toys"]}]},
            "has the category Toys",
        ),
    ],
)
def test_what_stock_does_not_have_is_refused(fields: Json, message: str) -> None:
    with pytest.raises(ImpossibleQuery, match=message):
        query_mugs(**fields)


def test_filters_keep_the_variants_that_have_the_value_now() -> None:
    result = query_mugs(filters=[{"dimension": "category", "in": ["garden"]}])

    assert get_figures(result, "stock") == [7, 7, 6, 6]
    assert result.receipt.rows_counted == 2


def test_the_query_of_a_result_gives_the_same_again() -> None:
    first = query_mugs(window={"unit": "month"}, metrics=METRICS)
    later = stock_facts(
        [stock_variant(1, on_hand=1), stock_variant(2, on_hand=6, category="Garden")],
        [*MOVES, sell_units(1, AS_OF + timedelta(hours=1), 3)],
        as_of=AS_OF + timedelta(hours=2),
    )

    again = run_stock_query(first.query.model_dump(by_alias=True), later)

    assert again.rows == first.rows
    assert again.totals == first.totals
