"""A small shop with customers, and the local models, for whole conversations."""

from dataclasses import replace
from datetime import date

import pytest

from agents.local.insights.skill import InsightsSkill
from agents.local.language.today import Today
from agents.local.model import LocalModel
from agents.local.support.skill import SupportSkill
from agents.tools.tool import ToolServices
from tests.support.conversations import SeededShop, create_shop
from tests.support.remembering_embedder import RememberingEmbedder
from webapp.adapters.embeddings.build import LocalEmbedder
from webapp.adapters.embeddings.port import Embedder
from webapp.bootstrap import Runtime, build_agent_runtime
from webapp.config import Settings
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 23), WeekStart.MONDAY)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """Loaded once: it takes half a second and 250 MB."""
    return RememberingEmbedder(LocalEmbedder())


@pytest.fixture(scope="session")
def support_model(embedder: Embedder) -> LocalModel:
    """The local model of the support agent; it embeds its examples once, in a second."""
    return LocalModel(SupportSkill(embedder))


@pytest.fixture(scope="session")
def insights_model() -> LocalModel:
    return LocalModel(InsightsSkill(today=lambda: TODAY))


@pytest.fixture
def shop(runtime: Runtime, embedder: Embedder) -> SeededShop:
    return create_shop(replace(runtime, embedder=embedder))


@pytest.fixture
def services(settings: Settings) -> ToolServices:
    """Of a shop that adds 8 % of tax; nothing is loaded before its first use."""
    return ToolServices.from_runtime(build_agent_runtime(settings))
