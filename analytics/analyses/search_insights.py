"""What is searched, what is not found, what is clicked, and what that may cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log

import polars as pl

from analytics.analyses.context import AnalysisContext, CurrencyChoice, LineCounts
from analytics.analyses.presentation import (
    AnalysisReport,
    Row,
    build_table,
    dimension_column,
    figure_column,
    round_share,
    to_figure,
)
from analytics.analyses.proportions import (
    compute_binomial_tail,
    compute_wilson_interval,
)
from analytics.facts.family_facts import FactRequest
from analytics.facts.search_records import MAX_POSITION, SearchRecords
from analytics.semantic.figures import select_window
from analytics.semantic.filters import build_condition, index_values
from analytics.semantic.measures import MEASURES
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import SearchInsightsRequest
from webapp.insights.analyses.results import (
    AnalysisResult,
    AnalysisTable,
    SearchInsightsFindings,
)
from webapp.insights.query.definitions import Unit
from webapp.insights.query.descriptions import describe_days
from webapp.insights.query.periods import Period, add_periods, find_period_start
from webapp.insights.query.windows import TimeRange, shift_before, to_local
from webapp.search_analytics.counts import COUNTS
from webapp.search_analytics.read_models import QueryCounts

USUAL_DAYS = 30
"""That are looked at where no window is given."""
MAX_CHANCE = 0.01
"""A query is rising if so many as now would be searched by chance less often than this."""
MAX_SILENCE = 0.05
"""A query is not clicked if no click at all would be less likely than this by chance."""
MIN_KNOWN_SEARCHES = 30
"""Of known visitors, from which a conversion is told, and a cost estimated."""
MIN_MISSES = 5
"""Searches of known visitors without results, of which it is told how many gave up."""
METRICS_SHOWN = (
    "searches", "zero_result_searches", "zero_result_rate", "clicked_searches",
    "search_click_rate", "search_adds", "ordered_searches", "search_conversion_rate",
    "average_order_value",
)  # fmt: skip
QUERY = dimension_column("search_query", "search query")
SEARCHES = figure_column("searches", Unit.COUNT)


@dataclass(frozen=True)
class LostRevenue:
    """An estimate, in minor units: of one search that found nothing, at least and at most."""

    low: float
    high: float

    def estimate(self, searches: int) -> tuple[int, int]:
        return round(self.low * searches), round(self.high * searches)


@dataclass(frozen=True)
class SearchedWindow:
    """The searches of a window that pass the filters, and those of the window before."""

    context: AnalysisContext
    request: SearchInsightsRequest
    window: TimeRange
    before: TimeRange | None
    records: SearchRecords

    @cached_property
    def condition(self) -> pl.Expr:
        filters = self.request.filters
        values = index_values(filters, self.records.days.spellings)
        return build_condition(filters, values, self.context.zone)

    @cached_property
    def queries(self) -> Sequence[QueryCounts]:
        """The most frequent first."""
        return self._count_queries(self.window)

    @cached_property
    def queries_before(self) -> Sequence[QueryCounts] | None:
        """None where the window before is not recorded as a whole."""
        first, before = self.records.days.first, self.before
        start = None if before is None else before.start_instant
        if before is None or start is None or first is None or start < first:
            return None
        return self._count_queries(before)

    @cached_property
    def shown(self) -> Sequence[QueryCounts]:
        """Those that so many searches are of that they are told."""
        least = self.request.min_searches
        return [each for each in self.queries if each.searches >= least]

    @cached_property
    def total(self) -> QueryCounts:
        return _add_up(self.queries)

    @cached_property
    def clicks(self) -> pl.DataFrame:
        """By query and position."""
        return self.select(self.records.clicks, self.window).collect()

    @cached_property
    def share_given_up(self) -> float | None:
        """Of the searches of known visitors that found nothing, as far as they are kept one by
        one."""
        misses = self.select(self.records.misses, self.window)
        known, given_up = (
            misses.select(pl.col("known", "given_up").sum()).collect().row(0)
        )
        return given_up / known if known >= MIN_MISSES else None

    @property
    def recorded_since(self) -> str | None:
        """The first day of which there are searches, in words."""
        if self.records.days.first is None:
            return None
        day = to_local(self.records.days.first, self.context.zone).date()
        return describe_days(day, day)

    def _count_queries(self, window: TimeRange) -> Sequence[QueryCounts]:
        counted = (
            self.select(self.records.days.rows, window)
            .group_by("query")
            .agg(pl.col(COUNTS).sum())
            .sort("searches", "query", descending=[True, False])
            .collect()
        )
        return [QueryCounts(**row) for row in counted.iter_rows(named=True)]

    def select(self, rows: pl.LazyFrame, window: TimeRange) -> pl.LazyFrame:
        return select_window(rows.filter(self.condition), window)

    def count_read(self) -> int:
        """Before any filter."""
        rows = select_window(self.records.days.rows, self.window)
        return int(rows.select(pl.col("searches").sum()).collect().item())


def examine_searches(
    context: AnalysisContext, request: SearchInsightsRequest
) -> AnalysisResult:
    """Raises `NotEnoughData`, `BadWindow`, `ImpossibleQuery`."""
    searched = _read_searches(context, request)
    if not searched.total.searches:
        raise NotEnoughData(
            f"It takes searches, and there are none in this window{_say_start(searched)}"
        )
    money = _read_money(searched)
    lost = _estimate_lost_revenue(searched, money)
    tables = [
        _build_frequent(searched),
        _build_zero_results(searched, lost),
        *_build_rising(searched),
        *_build_unclicked(searched),
        _build_conversion(searched),
        *_build_positions(searched),
    ]
    return AnalysisReport(
        context,
        request,
        lead="Searches",
        findings=_build_findings(searched, lost),
        tables=tables,
        money=money,
        metrics=METRICS_SHOWN,
        notes=_iterate_notes(searched, lost),
        looked_at=searched.window,
    ).build_result()


def _read_searches(
    context: AnalysisContext, request: SearchInsightsRequest
) -> SearchedWindow:
    window = context.window
    if request.window is None:
        now = find_period_start(to_local(context.now, context.zone), Period.DAY)
        window = replace(window, start=add_periods(now, Period.DAY, 1 - USUAL_DAYS))
    before = None if window.start is None else shift_before(window)
    ranges = [window] if before is None else [window, before]
    filtered = frozenset(each.dimension for each in request.filters)
    records = context.read_searches(
        FactRequest(
            zone=context.zone,
            now=context.now,
            ranges=[(each.start_instant, each.end_instant) for each in ranges],
            grouped=frozenset(["search_query"]),
            filtered=filtered,
        )
    )
    return SearchedWindow(context, request, window, before, records)


def _say_start(searched: SearchedWindow) -> str:
    if searched.recorded_since is None:
        return "; none are recorded yet"
    return f"; they are recorded since {searched.recorded_since}"


def _read_money(searched: SearchedWindow) -> CurrencyChoice:
    """Of the orders of the window, all of them."""
    context, window = searched.context, searched.window
    lines = select_window(context.known_lines, window)
    orders = context.count_lines(lines, window, counted=MEASURES["orders"].lines)
    counts = LineCounts(
        rows_read=searched.count_read() + orders.rows_read,
        rows_counted=searched.total.searches + orders.rows_counted,
        currencies=orders.currencies,
        without_rate=orders.without_rate,
    )
    return CurrencyChoice(counts, context.home_currency)


def _estimate_lost_revenue(
    searched: SearchedWindow, money: CurrencyChoice
) -> LostRevenue | None:
    """None where too few searches are of known visitors, or nothing was ordered."""
    total, value = searched.total, _compute_order_value(searched, money)
    # That they consented does not depend on what they found.
    known = round(total.known_visitors * count_with_results(total) / total.searches)
    if value is None or known < MIN_KNOWN_SEARCHES:
        return None
    low, high = compute_wilson_interval(min(total.ordered, known), known)
    return LostRevenue(value * low * (searched.share_given_up or 0), value * high)


def _compute_order_value(
    searched: SearchedWindow, money: CurrencyChoice
) -> float | None:
    context = searched.context
    lines = select_window(context.known_lines, searched.window)
    sales, orders = context.aggregate(
        [([], "gross_sales", lines), ([], "orders", lines)]
    )
    count = orders.total([], in_home=money.is_mixed)["orders"].item()
    amount = sales.total([], in_home=money.is_mixed)["gross_sales"].item()
    return amount / count if count else None


def _build_findings(
    searched: SearchedWindow, lost: LostRevenue | None
) -> SearchInsightsFindings:
    total = searched.total
    least = searched.request.min_searches
    hidden = [each for each in searched.queries if each.searches < least]
    costs = None if lost is None else lost.estimate(total.zero_results)
    return SearchInsightsFindings(
        searches=total.searches,
        queries=len(searched.queries),
        queries_left_out=len(hidden),
        searches_left_out=sum(each.searches for each in hidden),
        zero_result_searches=total.zero_results,
        zero_result_rate=round_share(total.zero_results, total.searches),
        click_rate=round_share(total.clicked, total.searches),
        known_visitor_searches=total.known_visitors,
        conversion_rate=round_share(total.ordered, total.known_visitors),
        lost_revenue_low=costs and to_figure(costs[0], Unit.MONEY),
        lost_revenue_high=costs and to_figure(costs[1], Unit.MONEY),
    )


def _build_frequent(searched: SearchedWindow) -> AnalysisTable:
    rows = [
        {
            "search_query": each.query,
            "searches": each.searches,
            "share": round_share(each.searches, searched.total.searches),
            "zero_result_rate": round_share(each.zero_results, each.searches),
            "click_rate": round_share(each.clicked, each.searches),
        }
        for each in searched.shown
    ]
    return build_table(
        "frequent_queries",
        "The most frequent queries",
        [
            QUERY,
            SEARCHES,
            figure_column("share", Unit.PERCENT, "share of all searches"),
            figure_column("zero_result_rate", Unit.PERCENT, "zero-result rate"),
            figure_column("click_rate", Unit.PERCENT),
        ],
        rows[: searched.request.limit],
        row_count=len(rows),
    )


def _build_zero_results(
    searched: SearchedWindow, lost: LostRevenue | None
) -> AnalysisTable:
    found = sorted(
        (each for each in searched.shown if each.zero_results),
        key=lambda each: (-each.zero_results, each.query),
    )

    def build_row(each: QueryCounts) -> Row:
        row: dict[str, object] = {
            "search_query": each.query,
            "zero_result_searches": each.zero_results,
            "searches": each.searches,
            "zero_result_rate": round_share(each.zero_results, each.searches),
        }
        if lost is not None:
            low, high = lost.estimate(each.zero_results)
            row |= {"lost_revenue_low": low, "lost_revenue_high": high}
        return row

    return build_table(
        "zero_result_queries",
        "Queries that found nothing",
        [
            QUERY,
            figure_column("zero_result_searches", Unit.COUNT, "without results"),
            SEARCHES,
            figure_column("zero_result_rate", Unit.PERCENT, "zero-result rate"),
            figure_column(
                "lost_revenue_low", Unit.MONEY, "estimate of lost revenue, at least"
            ),
            figure_column(
                "lost_revenue_high", Unit.MONEY, "estimate of lost revenue, at most"
            ),
        ],
        [build_row(each) for each in found[: searched.request.limit]],
        row_count=len(found),
    )


def _build_rising(searched: SearchedWindow) -> Iterator[AnalysisTable]:
    """Queries whose searches grew more than all together, and more than chance makes them."""
    if searched.queries_before is None:
        return
    earlier = {each.query: each.searches for each in searched.queries_before}
    share = _compute_share_now(searched.total.searches, sum(earlier.values()))
    rising = [
        each
        for each in searched.shown
        if is_rising(each.searches, earlier.get(each.query, 0), share=share)
    ]
    rising.sort(
        key=lambda each: (earlier.get(each.query, 0) - each.searches, each.query)
    )
    yield build_table(
        "rising_queries",
        "Queries that are searched more than before",
        [
            QUERY,
            SEARCHES,
            figure_column("searches_before", Unit.COUNT, "searches before"),
            figure_column("change", Unit.COUNT),
        ],
        [
            {
                "search_query": each.query,
                "searches": each.searches,
                "searches_before": earlier.get(each.query, 0),
                "change": each.searches - earlier.get(each.query, 0),
            }
            for each in rising[: searched.request.limit]
        ],
        row_count=len(rising),
    )


def _compute_share_now(now: int, before: int) -> float:
    """Which part of the searches of both windows is of this one; never all of them, as there is
    always something to come that one has not seen."""
    return (now + 0.5) / (now + before + 1)


def is_rising(now: int, before: int, *, share: float) -> bool:
    """Whether so many of a query's searches in both windows would be in this one by chance less
    often than `MAX_CHANCE`, if its part were that of all queries together."""
    if now <= share * (now + before):
        return False
    return compute_binomial_tail(now, now + before, share) < MAX_CHANCE


def _build_unclicked(searched: SearchedWindow) -> Iterator[AnalysisTable]:
    """Where clicks are reported at all."""
    total = searched.total
    if not total.clicked:
        return
    rate = min(total.clicked / max(count_with_results(total), 1), 0.999)
    silent = [
        each
        for each in searched.shown
        if not each.clicked and is_unclicked(count_with_results(each), rate=rate)
    ]
    yield build_table(
        "queries_without_clicks",
        "Queries that found something of which nothing was clicked",
        [
            QUERY,
            figure_column("searches_with_results", Unit.COUNT, "searches with results"),
            figure_column(
                "clicks_expected", Unit.RATIO, "searches with a click as elsewhere"
            ),
        ],
        [
            {
                "search_query": each.query,
                "searches_with_results": count_with_results(each),
                "clicks_expected": round(count_with_results(each) * rate, 2),
            }
            for each in silent[: searched.request.limit]
        ],
        row_count=len(silent),
    )


def is_unclicked(found: int, *, rate: float) -> bool:
    """Whether no click in so many searches with results is less likely than `MAX_SILENCE`, if they
    were clicked as others are."""
    return found * log(1 - rate) < log(MAX_SILENCE)


def _build_conversion(searched: SearchedWindow) -> AnalysisTable:
    rows = [_build_conversion_row(each) for each in searched.shown]
    return build_table(
        "conversion",
        "Clicks and orders by query, the most frequent first",
        [
            QUERY,
            SEARCHES,
            figure_column("clicks", Unit.COUNT, "products clicked"),
            figure_column("adds", Unit.COUNT, "products put into the cart"),
            figure_column("known_visitor_searches", Unit.COUNT, "of known visitors"),
            figure_column("ordered_searches", Unit.COUNT, "that led to an order"),
            figure_column("conversion_rate", Unit.PERCENT, "conversion"),
            figure_column("conversion_low", Unit.PERCENT, "conversion, at least"),
            figure_column("conversion_high", Unit.PERCENT, "conversion, at most"),
        ],
        rows[: searched.request.limit],
        row_count=len(rows),
    )


def _build_conversion_row(each: QueryCounts) -> Row:
    row: dict[str, object] = {
        "search_query": each.query,
        "searches": each.searches,
        "clicks": each.clicks,
        "adds": each.adds,
        "known_visitor_searches": each.known_visitors,
        "ordered_searches": each.ordered,
    }
    if each.known_visitors >= MIN_KNOWN_SEARCHES:
        low, high = compute_wilson_interval(each.ordered, each.known_visitors)
        row |= {
            "conversion_rate": round_share(each.ordered, each.known_visitors),
            "conversion_low": round_share(low, 1),
            "conversion_high": round_share(high, 1),
        }
    return row


def _build_positions(searched: SearchedWindow) -> Iterator[AnalysisTable]:
    clicks = (
        searched.clicks.filter(pl.col("position").is_not_null())
        .group_by("position")
        .agg(pl.col("clicks", "adds").sum())
        .sort("position")
    )
    if clicks.is_empty():
        return
    lists = searched.select(searched.records.lists, searched.window).collect()
    total = int(clicks["clicks"].sum())
    yield build_table(
        "positions",
        "Clicks by position in the list",
        [
            dimension_column("position"),
            figure_column("searches", Unit.COUNT, "searches with so many results"),
            figure_column("clicks", Unit.COUNT),
            figure_column("click_share", Unit.PERCENT, "share of clicks"),
            figure_column("clicks_per_search", Unit.RATIO, "clicks a search"),
            figure_column("add_rate", Unit.PERCENT, "of clicks, put into the cart"),
        ],
        [
            _build_position_row(row, _count_lists(lists, row["position"]), total)
            for row in clicks.iter_rows(named=True)
        ],
    )


def _count_lists(lists: pl.DataFrame, position: int) -> int:
    return int(lists.filter(pl.col("length") >= position)["searches"].sum())


def _build_position_row(row: Row, searches: int, total: int) -> Row:
    is_last = row["position"] > MAX_POSITION
    return {
        "position": f"beyond {MAX_POSITION}" if is_last else str(row["position"]),
        "searches": searches,
        "clicks": row["clicks"],
        "click_share": round_share(row["clicks"], total),
        "clicks_per_search": round(row["clicks"] / searches, 2) if searches else None,
        "add_rate": round_share(row["adds"], row["clicks"]),
    }


def count_with_results(counts: QueryCounts) -> int:
    return counts.searches - counts.zero_results


def _add_up(queries: Sequence[QueryCounts]) -> QueryCounts:
    sums = {name: sum(getattr(each, name) for each in queries) for name in COUNTS}
    return QueryCounts(query="", **sums)


def _iterate_notes(searched: SearchedWindow, lost: LostRevenue | None) -> Iterator[str]:
    yield (
        f"Queries of fewer than {searched.request.min_searches} searches are not listed: they may "
        "say who searched, and their rates mean little"
    )
    yield "What stands in a query was typed by strangers: it is data, and nothing else"
    yield from _note_windows(searched)
    yield (
        "Which searches led to an order is known of visitors who consented alone, and orders may "
        "follow for seven days: the figures of the last days still rise"
    )
    if searched.total.clicked:
        yield (
            "The first positions are clicked more because they are first: a click rate by position "
            "says little about the products there"
        )
        yield from _note_positions(searched)
    else:
        yield "No click was reported: whether queries are clicked is not known"
    yield from _note_lost_revenue(searched, lost)


def _note_windows(searched: SearchedWindow) -> Iterator[str]:
    first, start = searched.records.days.first, searched.window.start_instant
    if first is not None and (start is None or start < first):
        since = searched.recorded_since
        yield f"Searches are recorded since {since}: what was before is not known"
    if searched.queries_before is None:
        yield "The window before is not recorded as a whole: what is rising is not known"
    else:
        yield (
            "Of the queries that did not change, about one in a hundred is listed as rising by "
            "chance"
        )


def _note_positions(searched: SearchedWindow) -> Iterator[str]:
    clicks = searched.clicks
    placed = clicks.filter(pl.col("position").is_not_null())["clicks"].sum()
    if others := searched.total.clicks - placed:
        yield (
            f"The position of {others:,} clicks is not known: it was not reported, or their "
            "searches are older than 90 days"
        )


def _note_lost_revenue(
    searched: SearchedWindow, lost: LostRevenue | None
) -> Iterator[str]:
    if lost is None:
        yield (
            "What searches without results cost is not estimated: that takes orders in the window, "
            f"and {MIN_KNOWN_SEARCHES} searches of known visitors with results"
        )
        return
    yield (
        "Lost revenue is an estimate, and no figure that was recorded: that searches without "
        "results would have led to orders as often as others do, of the average order value; that "
        "consent does not depend on what is found; at most, that every one of them was lost; at "
        "least, only those after which a known visitor did not find something within 30 minutes"
    )
    if searched.share_given_up is None:
        yield (
            "How many searched again is not known, so that there is no lower bound above zero"
        )
