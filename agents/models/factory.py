"""Builds the model that `AGENT_MODEL` names. Tools, prompts and hooks are the same for all."""

from importlib import import_module
from typing import Protocol, cast

from strands.models import Model

from agents.local.model import LocalModel, Skill
from agents.models.fallback import Failures, FallbackModel
from webapp.config import AgentSettings


class Provider(Protocol):
    FAILURES: Failures
    """What its client raises when the model is unreachable or does not answer."""

    def build_model(self, name: str, settings: AgentSettings) -> Model: ...


def build_model(settings: AgentSettings, skill: Skill) -> Model:
    """`skill` is for the local model, which is also the fallback of a hosted one."""
    local = LocalModel(skill)
    kind, _, name = settings.agent_model.partition(":")
    if kind == "local":
        return local
    # Imported by name, as each client library costs a replica some 40 MB and a second.
    provider = cast("Provider", import_module(f"agents.models.{kind}"))
    model = provider.build_model(name, settings)
    return FallbackModel(model, local, failures=provider.FAILURES)
