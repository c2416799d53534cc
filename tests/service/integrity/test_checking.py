from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from jobs import integrity
from jobs.context import AlreadyDone, JobContext
from tests.support.api_client import ApiClient
from tests.support.bench_apps import InstantStripeGateway
from tests.support.factories import RowFactory
from tests.support.web_apps import AppFactory
from webapp.adapters.payments.port import LedgerEntry, LedgerUnavailable
from webapp.bootstrap import Runtime
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.integrity.invariants import INVARIANTS


@pytest.fixture
def admin(runtime: Runtime, create_app: AppFactory) -> ApiClient:
    with runtime.db.unit_of_work() as session:
        customer_id = RowFactory(session).customer(admin=True).id
    return ApiClient(create_app(runtime), customer_id, admin=True)


def run_check(runtime: Runtime) -> None:
    with runtime.db.unit_of_work() as session:
        message = enqueue(session, "integrity.check")
    integrity.check(runtime, JobContext(message.id))


def test_before_the_first_check_there_are_no_results(admin: ApiClient) -> None:
    view = admin.expect_ok("GET", "/admin/integrity")

    assert (view["holds"], view["items"]) == (False, [])
    assert [rule["name"] for rule in view["notChecked"]] == [
        rule.name for rule in INVARIANTS
    ]


def test_the_admin_sees_each_rule_and_the_age_of_its_result(
    runtime: Runtime, admin: ApiClient
) -> None:
    with runtime.db.unit_of_work() as session:
        variant_id = RowFactory(session).variant_id()
    with runtime.db.engine.begin() as connection:
        connection.execute(text("UPDATE variants SET held = 1"))
    run_check(runtime)

    view = admin.expect_ok("GET", "/admin/integrity")

    rules = {rule["name"]: rule for rule in view["items"]}
    assert view["holds"] is False
    assert view["checkedAt"] == min(rule["checkedAt"] for rule in view["items"])
    assert rules["holds-are-counted"]["sample"] == [str(variant_id)]
    assert rules["holds-are-counted"]["found"] == 1
    assert [name for name in rules if not rules[name]["holds"]] == ["holds-are-counted"]
    assert all(rule["ageSeconds"] < 60 for rule in rules.values())


STRIPE_RULES = ["stripe-charged-once", "stripe-charged-for-an-order", "stripe-agrees"]


def not_checked(admin: ApiClient) -> list[str]:
    view = admin.expect_ok("GET", "/admin/integrity")
    assert view["holds"] is True
    names = {rule["name"] for rule in view["items"]}
    unchecked = [rule["name"] for rule in view["notChecked"]]
    assert names | set(unchecked) == {rule.name for rule in INVARIANTS}
    return unchecked


class GatewayWithLedger(InstantStripeGateway):
    def __init__(self, read_ledger: Callable[[], list[LedgerEntry]]) -> None:
        super().__init__(api_key="sk_test", webhook_secret=None, site="")
        self.read_ledger = read_ledger


def run_check_with_ledger(
    runtime: Runtime, read_ledger: Callable[[], list[LedgerEntry]]
) -> None:
    run_check(replace(runtime, payments=GatewayWithLedger(read_ledger)))


def test_the_ledger_is_checked_where_the_gateway_can_read_it(
    runtime: Runtime, admin: ApiClient
) -> None:
    run_check_with_ledger(runtime, list)
    assert not_checked(admin) == []

    run_check_with_ledger(runtime, lambda: [LedgerEntry("no-such-order", 1, 5_00, 0)])

    view = admin.expect_ok("GET", "/admin/integrity")
    violated = {rule["name"]: rule for rule in view["items"] if not rule["holds"]}
    assert violated.keys() == {"stripe-charged-for-an-order"}
    assert violated["stripe-charged-for-an-order"]["sample"] == ["no-such-order"]


def test_results_on_the_ledger_are_dropped_where_the_gateway_cannot_read_it(
    runtime: Runtime, admin: ApiClient
) -> None:
    run_check_with_ledger(runtime, list)

    run_check(runtime)

    assert not_checked(admin) == STRIPE_RULES


def test_the_other_rules_are_checked_while_the_ledger_is_unavailable(
    runtime: Runtime, admin: ApiClient
) -> None:
    def read_ledger() -> list[LedgerEntry]:
        raise LedgerUnavailable("The Stripe simulator does not answer")

    run_check_with_ledger(runtime, read_ledger)

    assert not_checked(admin) == STRIPE_RULES


def test_an_admin_can_enqueue_a_check(runtime: Runtime, admin: ApiClient) -> None:
    response = admin.call("POST", "/admin/integrity/check")

    assert response.status_code == 202
    with runtime.db.unit_of_work() as session:
        assert session.scalars(select(OutboxMessage.job)).all() == ["integrity.check"]


def test_a_check_that_is_already_done_is_not_repeated(runtime: Runtime) -> None:
    with pytest.raises(AlreadyDone):
        integrity.check(runtime, JobContext(uuid4()))
