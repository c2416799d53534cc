"""The insights agent: an analyst for admins."""

from pathlib import Path

from strands.models import Model

from agents.insights.answer_data import build_answer_data
from agents.insights.grounding import NumberGrounding
from agents.local.insights.skill import InsightsSkill
from agents.models.factory import build_model
from agents.runner import AgentRunner, AgentSpec
from agents.tools import analytics
from agents.tools.tool import ToolServices
from webapp.bootstrap import AgentRuntime
from webapp.chat.service import AgentName
from webapp.kit.clock import utc_now

PROMPT = Path(__file__).parent / "prompt.md"


def build_runner(runtime: AgentRuntime, *, model: Model | None = None) -> AgentRunner:
    """`model` overrides the one that the settings name."""
    chosen = model or build_model(
        runtime.settings,
        InsightsSkill(runtime.embedder, today=lambda: utc_now().date()),
    )
    spec = AgentSpec(
        name=AgentName.INSIGHTS,
        system_prompt=PROMPT.read_text(encoding="utf-8"),
        tools=analytics.build_tools(ToolServices.from_runtime(runtime)),
        build_output_filter=NumberGrounding,
        build_answer_data=build_answer_data,
    )
    return AgentRunner(runtime, spec, chosen)
