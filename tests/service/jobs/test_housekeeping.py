"""Expired rows are deleted and stuck orders recovered; nothing else is touched."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs import housekeeping
from jobs.context import JobContext
from tests.support.checkout import ADDRESS
from tests.support.factories import RowFactory
from webapp.accounts import codes
from webapp.accounts import service as accounts
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer, RefreshToken, VerificationCode
from webapp.bootstrap import Runtime
from webapp.chat import service as chats
from webapp.chat.models import ChatSession, OpenConnection
from webapp.chat.service import AgentName
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.jobs_admin import service as jobs_admin
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.orders.status import OrderStatus, PaymentStatus
from webapp.webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint


def add_unpaid_order(
    session: Session, *, held_for: timedelta, status: str = OrderStatus.PENDING
) -> UUID:
    order = RowFactory(session).order(
        status=status,
        payment_status=PaymentStatus.UNPAID,
        shipping_address=ADDRESS,
        hold_expires_at=utc_now() + held_for,
    )
    return order.id


def enqueued_expiries(session: Session) -> list[str]:
    rows = session.scalars(
        select(OutboxMessage.arguments).where(OutboxMessage.job == "orders.expire")
    )
    return [arguments["order_id"] for arguments in rows]


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.REQUIRES_ACTION])
def test_an_order_whose_expiry_was_lost_is_expired_once(
    session: Session, status: OrderStatus
) -> None:
    stuck = add_unpaid_order(session, held_for=timedelta(minutes=-10), status=status)
    add_unpaid_order(session, held_for=timedelta(minutes=5))
    add_unpaid_order(
        session, held_for=timedelta(hours=-1), status=OrderStatus.CANCELLED
    )

    assert jobs_admin.enqueue_stuck_orders(session, now=utc_now()) == 1
    assert jobs_admin.enqueue_stuck_orders(session, now=utc_now()) == 0

    assert enqueued_expiries(session) == [str(stuck)]


def test_an_order_whose_expiry_is_enqueued_is_left_alone(session: Session) -> None:
    order_id = add_unpaid_order(session, held_for=timedelta(minutes=-10))
    enqueue(session, "orders.expire", order_id=order_id)

    assert jobs_admin.enqueue_stuck_orders(session, now=utc_now()) == 0


def add_paid_order(session: Session, *, job: str | None = None, **given: Any) -> UUID:
    order = RowFactory(session).order(
        status=OrderStatus.PAID,
        shipping_address=ADDRESS,
        **{"updated_at": utc_now() - timedelta(minutes=10), **given},
    )
    if job is not None:
        enqueue(session, job, order_id=order.id)
    session.flush()
    return order.id


def test_a_paid_order_whose_next_step_was_lost_is_fulfilled(
    session: Session,
) -> None:
    stuck = add_paid_order(session)
    add_paid_order(session, job="orders.fulfil")
    add_paid_order(session, needs_review=True)
    add_paid_order(session, external_ref="imported")
    add_paid_order(session, updated_at=utc_now())

    assert jobs_admin.enqueue_stuck_orders(session, now=utc_now()) == 1
    assert jobs_admin.enqueue_stuck_orders(session, now=utc_now()) == 0

    enqueued = session.scalars(
        select(OutboxMessage.arguments).where(OutboxMessage.job == "orders.fulfil")
    ).all()
    assert {"order_id": str(stuck)} in enqueued


def test_an_order_whose_next_step_was_dead_lettered_is_recovered(
    session: Session,
) -> None:
    add_paid_order(session, job="orders.fulfil")
    session.execute(update(OutboxMessage).values(dead_lettered_at=func.now()))

    assert jobs_admin.enqueue_stuck_orders(session, now=utc_now()) == 1


def test_inactive_chat_sessions_are_deleted(
    session: Session, customer_id: UUID
) -> None:
    for _ in range(2):
        chats.start_session(session, owner_id=customer_id, agent=AgentName.SUPPORT)
    session.flush()
    old = session.scalars(select(ChatSession)).first()
    assert old is not None
    old.active_at = utc_now() - timedelta(days=91)
    session.flush()

    assert chats.delete_inactive_sessions(session, older_than=timedelta(days=90)) == 1
    assert session.scalar(select(func.count()).select_from(ChatSession)) == 1


def test_rows_of_chat_sockets_that_a_killed_process_left_are_deleted_once_expired(
    runtime: Runtime,
) -> None:
    now, minute = utc_now(), timedelta(minutes=1)
    with runtime.db.unit_of_work() as session:
        owner = RowFactory(session).customer().id
        kept, expired = (
            OpenConnection(
                owner_id=owner,
                agent=AgentName.SUPPORT,
                session_id=new_id(),
                expires_at=expires_at,
            )
            for expires_at in (now + minute, now - minute)
        )
        session.add_all([kept, expired])
        message = enqueue(session, "housekeeping.forget")

    housekeeping.delete_expired(runtime, JobContext(message.id))

    with runtime.db.unit_of_work() as session:
        assert [row.id for row in session.scalars(select(OpenConnection))] == [kept.id]


def test_unverified_accounts_are_deleted_after_a_week(
    runtime: Runtime,
) -> None:
    now, minute = utc_now(), timedelta(minutes=1)
    week_ago = now - timedelta(days=7)
    accounts_by_name = {
        "old": (week_ago - minute, None, None),
        "young": (week_ago + minute, None, None),
        "verified": (week_ago - minute, now, None),
        "deleted": (week_ago - minute, None, now),
    }
    with runtime.db.unit_of_work() as session:
        for name, (created_at, verified_at, deleted_at) in accounts_by_name.items():
            row = RowFactory(session).customer(name=name)
            row.created_at, row.verified_at = created_at, verified_at
            row.deleted_at = deleted_at
            codes.issue_code(
                session, customer_id=row.id, purpose=CodePurpose.VERIFY_EMAIL, now=now
            )
        message = enqueue(session, "housekeeping.forget")

    housekeeping.delete_expired(runtime, JobContext(message.id))

    with runtime.db.unit_of_work() as session:
        remaining = set(session.scalars(select(Customer.name)))
        assert remaining == {"young", "verified", "deleted"}


def test_done_jobs_are_kept_for_a_week_and_webhook_deliveries_for_a_month(
    runtime: Runtime,
) -> None:
    now, minute = utc_now(), timedelta(minutes=1)
    week_ago, month_ago = now - timedelta(days=7), now - timedelta(days=30)
    done = {"old": week_ago - minute, "young": week_ago + minute, "open": None}
    deliveries = {
        "old": (month_ago - minute, DeliveryStatus.DELIVERED),
        "failed": (month_ago - minute, DeliveryStatus.FAILED),
        "young": (month_ago + minute, DeliveryStatus.DELIVERED),
        "pending": (month_ago - minute, DeliveryStatus.PENDING),
    }
    with runtime.db.unit_of_work() as session:
        for name, done_at in done.items():
            enqueue(session, name).done_at = done_at
        endpoint = WebhookEndpoint(url="https://x.example", events=[], secret="s")
        session.add(endpoint)
        session.flush()
        for name, (created_at, status) in deliveries.items():
            session.add(
                WebhookDelivery(
                    endpoint_id=endpoint.id,
                    event_id=new_id(),
                    type=name,
                    payload={},
                    status=status,
                    created_at=created_at,
                )
            )
        message = enqueue(session, "housekeeping.forget")

    housekeeping.delete_expired(runtime, JobContext(message.id))

    with runtime.db.unit_of_work() as session:
        jobs = set(session.scalars(select(OutboxMessage.job)))
        kept = set(session.scalars(select(WebhookDelivery.type)))
    assert jobs == {"young", "open", "housekeeping.forget"}
    assert kept == {"young", "pending"}


def test_expired_codes_are_deleted(session: Session, make: RowFactory) -> None:
    for _ in range(2):
        codes.issue_code(
            session,
            customer_id=make.customer().id,
            purpose=CodePurpose.VERIFY_EMAIL,
            now=utc_now(),
        )
    first = session.scalars(select(VerificationCode.id)).first()
    session.execute(
        update(VerificationCode)
        .where(VerificationCode.id == first)
        .values(expires_at=utc_now() - timedelta(seconds=1))
    )

    assert accounts.delete_expired_codes(session) == 1


def test_expired_refresh_tokens_are_deleted(
    session: Session, customer_id: UUID
) -> None:
    for name, lifetime in (("expired", -1), ("valid", 1)):
        session.add(
            RefreshToken(
                customer_id=customer_id,
                family_id=new_id(),
                token_hash=name,
                expires_at=utc_now() + timedelta(minutes=lifetime),
            )
        )
    session.flush()

    assert accounts.delete_expired_tokens(session) == 1
    assert session.scalars(select(RefreshToken.token_hash)).all() == ["valid"]
