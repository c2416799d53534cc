"""`AGENT_MODEL` → a model of the SDK. Tools, prompts and hooks are the same with each."""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from strands.models import Model

from agents.models.local.model import LocalModel, Skill
from webapp.config import Settings


class Provider(Protocol):
    def open_model(self, name: str) -> Model: ...


def open_model(settings: Settings, skill: Callable[[], Skill]) -> Model:
    """`skill` is what the local model can talk about; a hosted model needs none."""
    kind, _, name = settings.agent_model.partition(":")
    if kind == "local":
        return LocalModel(skill())
    # Imported by name, as each client library costs a replica some 40 MB and a second.
    provider = cast("Provider", import_module(f"agents.models.{kind}"))
    return provider.open_model(name)
