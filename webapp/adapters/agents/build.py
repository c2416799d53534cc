"""Builds the clients of both agents, which are on Ray Serve at `ASSISTANT_URL`."""

from webapp.adapters.agents.port import AgentClient
from webapp.adapters.agents.ray_serve import RayServeAgentClient
from webapp.config import Settings


def build_support_agent(settings: Settings) -> AgentClient:
    return RayServeAgentClient.from_settings(settings, "/support")


def build_insights_agent(settings: Settings) -> AgentClient:
    return RayServeAgentClient.from_settings(settings, "/insights")
