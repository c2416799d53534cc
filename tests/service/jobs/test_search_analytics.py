"""The jobs of the search analytics, with a buffer in a real Valkey."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from redis import Redis
from sqlalchemy import delete, func, select
from structlog.testing import capture_logs

from jobs import search_analytics as jobs
from tests.support.job_runner import JobRunner
from webapp.adapters.event_buffers.valkey import ValkeyEventBuffer
from webapp.adapters.search.port import SearchRequest
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.kit.clock import utc_now
from webapp.search_analytics import service
from webapp.search_analytics.buffered_events import FollowUpType
from webapp.search_analytics.models import (
    RecordedSearch,
    SearchEvent,
    SearchQueryDay,
)
from webapp.search_analytics.service import SearchFollowUp

SECRET = "a secret"
MAX_EVENTS = 40


@pytest.fixture
def shop(runtime: Runtime, redis: Redis, valkey_url: str) -> Runtime:
    redis.flushdb()
    buffer = ValkeyEventBuffer(valkey_url, name="searches", max_events=MAX_EVENTS)
    return replace(runtime, search_events=buffer)


def search(shop: Runtime, *, days_ago: int = 0) -> str:
    return service.record_search(
        shop.search_events,
        SearchRequest("lamp"),
        results=1,
        visitor=None,
        secret=SECRET,
        now=utc_now() - timedelta(days=days_ago),
    )


def click(shop: Runtime, search_id: str) -> None:
    service.record_follow_up(
        shop.search_events,
        shop.limiter,
        SearchFollowUp(search_id, FollowUpType.CLICK, uuid4(), 1),
        address="203.0.113.7",
        secret=SECRET,
        now=utc_now(),
    )


def count(
    shop: Runtime, table: type[RecordedSearch | SearchEvent | SearchQueryDay]
) -> int:
    with shop.db.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def run(shop: Runtime, job: str = "search.record_events") -> None:
    with shop.db.unit_of_work() as session:
        enqueue(session, job)
    JobRunner(shop)(job)


def test_what_is_buffered_is_stored_and_leaves_the_buffer(
    shop: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH_SIZE", 3)
    for _ in range(4):
        click(shop, search(shop))

    run(shop)

    assert (count(shop, RecordedSearch), count(shop, SearchEvent)) == (4, 4)
    assert shop.search_events.read_events(limit=1) == []


class JobKilled(BaseException):
    """As the signal that ends a process."""


def test_what_a_killed_job_has_stored_is_not_counted_twice(
    shop: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    click(shop, search(shop))

    def die(_: object) -> None:
        raise JobKilled

    with monkeypatch.context() as patched:
        patched.setattr(shop.search_events, "delete_events", die)
        with pytest.raises(JobKilled):
            run(shop)
    with shop.db.unit_of_work() as session:
        session.execute(delete(OutboxMessage))
    assert count(shop, RecordedSearch) == 1
    assert len(shop.search_events.read_events(limit=9)) == 2

    run(shop)

    assert (count(shop, RecordedSearch), count(shop, SearchEvent)) == (1, 1)
    assert shop.search_events.read_events(limit=1) == []


def test_what_did_not_fit_into_the_buffer_is_said(shop: Runtime) -> None:
    for _ in range(MAX_EVENTS + 2):
        search(shop)

    with capture_logs() as logs:
        run(shop)

    [warning] = [entry for entry in logs if entry["log_level"] == "warning"]
    assert warning["events"] == 2
    assert count(shop, RecordedSearch) == MAX_EVENTS


def test_clicks_of_searches_that_were_dropped_are_said(shop: Runtime) -> None:
    ids = [search(shop) for _ in range(MAX_EVENTS + 1)]
    run(shop)
    click(shop, ids[-1])

    with capture_logs() as logs:
        run(shop)

    assert [entry["events"] for entry in logs if entry["log_level"] == "warning"] == [1]


def test_complete_searches_are_added_up_and_expired_ones_deleted(
    shop: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AGGREGATION_BATCH", 2)
    for days_ago in (100, 100, 91, 20, 1):
        search(shop, days_ago=days_ago)
    run(shop)

    run(shop, "search.aggregate")

    assert count(shop, SearchQueryDay) == 3
    assert count(shop, RecordedSearch) == 2
