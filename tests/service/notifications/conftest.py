from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import CheckoutHarness
from tests.support.notification_harness import NotificationHarness
from tests.support.stripe import simulated_stripe
from webapp.bootstrap import Runtime
from webapp.db.session import Database


@pytest.fixture
def harness(runtime: Runtime) -> NotificationHarness:
    return NotificationHarness(runtime)


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[CheckoutHarness]:
    with simulated_stripe(tmp_path) as (simulator, gateway):
        yield CheckoutHarness(database, simulator, gateway)
