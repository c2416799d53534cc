"""The support agent: the customers' shopping assistant."""

from pathlib import Path

from strands.models import Model
from strands.types.tools import AgentTool

from agents.local.support.skill import SupportSkill
from agents.models.factory import build_model
from agents.runner import AgentRunner, AgentSpec
from agents.support.answer_data import build_answer_data
from agents.tools.cart import CartTools
from agents.tools.context import ToolContext
from agents.tools.knowledge import KnowledgeTools
from agents.tools.orders import OrderTools
from agents.tools.products import ProductTools
from agents.turn_trace import TurnTrace
from webapp.adapters.agents.port import Principal
from webapp.bootstrap import AgentRuntime
from webapp.chat.service import AgentName

PROMPT = Path(__file__).parent / "prompt.md"


def build_runner(runtime: AgentRuntime, *, model: Model | None = None) -> AgentRunner:
    """`model` overrides the one that the settings name."""
    chosen = model or build_model(runtime.settings, SupportSkill(runtime.embedder))
    spec = AgentSpec(
        name=AgentName.SUPPORT,
        system_prompt=PROMPT.read_text(encoding="utf-8"),
        build_tools=build_tools,
        build_output_filter=PassThroughFilter,
        build_answer_data=build_answer_data,
    )
    return AgentRunner(runtime, spec, chosen)


def build_tools(context: ToolContext, principal: Principal) -> list[AgentTool]:
    """Bind the tools to the customer: none takes one as an argument."""
    customer_id = principal.customer_id
    return [
        *ProductTools(context).list_tools(),
        *CartTools(context, customer_id=customer_id).list_tools(),
        *OrderTools(context, customer_id=customer_id).list_tools(),
        *KnowledgeTools(context).list_tools(),
    ]


class PassThroughFilter:
    """Passes every text through unchanged."""

    def __init__(self, trace: TurnTrace) -> None:
        del trace  # nothing to compare with

    def feed(self, text: str) -> str:
        return text

    def flush(self) -> str:
        return ""
