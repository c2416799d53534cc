from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from jobs import integrity
from jobs.context import AlreadyDone, JobContext
from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.ports import free_port
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.integrity import service
from webapp.integrity.invariants import INVARIANTS
from webapp.kit.clock import utc_now


@pytest.fixture
def admin(runtime: Runtime) -> ApiClient:
    with runtime.db.unit_of_work() as session:
        customer_id = RowFactory(session).customer(admin=True).id
    return ApiClient(create_app(runtime), customer_id, admin=True)


def checked(runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as session:
        message = enqueue(session, "integrity.check")
    integrity.check(runtime, JobContext(message.id))


def test_before_the_first_look_nothing_is_known(admin: ApiClient) -> None:
    seen = admin.expect_ok("GET", "/admin/integrity")

    assert (seen["holds"], seen["items"]) == (False, [])
    assert [rule["name"] for rule in seen["notChecked"]] == [
        rule.name for rule in INVARIANTS
    ]


def test_the_admin_sees_each_rule_and_how_old_the_look_is(
    runtime: Runtime, admin: ApiClient
) -> None:
    with runtime.db.unit_of_work() as session:
        variant_id = RowFactory(session).variant_id()
    with runtime.db.engine.begin() as connection:
        connection.execute(text("UPDATE variants SET held = 1"))
    checked(runtime)

    seen = admin.expect_ok("GET", "/admin/integrity")

    rules = {rule["name"]: rule for rule in seen["items"]}
    assert seen["holds"] is False
    assert seen["checkedAt"] == min(rule["checkedAt"] for rule in seen["items"])
    assert rules["holds-are-counted"]["sample"] == [str(variant_id)]
    assert rules["holds-are-counted"]["found"] == 1
    assert [name for name in rules if not rules[name]["holds"]] == ["holds-are-counted"]
    assert all(rule["ageSeconds"] < 60 for rule in rules.values())


OF_STRIPE = ["stripe-charged-once", "stripe-charged-for-an-order", "stripe-agrees"]


def not_checked(admin: ApiClient) -> list[str]:
    seen = admin.expect_ok("GET", "/admin/integrity")
    assert seen["holds"] is True
    names = {rule["name"] for rule in seen["items"]}
    unknown = [rule["name"] for rule in seen["notChecked"]]
    assert names | set(unknown) == {rule.name for rule in INVARIANTS}
    return unknown


def test_where_stripe_is_not_ours_its_books_are_not_checked(
    runtime: Runtime, admin: ApiClient
) -> None:
    with runtime.db.unit_of_work() as session:
        service.store_results(
            session, service.check_invariants(session, stripe_ledger=[], now=utc_now())
        )
    assert not_checked(admin) == []

    checked(runtime)

    assert not_checked(admin) == OF_STRIPE


def test_our_books_are_checked_while_the_simulator_is_away(
    runtime: Runtime, admin: ApiClient
) -> None:
    away = runtime.settings.model_copy(
        update={"stripe_api_base": f"http://127.0.0.1:{free_port()}"}
    )

    checked(replace(runtime, settings=away))

    assert not_checked(admin) == OF_STRIPE


def test_a_look_can_be_asked_for(runtime: Runtime, admin: ApiClient) -> None:
    response = admin.call("POST", "/admin/integrity/check")

    assert response.status_code == 202
    with runtime.db.unit_of_work() as session:
        assert session.scalars(select(OutboxMessage.job)).all() == ["integrity.check"]


def test_a_look_that_was_handed_over_twice_is_kept_once(runtime: Runtime) -> None:
    with pytest.raises(AlreadyDone):
        integrity.check(runtime, JobContext(uuid4()))
