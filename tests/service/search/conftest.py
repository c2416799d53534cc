"""The engines that the contract tests are run against."""

from pathlib import Path

import pytest

from webapp.suppliers.search.embedded.search import EmbeddedSearch
from webapp.suppliers.search.engine import SearchEngine


@pytest.fixture
def index(tmp_path: Path) -> SearchEngine:
    """Empty, ready to be told of products."""
    index = EmbeddedSearch(tmp_path / "search")
    index.rebuild(())
    return index
