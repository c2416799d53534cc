"""A write with an `Idempotency-Key` takes effect once, whatever it writes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import func, select, update

from tests.api.conftest import signed_in
from tests.support.api_client import ApiClient
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.catalog.models import Product
from webapp.config import Settings
from webapp.db import idempotency
from webapp.db.idempotency import (
    Claim,
    IdempotencyKey,
    InFlight,
    StoredResponse,
)
from webapp.kit.ids import new_id

NAMED = {"name": "Kettle", "category": "Kitchen"}
KETTLE = {**NAMED, "price": 25, "stock": 5}
KEY = {"Idempotency-Key": "k-1"}


def count_products(runtime: Runtime) -> int:
    with runtime.db.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(Product)) or 0


def test_a_repeated_write_gets_the_same_response_and_writes_nothing(
    admin: ApiClient, runtime: Runtime
) -> None:
    first = admin.call("POST", "/products", KETTLE, headers=KEY)

    again = admin.call("POST", "/products", KETTLE, headers=KEY)

    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_products(runtime) == 1


def test_a_response_without_a_body_is_replayed_too(admin: ApiClient) -> None:
    product_id = admin.expect_ok("POST", "/products", KETTLE)["productId"]

    for _ in range(2):
        deleted = admin.call("DELETE", f"/products/{product_id}", headers=KEY)
        assert (deleted.status_code, deleted.data) == (204, b"")


def test_another_body_or_path_under_the_key_is_422(admin: ApiClient) -> None:
    admin.call("POST", "/products", KETTLE, headers=KEY)

    other = admin.call("POST", "/products", {**KETTLE, "price": 26}, headers=KEY)

    assert other.status_code == 422
    assert other.get_json()["error"]["code"] == "IDEMPOTENCY_KEY_OF_ANOTHER_REQUEST"


def test_a_fingerprint_depends_on_the_servers_secret(
    runtime: Runtime, settings: Settings
) -> None:
    def fingerprint(secret: str) -> str:
        changed = settings.model_copy(update={"jwt_secret": SecretStr(secret)})
        shop = create_app(replace(runtime, settings=changed))
        caller = signed_in(shop, runtime, admin=True)
        assert caller.call("POST", "/products", KETTLE, headers=KEY).status_code == 201
        with runtime.db.unit_of_work() as session:
            stored = select(IdempotencyKey.fingerprint).where(
                IdempotencyKey.owner_id == caller.customer_id
            )
            return session.scalars(stored).one()

    one, same, other = (fingerprint(secret * 40) for secret in "aab")

    assert one == same != other


def test_keys_of_different_accounts_are_independent(
    customer: ApiClient, other: ApiClient, on_sale: Callable[..., UUID]
) -> None:
    body = {"productId": str(on_sale())}
    customer.call("POST", "/cart", body, headers=KEY)

    response = other.call("POST", "/cart", body, headers=KEY)

    assert "Idempotent-Replayed" not in response.headers


def test_a_rejected_write_releases_its_key(admin: ApiClient, runtime: Runtime) -> None:
    product = {**NAMED, "variants": [{"price": 1, "stock": 1, "sku": "A"}]}
    admin.expect_ok("POST", "/products", product)
    assert admin.call("POST", "/products", product, headers=KEY).status_code == 409

    again = admin.call("POST", "/products", product, headers=KEY)

    assert again.status_code == 409
    assert again.get_json()["error"]["code"] == "SKU_TAKEN"
    assert count_products(runtime) == 1


def test_the_key_of_a_rejected_write_accepts_no_other_body(
    admin: ApiClient, runtime: Runtime
) -> None:
    product = {**NAMED, "variants": [{"price": 1, "stock": 1, "sku": "A"}]}
    admin.expect_ok("POST", "/products", product)
    admin.call("POST", "/products", product, headers=KEY)

    other = admin.call("POST", "/products", KETTLE, headers=KEY)

    assert other.status_code == 422
    assert count_products(runtime) == 1


def test_a_request_whose_claim_expired_and_was_taken_writes_nothing(
    runtime: Runtime,
) -> None:
    """Both requests hold the key in turn: only one may store its effect."""
    owner_id = new_id()

    def claim() -> Claim | StoredResponse:
        with runtime.db.unit_of_work() as session:
            return idempotency.claim_key(
                session, owner_id=owner_id, key="k-1", fingerprint="f"
            )

    slow = claim()
    with runtime.db.unit_of_work() as session:
        past = select(func.now() - timedelta(seconds=1)).scalar_subquery()
        session.execute(update(IdempotencyKey).values(claimed_until=past))
        until = session.scalar(select(IdempotencyKey.claimed_until))
    fast = claim()
    assert isinstance(slow, Claim)
    assert isinstance(fast, Claim)
    assert until is not None
    expired = replace(slow, until=until)
    answer = StoredResponse(201, {"by": "the fast request"})

    with pytest.raises(InFlight), runtime.db.unit_of_work() as session:
        idempotency.store_response(
            session, claim=expired, response=StoredResponse(201, {})
        )
    with runtime.db.unit_of_work() as session:
        idempotency.release_claim(session, claim=expired)
    with runtime.db.unit_of_work() as session:
        idempotency.store_response(session, claim=fast, response=answer)

    assert claim() == answer


def test_while_the_first_request_runs_the_second_is_rejected(
    admin: ApiClient, runtime: Runtime
) -> None:
    admin.call("POST", "/products", KETTLE, headers=KEY)
    with runtime.db.unit_of_work() as session:
        session.execute(update(IdempotencyKey).values(status=None, body=None))

    second = admin.call("POST", "/products", KETTLE, headers=KEY)

    assert second.status_code == 409
    assert second.get_json()["error"]["code"] == "IDEMPOTENCY_KEY_IN_FLIGHT"
    assert int(second.headers["Retry-After"]) > 0


def test_the_claim_of_a_dead_process_expires_after_a_minute(
    admin: ApiClient, runtime: Runtime
) -> None:
    admin.call("POST", "/products", KETTLE, headers=KEY)

    def repeat_after(seconds: int) -> int:
        with runtime.db.unit_of_work() as session:
            until = IdempotencyKey.claimed_until - timedelta(seconds=seconds)
            session.execute(
                update(IdempotencyKey).values(
                    status=None, body=None, claimed_until=until
                )
            )
        return admin.call("POST", "/products", KETTLE, headers=KEY).status_code

    assert repeat_after(50) == 409
    assert repeat_after(10) == 201


def test_a_key_is_reusable_after_a_day(admin: ApiClient, runtime: Runtime) -> None:
    admin.call("POST", "/products", KETTLE, headers=KEY)

    def is_replayed_after(age: timedelta) -> bool:
        with runtime.db.unit_of_work() as session:
            session.execute(update(IdempotencyKey).values(created_at=func.now() - age))
            if age < timedelta(hours=24):
                assert idempotency.delete_expired(session) == 0
        response = admin.call("POST", "/products", KETTLE, headers=KEY)
        return "Idempotent-Replayed" in response.headers

    assert is_replayed_after(timedelta(hours=23, minutes=59))
    assert not is_replayed_after(timedelta(hours=24, seconds=1))
    with runtime.db.unit_of_work() as session:
        assert idempotency.delete_expired(session) == 0


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_invalid_key_is_rejected(admin: ApiClient, key: str) -> None:
    response = admin.call("POST", "/products", KETTLE, headers={"Idempotency-Key": key})

    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "BAD_IDEMPOTENCY_KEY"


def test_of_eight_concurrent_requests_one_runs(
    app: Flask, admin: ApiClient, runtime: Runtime
) -> None:
    ready = Barrier(8)

    def fire(_: int) -> int:
        caller = ApiClient(app, admin.customer_id, admin=True)
        ready.wait(timeout=10)
        return caller.call("POST", "/products", KETTLE, headers=KEY).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(fire, range(8)))

    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert count_products(runtime) == 1
