"""The engines that the contract tests are run against."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.opensearch import running_opensearch
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.opensearch.search import OpenSearchEngine
from webapp.adapters.search.port import SearchEngine
from webapp.kit.ids import new_id


@pytest.fixture(scope="session")
def opensearch_url() -> Iterator[str]:
    """A cluster that already runs (`OPENSEARCH_URL`), or one started for this run."""
    if url := os.environ.get("OPENSEARCH_URL"):
        yield url
        return
    with running_opensearch() as url:
        yield url


# The first start of the server compiles it.
NEEDS_SERVER = (pytest.mark.services, pytest.mark.timeout(180))


@pytest.fixture(
    params=["embedded", pytest.param("opensearch", marks=NEEDS_SERVER)],
)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> SearchEngine:
    """An engine with an empty index."""
    engine: SearchEngine
    if request.param == "embedded":
        engine = EmbeddedSearchEngine(tmp_path / "search")
    else:
        url = request.getfixturevalue("opensearch_url")
        engine = OpenSearchEngine(f"{url}/test-{new_id().hex}")
    engine.rebuild(())
    return engine
