from pathlib import Path

import pytest

from tests.support.ports import free_port
from webapp.devtools.supervisor.postgres import PostgresCluster


@pytest.fixture
def cluster(home: Path) -> PostgresCluster:
    return PostgresCluster(
        data_folder=home / "data",
        port=free_port(),
        password="open-sesame",
        superuser_password="its-own",
    )
