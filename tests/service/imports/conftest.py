from pathlib import Path

import pytest

from tests.support.imports import ImportHarness
from webapp.db.session import Database


@pytest.fixture
def harness(database: Database, tmp_path: Path) -> ImportHarness:
    return ImportHarness(database, tmp_path)
