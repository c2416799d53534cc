from dataclasses import replace

import pytest

from tests.support.report_analytics import PlainReportsClient
from tests.support.report_harness import ReportHarness
from tests.support.trading_history import insert_history
from webapp.bootstrap import Runtime
from webapp.config import Settings
from webapp.db.session import Database


@pytest.fixture
def reports(runtime: Runtime, database: Database, settings: Settings) -> ReportHarness:
    """A shop with orders from 1 September to 23 November 2025."""
    with database.unit_of_work() as session:
        insert_history(session)
    plain = replace(runtime, analytics=PlainReportsClient(database, settings))
    return ReportHarness(plain)
