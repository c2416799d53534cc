from collections.abc import Iterator

import boto3
import pytest

from tests.support.agentcore import REGION, AgentCorePeer, configured_agentcore
from webapp.adapters.agent_memory.agentcore import AgentCoreMemory


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[AgentCorePeer]:
    with configured_agentcore(monkeypatch) as peer:
        yield peer


@pytest.fixture
def no_credentials(
    peer: AgentCorePeer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Nowhere: boto3 keeps those that it has found once."""
    del peer
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    boto3.setup_default_session()
    yield
    boto3.setup_default_session()


@pytest.fixture
def memory_id(peer: AgentCorePeer) -> str:
    return peer.add_memory()


@pytest.fixture
def memory(memory_id: str) -> AgentCoreMemory:
    return AgentCoreMemory(memory_id, region=REGION)
