from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.checkout import CheckoutHarness
from tests.support.job_runner import JobRunner
from tests.support.stripe import simulated_stripe
from webapp.bootstrap import Runtime
from webapp.db.session import Database


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[CheckoutHarness]:
    """A shop on real PostgreSQL that charges the simulator through the real SDK."""
    with simulated_stripe(tmp_path) as (simulator, gateway):
        yield CheckoutHarness(database, simulator, gateway)


@pytest.fixture
def run_jobs(shop: CheckoutHarness, runtime: Runtime) -> JobRunner:
    return JobRunner(replace(runtime, payments=shop.gateway))
