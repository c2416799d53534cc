"""Which orders have changed since a snapshot: whatever changed them, whenever it committed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from analytics.facts import database as facts
from analytics.facts.changes import (
    MAX_SNAPSHOT_AGE,
    DatabaseSnapshot,
    has_changes,
    join_snapshot,
    list_changed_orders,
    share_snapshot,
    take_snapshot,
)
from tests.service.analytics.test_order_facts import insert_order, insert_refunds
from tests.support.factories import NO_PASSWORD, RowFactory
from webapp.account_deletion.service import delete_account
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order, OrderItem, RecordedChange
from webapp.payments.models import Refund

Change = Callable[[Session, Order], object]


@pytest.fixture
def order(database: Database) -> Order:
    """An order with a refund, of a customer who has no other."""
    with database.unit_of_work() as session:
        order = insert_order(session, customer_ref="acme:7")
        insert_refunds(session, order, 100, at=order.placed_at)
        return order


@pytest.fixture
def others(database: Database) -> None:
    with database.unit_of_work() as session:
        insert_order(session, customer_ref="acme:8")
        insert_order(session)


def snapshot(database: Database) -> DatabaseSnapshot:
    with database.unit_of_work() as session:
        return take_snapshot(session)


def list_changed(database: Database, since: DatabaseSnapshot) -> list[int]:
    with database.unit_of_work() as session:
        now = take_snapshot(session)
        changed = list_changed_orders(session, since=since).affected.to_list()
        assert has_changes(session, since=since, now=now) == bool(changed)
        return changed


def execute(statement: str) -> Change:
    return lambda session, order: session.execute(
        text(statement), {"order_id": order.id, "product_id": None}
    )


CHANGES: dict[str, Change] = {
    "order": execute("UPDATE orders SET status = 'SHIPPED' WHERE id = :order_id"),
    "line": execute("UPDATE order_items SET name = '' WHERE order_id = :order_id"),
    "line deleted": execute("DELETE FROM order_items WHERE order_id = :order_id"),
    "refund": lambda session, _: insert_refund(session),
    "refund confirmed": execute("UPDATE refunds SET stripe_refund_id = 're_1'"),
    "refund deleted": execute("DELETE FROM refunds"),
    "all deleted": execute(
        "WITH refunds AS (DELETE FROM refunds), payments AS (DELETE FROM payments)"
        " DELETE FROM orders WHERE id = :order_id"
    ),
}


def insert_refund(session: Session) -> None:
    [payment_id] = session.scalars(text("SELECT id FROM payments"))
    refund = Refund(payment_id=payment_id, amount_minor=1, reason="", actor="admin")
    session.add(refund)
    session.flush()


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_order_is_found_by_any_change_of_what_its_lines_are_read_from(
    database: Database, order: Order, change: Change
) -> None:
    before = snapshot(database)
    assert list_changed(database, before) == []

    with database.unit_of_work() as session:
        change(session, order)

    assert list_changed(database, before) == [order.number]
    assert list_changed(database, snapshot(database)) == []


@pytest.mark.usefixtures("others")
def test_new_orders_are_found(database: Database) -> None:
    before = snapshot(database)

    with database.unit_of_work() as session:
        added = insert_order(session)

    assert list_changed(database, before) == [added.number]


@pytest.mark.usefixtures("others")
def test_a_payment_that_moves_changes_both_of_its_orders(
    database: Database, order: Order
) -> None:
    with database.unit_of_work() as session:
        other = insert_order(session)
    before = snapshot(database)

    with database.unit_of_work() as session:
        session.execute(
            text("UPDATE payments SET order_id = :other"), {"other": other.id}
        )

    assert list_changed(database, before) == [order.number, other.number]


@pytest.mark.usefixtures("others")
def test_a_deleted_product_changes_the_lines_that_named_it(database: Database) -> None:
    with database.unit_of_work() as session:
        product = RowFactory(session).product()
        order = insert_order(session)
        execute_all = session.query(OrderItem).filter_by(order_id=order.id)
        execute_all.update({"product_id": product.id})
    before = snapshot(database)

    with database.unit_of_work() as session:
        session.execute(text("DELETE FROM products"))

    assert list_changed(database, before) == [order.number]


@pytest.mark.usefixtures("others")
def test_a_transaction_that_commits_late_is_found(
    database: Database, order: Order
) -> None:
    with database.unit_of_work() as late:
        change = CHANGES["order"]
        change(late, order)
        before = snapshot(database)
        assert list_changed(database, before) == []

    assert list_changed(database, before) == [order.number]


@pytest.mark.usefixtures("others")
def test_what_is_rolled_back_is_no_change(database: Database) -> None:
    before = snapshot(database)

    with pytest.raises(DatabaseError), database.unit_of_work() as session:
        session.execute(text("UPDATE orders SET status = 'SHIPPED'; SELECT 1 / 0"))

    assert list_changed(database, before) == []


@pytest.mark.usefixtures("others")
def test_all_orders_of_a_customer_change_with_one_of_them(database: Database) -> None:
    with database.unit_of_work() as session:
        mine = [insert_order(session, customer_ref="ann").number for _ in range(3)]
    before = snapshot(database)

    with database.unit_of_work() as session:
        session.execute(
            text("DELETE FROM orders WHERE number = :number"), {"number": mine[0]}
        )

    assert list_changed(database, before) == mine


@pytest.mark.usefixtures("others")
def test_an_order_that_changes_hands_changes_both_customers(database: Database) -> None:
    with database.unit_of_work() as session:
        account = RowFactory(session).customer().id
        moved = insert_order(session, customer_ref="ann")
        left = insert_order(session, customer_ref="ann")
        joined = insert_order(session, customer_id=account, customer_ref="bob")
    before = snapshot(database)

    with database.unit_of_work() as session:
        session.execute(
            text("UPDATE orders SET customer_id = :account WHERE number = :number"),
            {"account": account, "number": moved.number},
        )

    numbers = [each.number for each in (moved, left, joined)]
    assert list_changed(database, before) == numbers


@pytest.mark.usefixtures("others")
def test_the_orders_of_a_deleted_account_change(database: Database) -> None:
    with database.unit_of_work() as session:
        account = RowFactory(session).customer(name="Ann")
        order = insert_order(session, customer_id=account.id)
    before = snapshot(database)

    with database.unit_of_work() as session:
        orders.anonymize_customer(session, owner_id=account.id)

    assert list_changed(database, before) == [order.number]


def test_a_snapshot_is_read_by_all_who_join_it(
    database: Database, order: Order
) -> None:
    del order
    with database.unit_of_work() as first:
        before = take_snapshot(first)
        name = share_snapshot(first)
        with database.unit_of_work() as session:
            insert_order(session)
        with database.unit_of_work() as joined:
            join_snapshot(joined, name)
            assert facts.extract_order_lines(joined).height == 2
            assert list_changed_orders(joined, since=before).affected.is_empty()
        assert facts.extract_order_lines(first).height == 2


@pytest.mark.parametrize(
    "other",
    [
        {"server": "1/1/5"},
        {"visible": "3:999999999:"},
    ],
)
def test_nothing_is_known_of_another_server_or_of_a_snapshot_it_has_not_seen(
    database: Database, other: dict[str, Any]
) -> None:
    now = snapshot(database)
    before = now.model_copy(update=other)

    with database.unit_of_work() as session:
        assert has_changes(session, since=before, now=now)
        assert not has_changes(session, since=now, now=now)


def test_nothing_is_known_of_a_time_whose_changes_are_deleted(
    database: Database,
) -> None:
    now = snapshot(database)
    old = now.model_copy(update={"taken_at": now.taken_at - MAX_SNAPSHOT_AGE})

    assert not old.is_known_to(now)
    assert now.is_known_to(now)


def test_changes_are_deleted_long_after_no_export_needs_them(
    session: Session,
) -> None:
    insert_order(session)
    session.execute(
        text("UPDATE order_changes SET changed_at = now() - interval '59 days'")
    )
    orders.delete_expired_changes(session)
    assert session.query(RecordedChange).count() == 1
    session.execute(
        text("UPDATE order_changes SET changed_at = now() - interval '61 days'")
    )

    orders.delete_expired_changes(session)

    assert session.query(RecordedChange).count() == 0
    assert timedelta(days=60) > MAX_SNAPSHOT_AGE


@pytest.mark.parametrize("table", ["orders", "order_items", "refunds"])
def test_rows_are_not_truncated(session: Session, table: str) -> None:
    with pytest.raises(DatabaseError, match="TRUNCATE records no changes"):
        session.execute(text(f"TRUNCATE {table} CASCADE"))


def test_deleting_an_account_records_all_its_orders(session: Session) -> None:
    owner = RowFactory(session).customer()
    numbers = [insert_order(session, customer_id=owner.id).number for _ in range(2)]
    session.execute(text("DELETE FROM order_changes"))

    delete_account(
        session, customer_id=owner.id, verified_hash=NO_PASSWORD, now=utc_now()
    )

    found = session.scalars(text("SELECT DISTINCT order_number FROM order_changes"))
    assert sorted(found) == sorted(numbers)


def iterate_tables() -> Iterator[str]:
    """The tables that lines are read from."""
    for statement in (facts._select_items("USD"), facts._select_refunds("USD")):
        for element in visitors.iterate(statement):
            if isinstance(element, Table):
                yield element.name


def test_changes_of_all_tables_that_lines_are_read_from_are_recorded(
    session: Session,
) -> None:
    recorded = session.execute(
        text(
            "SELECT tgrelid::regclass::text, array_agg(tgname::text) FROM pg_trigger"
            " WHERE tgname LIKE 'record_%' GROUP BY tgrelid"
        )
    ).all()
    names = {table: set(triggers) for table, triggers in recorded}

    # Of an account only whether it is deleted: that redacts its orders, which is recorded.
    assert set(iterate_tables()) - {"customers"} == names.keys()
    # A payment has no figures of its own, and lines only through its refunds.
    assert names.pop("payments") == {"record_update_of_payments"}
    for table, triggers in names.items():
        operations = ("insert", "update", "delete")
        assert triggers == {f"record_{each}_of_{table}" for each in operations}
