from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import CheckoutHarness
from tests.support.stripe import simulated_stripe
from webapp.db.session import Database


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[CheckoutHarness]:
    """A shop on real PostgreSQL that charges the simulator through the real SDK."""
    with simulated_stripe(tmp_path) as (simulator, gateway):
        yield CheckoutHarness(database, simulator, gateway)
