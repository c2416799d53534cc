"""When the demo shop of the tests was filled, and its stories as `docs/demo-shop.md` tells them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analytics.query_service import QueryService
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.kit.clock import utc_now

PASSWORDS = {"customer": "Browse-the-shop-1", "admin": "Mind-the-shop-1"}
NOW = utc_now()
PAGE = Path(__file__).parents[2] / "docs" / "demo-shop.md"
ZONE = ZoneInfo("UTC")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class StoryAnswer:
    """The result of a request: rows of a query, or findings and tables of an analysis."""

    rows: Sequence[Row]
    findings: Row
    tables: Mapping[str, Sequence[Row]]

    def find_row(self, **values: object) -> Row:
        [row] = [row for row in self.rows if values.items() <= row.items()]
        return row


def read_stories() -> dict[str, list[dict[str, Any]]]:
    """The requests of the page by the heading of their story."""
    _, *sections = PAGE.read_text().split("\n### ")
    return {
        section.partition("\n")[0]: [
            json.loads(block)
            for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)
        ]
        for section in sections
    }


def read_figures() -> dict[str, int]:
    """What the page says that the shop holds: numbers by what they are of."""
    rows = re.findall(
        r"^\| (\w.*?) \| (?:about )?(\d+) \|$", PAGE.read_text(), re.MULTILINE
    )
    return {name: int(number) for name, number in rows}


def send_request(request: dict[str, Any], analytics: QueryService) -> StoryAnswer:
    """As the two endpoints of the analytics answer it."""
    if "analysis" in request:
        outcome = analytics.run_analysis(AnalysisBody.model_validate(request).root)
    else:
        outcome = analytics.run(AnalyticsQuery.model_validate(request))
    assert outcome.result is not None, outcome.error
    result = outcome.result
    tables = {table["name"]: table["rows"] for table in result.get("tables", [])}
    return StoryAnswer(result.get("rows", []), result.get("findings", {}), tables)
