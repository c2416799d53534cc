from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.shopping import Shop
from tests.support.stripe import simulated_stripe
from tests.support.telling import Telling
from webapp.bootstrap import Runtime
from webapp.db.session import Database


@pytest.fixture
def telling(runtime: Runtime) -> Telling:
    return Telling(runtime)


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[Shop]:
    with simulated_stripe(tmp_path) as (simulator, gateway):
        yield Shop(database, simulator, gateway)
