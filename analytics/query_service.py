"""Computes queries and analyses over the orders of this moment, and finds values in texts."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from analytics.dataset.current import load_current_facts
from analytics.exports.files import write_file
from analytics.facts.changes import DatabaseSnapshot, take_snapshot
from analytics.facts.current_categories import (
    CURRENT_CATEGORY,
    load_current_categories,
)
from analytics.facts.families import OtherFacts, load_families
from analytics.facts.order_facts import OrderFacts
from analytics.facts.search_queries import find_searched_texts
from analytics.facts.search_records import load_search_records
from analytics.facts.stock import load_stock_facts
from analytics.semantic.dimension_keys import SPELLINGS
from analytics.semantic.execution import NO_OTHERS, run_query
from analytics.semantic.query_windows import build_fact_request
from analytics.semantic.spellings import read_spellings
from analytics.semantic.steps import StepRunner, run_in_process
from analytics.semantic.value_catalog import (
    ValueCatalog,
    list_phrases,
    match_queries,
)
from webapp.adapters.analytics.port import (
    ExportedFile,
    FileFormat,
    Json,
    QueryError,
    QueryOutcome,
)
from webapp.adapters.storage.port import Storage
from webapp.db.session import Database
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import (
    AnalysisRequest,
    StockOutlookRequest,
)
from webapp.insights.analyses.validation import reads_searches
from webapp.insights.query.analytics_query import AnalyticsQuery, QueryScope
from webapp.insights.query.definitions import METRICS, ORDERS, list_families
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.validation import check_query
from webapp.insights.query.values import ValueMatches
from webapp.kit.weeks import WeekStart

CATALOG_LIFE_S = 30
"""For so long a value that was sold for the first time may be unknown by name."""
MAX_TEXT = 10_000


class ServiceConfig(BaseModel):
    """What a process needs to compute figures; a part of the settings, with no key but that of the
    database."""

    database_url: str
    storage_url: str
    home_currency: str
    time_zone: str
    week_start: WeekStart = WeekStart.MONDAY


class ComputedOutcome(BaseModel):
    outcome: QueryOutcome
    snapshot: DatabaseSnapshot | None = None
    """What it was computed from. None where time alone may change it."""


class ValuesRequest(BaseModel):
    text: str = Field(max_length=MAX_TEXT)
    similar: bool = False
    searches: bool = False
    """Whether search queries are looked for, too."""


class FileRequest(BaseModel):
    result: Json
    """An `AnalyticsResult`."""
    format: FileFormat


class QuerySource(Protocol):
    """Computes in this process, or has another one do it."""

    def compute(self, query: AnalyticsQuery) -> ComputedOutcome: ...

    def run_analysis(self, request: AnalysisRequest) -> QueryOutcome: ...

    def find_values(self, request: ValuesRequest) -> ValueMatches:
        """The values of the shop that a text names."""
        ...

    def write_file(self, request: FileRequest) -> ExportedFile: ...


class QueryService:
    """Computes in this process."""

    def __init__(
        self,
        db: Database,
        storage: Storage,
        *,
        home_currency: str,
        zone: ZoneInfo,
        week_start: WeekStart = WeekStart.MONDAY,
        run_step: StepRunner = run_in_process,
    ) -> None:
        self._db = db
        self._storage = storage
        self._home_currency = home_currency
        self._zone = zone
        self._week_start = week_start
        self._run_step = run_step
        self._catalog: tuple[float, ValueCatalog] | None = None

    def find_values(self, request: ValuesRequest) -> ValueMatches:
        if self._catalog is None or time.monotonic() > self._catalog[0]:
            with self._db.unit_of_work() as session:
                facts = self._load_facts(session, QueryScope())
            spellings = read_spellings(SPELLINGS, facts, facts.as_of, self._run_step)
            catalog = ValueCatalog(spellings)
            self._catalog = (time.monotonic() + CATALOG_LIFE_S, catalog)
        found = self._catalog[1].find(request.text, similar=request.similar)
        if not request.searches:
            return found
        with self._db.unit_of_work() as session:
            searched = find_searched_texts(session, list_phrases(request.text))
        return found.add(match_queries(request.text, searched))

    def _load_facts(self, session: Session, scope: QueryScope) -> OrderFacts:
        """With what the scope is of besides the lines, in the same snapshot."""
        facts = load_current_facts(
            session, self._storage, home_currency=self._home_currency
        )
        if CURRENT_CATEGORY not in scope.named_dimensions:
            return facts
        return replace(facts, current_categories=load_current_categories(session))

    def write_file(self, request: FileRequest) -> ExportedFile:
        result = AnalyticsResult.model_validate(
            request.result, by_alias=True, by_name=False
        )
        return write_file(result, request.format)

    def run(self, query: AnalyticsQuery) -> QueryOutcome:
        return self.compute(query).outcome

    def compute(self, query: AnalyticsQuery) -> ComputedOutcome:
        query = query.fill_week_start(self._week_start)
        names = list_families(name for name in query.metrics if name in METRICS)
        if any(name != ORDERS for name in names):
            # No log says which of these facts have changed: such results are not kept.
            return ComputedOutcome(
                outcome=_build_outcome(lambda: self._run_over_families(query, names))
            )
        with self._db.unit_of_work() as session:
            facts = self._load_facts(session, query)
        # No log says when a product moves to another category: such results are not kept.
        is_kept = not facts.has_lines_to_come and facts.current_categories is None
        snapshot = facts.snapshot if is_kept else None
        outcome = _build_outcome(lambda: self._run_query(query, facts))
        return ComputedOutcome(outcome=outcome, snapshot=snapshot)

    def _run_over_families(
        self, query: AnalyticsQuery, names: Sequence[str]
    ) -> AnalyticsResult:
        """All facts are of one snapshot. Raises `ImpossibleQuery`, `BadWindow`."""
        check_query(query)
        with self._db.unit_of_work() as session:
            if ORDERS in names:
                facts = self._load_facts(session, query)
            else:
                facts = OrderFacts.without_any(take_snapshot(session))
            request = build_fact_request(query, facts.as_of, self._zone)
            others = load_families(session, names, request)
        return self._run_query(query, facts, others)

    def _run_query(
        self,
        query: AnalyticsQuery,
        facts: OrderFacts,
        others: Mapping[str, OtherFacts] = NO_OTHERS,
    ) -> AnalyticsResult:
        return run_query(
            query,
            facts,
            home_currency=self._home_currency,
            zone=self._zone,
            run_step=self._run_step,
            others=others,
        )

    def run_analysis(self, request: AnalysisRequest) -> QueryOutcome:
        # Imported late: NumPy takes 40 MB of a process, which queries do not need.
        execution = import_module("analytics.analyses.execution")
        request = request.fill_week_start(self._week_start)
        with self._db.unit_of_work() as session:
            facts = self._load_facts(session, request)
            run = partial(
                execution.run_analysis,
                request,
                facts,
                home_currency=self._home_currency,
                zone=self._zone,
            )
            # Other facts are read once their window is known, of the same snapshot.
            if reads_searches(request):
                read_searches = partial(load_search_records, session)
                return _build_outcome(partial(run, read_searches=read_searches))
            if isinstance(request, StockOutlookRequest):
                read_stock = partial(load_stock_facts, session)
                return _build_outcome(partial(run, read_stock=read_stock))
        return _build_outcome(run)


def _build_outcome(compute: Callable[[], BaseModel]) -> QueryOutcome:
    """The result, or the error that says why there is none."""
    try:
        result = compute()
    except ImpossibleQuery as error:
        refused = QueryError(
            code=error.code, message=error.reason, possible=error.possible
        )
        return QueryOutcome(error=refused)
    except NotEnoughData as error:
        return QueryOutcome(error=QueryError(code=error.code, message=error.message))
    return QueryOutcome(result=result.model_dump(mode="json"))
