"""Strings that break software, in every text field there is: stored and shown unchanged, or
refused with a reason; never a 5xx.

A text is put in all fields of a body at once. Those that the answer names as wrong get
their right value back, and what is left has to be accepted and must come back as it was.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from flask import Flask
from pydantic import HttpUrl
from werkzeug.test import TestResponse

from tests.api.conftest import signed_in
from tests.support.api_client import ApiClient, fill_path, iter_operations
from tests.support.bench_apps import InstantStripeGateway
from tests.support.passwords import CHEAP_HASHER
from tests.support.rate_limits import UnlimitedRateLimiter
from tests.support.sample_records import create_one_of_each, create_product
from tests.support.shared_data import require_shared_file
from tests.support.stripe import simulated_stripe
from webapp.accounts.models import Customer
from webapp.accounts.service import normalize_email
from webapp.adapters.payments.port import PaymentRequestRefused
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.http.schemas import RequestBody, is_storable
from webapp.search import indexing

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(900)]

Steps = tuple[str | int, ...]
JUDGED = {
    "code",
    "email",
    "events",
    "lastKey",
    "password",
    "refreshToken",
    "sku",
    "token",
}
"""Refused by more than their schema, which names no field: these are tried one by one."""
NOT_KEPT = {"code", "email", "job", "password", "paymentMethodId", "refreshToken"}
"""No answer shows them, or nothing is stored."""
CHANGED: dict[str, Callable[[str], str]] = {"url": lambda text: str(HttpUrl(text))}
"""Shown otherwise than sent, on purpose."""
REGISTER = "/auth/register"
"""It answers the same whatever becomes of it, so it has a test of its own."""


@dataclass(frozen=True)
class Field:
    """Where a text is; of a map of texts, both a name and its value."""

    path: Steps
    is_map: bool = False

    @property
    def name(self) -> str:
        return next(str(step) for step in reversed(self.path) if step != 0)

    def put(self, body: Any, text: str) -> None:
        part = at(body, self.path[:-1])
        if self.is_map:
            [value] = part[self.path[-1]].values()
            part[self.path[-1]] = {text: text if isinstance(value, str) else value}
        else:
            part[self.path[-1]] = text

    def shown(self, answer: Any, text: str) -> bool:
        found: object = at(answer, self.path)
        if self.is_map:
            return found == {text: text}
        return found == CHANGED.get(self.name, str)(text)

    def is_refused(self, response: TestResponse) -> bool:
        own = ".".join(map(str, self.path))
        return any(
            problem["field"] == own or problem["field"].startswith(f"{own}.")
            for problem in refusal(response)["details"].get("problems", [])
        )


def at(value: Any, path: Steps) -> Any:
    for step in path:
        value = value[step]
    return value


def refusal(response: TestResponse) -> dict[str, Any]:
    error: dict[str, Any] = response.get_json()["error"]
    assert error["message"]
    return error


@cache
def schema_of(model: type[RequestBody]) -> dict[str, Any]:
    return model.model_json_schema()


@cache
def fields(model: type[RequestBody]) -> list[Field]:
    schema = schema_of(model)
    return list(_fields(schema, schema.get("$defs", {}), ()))


def _fields(schema: dict[str, Any], parts: Any, path: Steps) -> Iterator[Field]:
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]]
    if "additionalProperties" in schema:
        yield Field(path, is_map=True)
    elif schema.get("type") == "string":
        yield Field(path)
    elif schema.get("type") == "array":
        yield from _fields(schema["items"], parts, (*path, 0))
    for name, part in schema.get("properties", {}).items():
        yield from _fields(part, parts, (*path, name))


@dataclass
class Scene:
    """A shop with one of everything, and an admin who shops there."""

    runtime: Runtime
    app: Flask
    admin: ApiClient
    known: Mapping[str, Any]
    goods: str
    """A product that no call changes."""

    def base(self, model: type[RequestBody]) -> Any:
        """The example of a body, about things that exist."""
        [shown] = schema_of(model)["examples"]
        return self._real(copy.deepcopy(shown))

    def _real(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._real(part) for part in value[:1]]
        if not isinstance(value, dict):
            return value
        own = {**self.known, "sku": str(uuid4())}
        return {name: own.get(name, self._real(part)) for name, part in value.items()}


@pytest.fixture
def scene(runtime: Runtime) -> Scene:
    stripe = InstantStripeGateway(api_key="sk_test", webhook_secret="whsec_x", site="")
    shop = replace(
        runtime, payments=stripe, limiter=UnlimitedRateLimiter(), passwords=CHEAP_HASHER
    )
    app = create_app(shop)
    admin = signed_in(app, shop, admin=True)
    assert admin.customer_id is not None
    with shop.db.unit_of_work() as session:
        account = session.get_one(Customer, admin.customer_id)
        account.password_hash = CHEAP_HASHER.hash("Sunny-Days-4")
        email = account.email
    known = {**create_one_of_each(shop, admin), "email": email, "amount": 0.01}
    order = {"status": "PROCESSING"}
    admin.expect_ok("PUT", f"/admin/orders/{known['orderId']}", order)
    indexing.rebuild_index(shop.db, shop.search)
    return Scene(shop, app, admin, known, goods=create_product(shop)[0])


@pytest.fixture(scope="module")
def bad_strings() -> list[str]:
    strings: list[str] = json.loads(
        require_shared_file("bad_input/blns.json").read_text()
    )
    return list(dict.fromkeys(strings))


@pytest.mark.parametrize("half", [0, 1])  # for two processes
def test_every_text_of_every_body_is_kept_or_refused(
    scene: Scene, bad_strings: list[str], half: int
) -> None:
    kept = 0
    for method, rule, operation in iter_operations(scene.app):
        if isinstance(operation.body, type) and rule != REGISTER:
            for text in bad_strings[half::2]:
                if rule == "/orders":
                    scene.admin.expect_ok("POST", "/cart", {"productId": scene.goods})
                kept += Trial(scene, method, rule, operation.body, text).kept()
    assert kept > 5_000


@dataclass
class Trial:
    """One text in the fields of one body."""

    scene: Scene
    method: str
    rule: str
    model: type[RequestBody]
    text: str

    def kept(self) -> int:
        """How many fields kept the text."""
        every = fields(self.model)
        alone = [f for f in every if f.name in JUDGED or not is_storable(self.text)]
        count = sum(self._kept_alone(field) for field in alone)
        return count + self._kept_together([f for f in every if f not in alone])

    def _kept_alone(self, field: Field) -> int:
        response = self._send([field])
        if response.status_code >= 300:
            assert refusal(response)
            return 0
        return self._count([field], response)

    def _kept_together(self, left: list[Field]) -> int:
        while left:
            response = self._send(left)
            if response.status_code < 300:
                return self._count(left, response)
            named = [field for field in left if field.is_refused(response)]
            assert named, (self, left, response.text)
            left = [field for field in left if field not in named]
        return 0

    def _send(self, chosen: list[Field]) -> TestResponse:
        body = self.scene.base(self.model)
        for field in chosen:
            field.put(body, self.text)
        path = fill_path(self.rule, self.scene.known)
        response = self.scene.admin.call(self.method, path, body)
        assert response.status_code < 500, (self, chosen)
        return response

    def _count(self, chosen: list[Field], response: TestResponse) -> int:
        stored = [field for field in chosen if field.name not in NOT_KEPT]
        for field in stored:
            assert field.shown(response.get_json(), self.text), (self, field)
        return len(stored)


def test_whoever_registers_keeps_name_and_password(
    scene: Scene, bad_strings: list[str]
) -> None:
    kept = 0
    for text in bad_strings:
        for field in ("email", "name", "password"):
            fresh = {"email": f"{uuid4()}@example.com", "password": "Sunny-Days-4"}
            sent = {"name": "Ada", **fresh, field: text}
            response = scene.admin.call("POST", REGISTER, sent)
            if response.status_code == 400:
                assert refusal(response)
                continue
            account = ApiClient(scene.app, UUID(response.get_json()["userId"]))
            shown = account.expect_ok("GET", "/auth/me")
            assert shown["email"] == normalize_email(sent["email"])
            assert shown["name"] == sent["name"].strip()
            # What only somebody is told who knows the password.
            unproved = account.expect_error("POST", "/auth/login", sent)
            assert unproved == (401, "EMAIL_NOT_VERIFIED")
            kept += 1
    assert kept > 600


def test_any_card_is_taken_or_refused(tmp_path: Path, bad_strings: list[str]) -> None:
    """By Stripe, whose SDK writes it into a form."""
    with simulated_stripe(tmp_path) as (_, gateway):
        for number, text in enumerate(bad_strings):
            with suppress(PaymentRequestRefused):
                gateway.charge(
                    order_id=str(uuid4()),
                    amount_minor=100,
                    currency="USD",
                    payment_method_id=text,
                    idempotency_key=f"bad-{number}",
                )


def test_no_query_breaks_anything(scene: Scene, bad_strings: list[str]) -> None:
    for method, rule, operation in iter_operations(scene.app):
        if method == "GET" and operation.query is not None:
            for text in bad_strings:
                try_query(scene, rule, operation.query, text)


def try_query(scene: Scene, rule: str, model: type[RequestBody], text: str) -> None:
    """In all fields at once without those that are refused by name, and each key alone."""
    required = {
        name: str(scene.known.get(name, "x"))
        for name in schema_of(model).get("required", [])
    }

    def send(chosen: list[Field]) -> TestResponse:
        sent = {**required, **{field.name: text for field in chosen}}
        query = urlencode(sent, errors="replace")
        response = scene.admin.call("GET", f"{fill_path(rule, scene.known)}?{query}")
        assert response.status_code in {200, 400, 404}, (rule, chosen, text)
        return response

    every = fields(model)
    for field in (field for field in every if field.name in JUDGED):
        send([field])
    left = [field for field in every if field.name not in JUDGED]
    while left and (response := send(left)).status_code == 400:
        named = [field for field in left if field.is_refused(response)]
        left = [field for field in left if field not in named] if named else []
