"""The admins' analyst."""

from pathlib import Path

from strands.models import Model
from strands.types.tools import AgentTool

from agents.errors import AdminsOnly
from agents.host import AgentHost, Role
from agents.insights.answer import describe
from agents.insights.proofreading import Proofreader
from agents.local.insights.skill import InsightsSkill
from agents.models.factory import open_model
from agents.tools.analytics import AnalyticsTools
from agents.tools.boundary import Desk
from webapp.adapters.agents.port import Speaker
from webapp.bootstrap import Runtime
from webapp.chat.service import AgentName
from webapp.kit.clock import utc_now

PROMPT = Path(__file__).parent / "prompt.md"


def open_host(runtime: Runtime, *, model: Model | None = None) -> AgentHost:
    """`model` replaces the one that the settings name."""
    chosen = model or open_model(
        runtime.settings,
        InsightsSkill(runtime.embedder, today=lambda: utc_now().date()),
    )
    role = Role(
        name=AgentName.INSIGHTS,
        prompt=PROMPT.read_text(encoding="utf-8"),
        tools=tools_for,
        proofread=Proofreader,
        describe=describe,
    )
    return AgentHost(runtime, role, chosen)


def tools_for(desk: Desk, speaker: Speaker) -> list[AgentTool]:
    """Raises `AdminsOnly`: whoever let the speaker in, the figures are not for others."""
    if not speaker.is_admin:
        raise AdminsOnly
    return AnalyticsTools(desk).all()
