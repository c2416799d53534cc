"""The customers' assistant."""

from pathlib import Path

from strands.models import Model
from strands.types.tools import AgentTool

from agents.host import AgentHost, Role
from agents.ledger import Ledger
from agents.local.support.skill import SupportSkill
from agents.models.factory import open_model
from agents.support.answer import describe
from agents.tools.boundary import Desk
from agents.tools.cart import CartTools
from agents.tools.knowledge import KnowledgeTools
from agents.tools.orders import OrderTools
from agents.tools.products import ProductTools
from webapp.adapters.agents.port import Speaker
from webapp.bootstrap import Runtime
from webapp.chat.service import AgentName

PROMPT = Path(__file__).parent / "prompt.md"


def open_host(runtime: Runtime, *, model: Model | None = None) -> AgentHost:
    """`model` replaces the one that the settings name."""
    chosen = model or open_model(runtime.settings, SupportSkill(runtime.embedder))
    role = Role(
        name=AgentName.SUPPORT,
        prompt=PROMPT.read_text(encoding="utf-8"),
        tools=tools_for,
        proofread=Unread,
        describe=describe,
    )
    return AgentHost(runtime, role, chosen)


def tools_for(desk: Desk, speaker: Speaker) -> list[AgentTool]:
    """The customer is bound here: no tool takes one as an argument."""
    customer_id = speaker.customer_id
    return [
        *ProductTools(desk).all(),
        *CartTools(desk, customer_id=customer_id).all(),
        *OrderTools(desk, customer_id=customer_id).all(),
        *KnowledgeTools(desk).all(),
    ]


class Unread:
    """Shows everything as it is written."""

    def __init__(self, ledger: Ledger) -> None:
        del ledger  # nothing to compare with

    def read(self, text: str) -> str:
        return text

    def finish(self) -> str:
        return ""
