"""A dialogue with the local insights agent over facts in memory: no database, no agent loop.

dialogue = InsightsDialogue(facts, home_currency="USD", zone=ZoneInfo("UTC"), now=now)
answer = dialogue.ask("revenue by month this year")
answer.text, answer.results
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypedDict
from zoneinfo import ZoneInfo

from agents.local.dialogue_state import (
    CompletedToolCall,
    DialogueState,
    DialogueTurn,
    Json,
)
from agents.local.insights.messages.tool_requests import QUERY_TOOL, VALUES_TOOL
from agents.local.insights.skill import InsightsSkill
from agents.local.insights.words.lexicon import load_analysis_tools
from agents.local.language.today import Today
from agents.local.plan import Answer, ToolCall, advance_plan
from agents.tools.tool import Json as ToolJson
from analytics.analyses.execution import run_analysis
from analytics.facts.families import OtherFacts
from analytics.facts.family_facts import FamilyFacts
from analytics.facts.order_facts import OrderFacts
from analytics.facts.search_records import SearchReader
from analytics.facts.stock_facts import StockFacts, StockReader
from analytics.semantic.execution import run_query
from analytics.semantic.value_catalog import ValueCatalog, match_queries
from tests.support.search_facts import build_search_facts, read_search_records
from tests.support.stock import stock_facts
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.values import ValueMatches
from webapp.kit.errors import CommerceError
from webapp.kit.weeks import WeekStart

NO_STOCK = stock_facts([])


class FactReaders(TypedDict):
    read_searches: SearchReader
    read_stock: StockReader


def build_readers(others: Mapping[str, OtherFacts]) -> FactReaders:
    """What analyses of other families than orders read."""
    searches, stock = others.get("searches"), others.get("stock")
    assert isinstance(searches, FamilyFacts)
    return {
        "read_searches": partial(read_search_records, searches),
        "read_stock": lambda _: stock if isinstance(stock, StockFacts) else NO_STOCK,
    }


@dataclass(frozen=True)
class InsightsAnswer:
    text: str
    results: tuple[AnalyticsResult, ...]
    """Of the queries that succeeded, in their order."""
    analyses: tuple[AnalysisResult, ...] = ()
    errors: tuple[str, ...] = ()
    """What tools said that could not do what they were asked."""
    found: tuple[ValueMatches, ...] = ()
    """The names that were looked up in the question."""

    @property
    def titles(self) -> Sequence[str]:
        queries = [each.title for each in self.results]
        return [*queries, *(each.title for each in self.analyses)]


class InsightsDialogue:
    def __init__(
        self,
        facts: OrderFacts,
        *,
        home_currency: str,
        zone: ZoneInfo,
        now: datetime,
        others: Mapping[str, OtherFacts] | None = None,
        catalog: ValueCatalog | None = None,
        week_start: WeekStart = WeekStart.MONDAY,
    ) -> None:
        """`others` are the facts of other families by name; without them there are no searches,
        and no stock. `catalog` has the values of the lines, where it was built already."""
        nothing = stock_facts([], as_of=now)
        self._others = others or {**build_search_facts(), "stock": nothing}
        self._facts = replace(facts, lines=facts.lines.collect().lazy(), as_of=now)
        self._home_currency = home_currency
        self._zone = zone
        self._catalog = catalog or ValueCatalog.from_lines(self._facts.lines)
        self._week_start = week_start
        self._skill = InsightsSkill(
            today=lambda: Today(now.astimezone(zone).date(), week_start)
        )
        self._turns: tuple[DialogueTurn, ...] = ()
        self._results: list[AnalyticsResult] = []
        self._analyses: list[AnalysisResult] = []
        self._errors: list[str] = []
        self._found: list[ValueMatches] = []

    def ask(self, message: str) -> InsightsAnswer:
        turn = DialogueTurn(message)
        self._results, self._analyses, self._errors = [], [], []
        self._found = []
        while True:
            plan = self._skill.plan(DialogueState(turn, self._turns))
            step = advance_plan(plan, turn.calls)
            if isinstance(step, Answer):
                self._turns = (*self._turns, replace(turn, reply=step.text))
                return InsightsAnswer(
                    step.text,
                    tuple(self._results),
                    tuple(self._analyses),
                    tuple(self._errors),
                    tuple(self._found),
                )
            result = self._call(step)
            call = CompletedToolCall(step.tool, step.arguments, result)
            turn = replace(turn, calls=(*turn.calls, call))

    def _call(self, step: ToolCall) -> Json:
        try:
            if step.tool in load_analysis_tools().values():
                return self._analyze(step.arguments)
            return {QUERY_TOOL: self._query, VALUES_TOOL: self._find_values}[step.tool](
                step.arguments
            )
        except CommerceError as error:
            self._errors.append(error.message)
            return {"refused": error.code, "message": error.message}

    def _query(self, arguments: Json) -> ToolJson:
        result = run_query(
            AnalyticsQuery.model_validate(arguments).fill_week_start(self._week_start),
            self._facts,
            home_currency=self._home_currency,
            zone=self._zone,
            others=self._others,
        )
        self._results.append(result)
        return result.model_dump(mode="json")

    def _analyze(self, arguments: Json) -> ToolJson:
        result = run_analysis(
            AnalysisBody.model_validate(arguments).root.fill_week_start(
                self._week_start
            ),
            self._facts,
            home_currency=self._home_currency,
            zone=self._zone,
            **build_readers(self._others),
        )
        self._analyses.append(result)
        return result.model_dump(mode="json")

    def _find_values(self, arguments: Json) -> ToolJson:
        text = arguments["text"]
        found = self._catalog.find(text, similar=True)
        searches = self._others["searches"]
        if arguments.get("searches") and isinstance(searches, FamilyFacts):
            known = set(searches.spellings["search_query"]["key"])
            found = found.add(match_queries(text, known))
        self._found.append(found)
        return found.model_dump(mode="json")
