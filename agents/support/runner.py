"""The support agent: the customers' shopping assistant."""

from pathlib import Path

from strands.models import Model

from agents.local.support.skill import SupportSkill
from agents.models.factory import build_model
from agents.runner import AgentRunner, AgentSpec
from agents.support.answer_data import build_answer_data
from agents.tools import cart, knowledge, orders, products
from agents.tools.tool import ToolServices
from agents.turn_trace import TurnTrace
from webapp.bootstrap import AgentRuntime
from webapp.chat.service import AgentName

PROMPT = Path(__file__).parent / "prompt.md"
TOOLS = (products, cart, orders, knowledge)


def build_runner(runtime: AgentRuntime, *, model: Model | None = None) -> AgentRunner:
    """`model` overrides the one that the settings name."""
    chosen = model or build_model(runtime.settings, SupportSkill(runtime.embedder))
    services = ToolServices.from_runtime(runtime)
    spec = AgentSpec(
        name=AgentName.SUPPORT,
        system_prompt=PROMPT.read_text(encoding="utf-8"),
        tools=[tool for module in TOOLS for tool in module.build_tools(services)],
        build_output_filter=PassThroughFilter,
        build_answer_data=build_answer_data,
    )
    return AgentRunner(runtime, spec, chosen)


class PassThroughFilter:
    """Passes every text through unchanged."""

    def __init__(self, trace: TurnTrace) -> None:
        del trace  # nothing to compare with

    def feed(self, text: str) -> str:
        return text

    def flush(self) -> str:
        return ""
