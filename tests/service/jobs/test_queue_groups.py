"""Who takes which queue, and what has waited too long."""

from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.utils import now, utcformat

from jobs.queue_groups import ASSISTED, QUEUES, OverdueQueues, QueueGroup
from jobs.queues import SERIALIZER
from jobs.registry import JOBS, QueueName
from jobs.worker import ShopWorker, select_queues

OVERDUE_AFTER = timedelta(seconds=5)


def enqueue_aged(queue: Queue, age: timedelta) -> None:
    job = queue.enqueue_call("jobs.execution.perform", args=([],))
    queue.connection.hset(Job.key_for(job.id), "enqueued_at", utcformat(now() - age))


def test_every_queue_is_in_one_lane() -> None:
    names = [name for group in QueueGroup for name in QUEUES[group]]

    assert sorted(names) == sorted(QueueName)
    assert set(ASSISTED) < set(QUEUES[QueueGroup.BACKGROUND])


def test_what_a_person_waits_for_is_urgent() -> None:
    urgent = {
        name for name, spec in JOBS.items() if spec.queue in QUEUES[QueueGroup.URGENT]
    }

    assert {
        "accounts.answer_registration",
        "accounts.mail_code",
        "accounts.mail_second_factor_notice",
        "payments.apply_event",
        "search.index_products",
    } <= urgent
    assert not urgent & {"orders.fulfil", "notifications.mail", "search.heal"}


def test_a_report_waits_in_no_queue_of_long_jobs() -> None:
    reports = {JOBS[name].queue for name in ("reports.start_due", "reports.run")}

    assert reports == {QueueName.REPORTS}
    assert {name for name, spec in JOBS.items() if spec.queue is QueueName.REPORTS} == {
        "reports.start_due",
        "reports.run",
    }


@pytest.mark.parametrize(
    ("group", "without", "names"),
    [
        (None, [], list(QueueName)),
        (None, ["slow"], [name for name in QueueName if name != "slow"]),
        (QueueGroup.URGENT, [], ["payments", "accounts", "index"]),
        (QueueGroup.BACKGROUND, ["slow"], ["orders", "mail", "reports"]),
    ],
)
def test_a_worker_empties_the_queues_of_its_lane(
    group: QueueGroup | None, without: list[str], names: list[str]
) -> None:
    assert select_queues(group, without) == names


@pytest.mark.parametrize(
    ("ages", "overdue"),
    [
        ([], False),
        ([OVERDUE_AFTER - timedelta(seconds=2)], False),
        ([OVERDUE_AFTER], True),
        ([OVERDUE_AFTER, timedelta()], True),
        ([timedelta(), OVERDUE_AFTER], False),
    ],
)
def test_a_queue_is_overdue_by_the_age_of_its_head(
    queues: dict[QueueName, Queue], ages: list[timedelta], overdue: bool
) -> None:
    queue = queues[QueueName.ORDERS]
    for age in ages:
        enqueue_aged(queue, age)

    found = OverdueQueues(
        [queue, queues[QueueName.MAIL]], after=OVERDUE_AFTER
    ).find_now()

    assert list(found) == ([queue] if overdue else [])


def test_queues_are_looked_at_once_a_second(
    queues: dict[QueueName, Queue], redis: Redis
) -> None:
    queue = queues[QueueName.ORDERS]
    watch = OverdueQueues([queue], after=OVERDUE_AFTER)
    enqueue_aged(queue, OVERDUE_AFTER)
    assert list(watch.find_now()) == [queue]

    redis.flushdb()

    assert list(watch.find_now()) == [queue], "not a call of Valkey for each job"


def test_an_entry_whose_job_is_gone_is_not_overdue(
    queues: dict[QueueName, Queue], redis: Redis
) -> None:
    queue = queues[QueueName.ORDERS]
    enqueue_aged(queue, OVERDUE_AFTER)
    redis.delete(Job.key_for(queue.job_ids[0]))

    assert list(OverdueQueues([queue], after=OVERDUE_AFTER).find_now()) == []


@pytest.mark.parametrize(
    ("group", "taken"),
    [
        (QueueGroup.BACKGROUND, ["orders", "mail", "slow", "orders", "orders"]),
        (QueueGroup.BACKGROUND, ["reports", "slow", "reports", "slow", "slow"]),
        (None, ["payments", "payments", "orders", "mail", "slow", "orders", "orders"]),
    ],
)
def test_a_busy_queue_starves_no_other_of_the_background_group(
    queues: dict[QueueName, Queue],
    redis: Redis,
    group: QueueGroup | None,
    taken: list[str],
) -> None:
    names = select_queues(group, [])
    for name in names:
        if name in taken:
            for _ in range(taken.count(name)):
                enqueue_aged(queues[name], timedelta())
    worker = ShopWorker(
        [queues[name] for name in names], connection=redis, serializer=SERIALIZER
    )

    found = [worker.dequeue_job_and_maintain_ttl(timeout=None) for _ in taken]

    assert [queue.name for _, queue in filter(None, found)] == taken
