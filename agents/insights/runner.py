"""The insights agent: an analyst for admins."""

from pathlib import Path

from strands.models import Model

from agents.insights.answer_data import build_answer_data
from agents.insights.grounding import AnswerGrounding
from agents.local.insights.skill import InsightsSkill
from agents.local.language.today import Today
from agents.models.factory import build_model
from agents.runner import AgentRunner, AgentSpec
from agents.tools import analytics
from agents.tools.tool import ToolServices
from webapp.bootstrap import AgentRuntime
from webapp.chat.service import AgentName
from webapp.insights.query.definitions import DIMENSIONS, METRICS
from webapp.kit.clock import utc_now
from webapp.kit.time_zones import parse_zone

PROMPT = Path(__file__).parent / "prompt.md"


def build_runner(runtime: AgentRuntime, *, model: Model | None = None) -> AgentRunner:
    """`model` overrides the one that the settings name."""
    settings = runtime.settings
    zone = parse_zone(settings.time_zone)
    chosen = model or build_model(
        settings,
        InsightsSkill(
            today=lambda: Today(utc_now().astimezone(zone).date(), settings.week_start)
        ),
    )
    spec = AgentSpec(
        name=AgentName.INSIGHTS,
        system_prompt=build_prompt(),
        tools=analytics.build_tools(ToolServices.from_runtime(runtime)),
        build_output_filter=AnswerGrounding,
        build_answer_data=build_answer_data,
        has_memory=True,
    )
    return AgentRunner(runtime, spec, chosen)


def build_prompt() -> str:
    """The rules, and all that can be asked for."""
    terms = [
        f"- {term.name} ({kind}): {term.definition}"
        for kind, definitions in (("metric", METRICS), ("dimension", DIMENSIONS))
        for term in definitions.values()
    ]
    return "\n".join([PROMPT.read_text(encoding="utf-8").rstrip(), *terms])
