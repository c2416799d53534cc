from pathlib import Path

import pytest

from tests.support.imports import Importing
from webapp.db.session import Database


@pytest.fixture
def importing(database: Database, tmp_path: Path) -> Importing:
    return Importing(database, tmp_path)
