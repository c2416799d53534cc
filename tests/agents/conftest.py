"""A small shop with customers in it, for conversations that really happen."""

from dataclasses import replace

import pytest

from tests.support.conversations import Shop, open_shop
from webapp.bootstrap import Runtime
from webapp.suppliers.embeddings import Embedder, LocalEmbedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """Loaded once: it takes half a second and 250 MB."""
    return LocalEmbedder()


@pytest.fixture
def shop(runtime: Runtime, embedder: Embedder) -> Shop:
    return open_shop(replace(runtime, embedder=embedder))
