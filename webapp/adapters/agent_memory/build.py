"""Chooses the agent memory by `AGENT_MEMORY`."""

from importlib import import_module

from webapp.adapters.agent_memory.port import AgentMemory, MemoryAdministration
from webapp.config import AgentSettings


def build_agent_memory(settings: AgentSettings) -> AgentMemory | None:
    """`None` if the database is the only memory."""
    if settings.agent_memory == "database":
        return None
    _, memory_id, region = settings.agent_memory.split(":")
    # Imported here: boto3 costs 10 MB and 0.3 s.
    agentcore = import_module("webapp.adapters.agent_memory.agentcore")
    memory: AgentMemory = agentcore.AgentCoreMemory(memory_id, region=region)
    return memory


def build_memory_administration(region: str | None) -> MemoryAdministration:
    """Raises `AgentMemoryUnavailable` without any region."""
    control = import_module("webapp.adapters.agent_memory.agentcore_control")
    administration: MemoryAdministration = control.AgentCoreAdministration(region)
    return administration
