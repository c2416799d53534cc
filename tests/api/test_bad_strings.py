"""Strings that break software, in every text field: stored and returned (composed and
trimmed), or rejected with a reason; never a 5xx.

A text is put in all fields of a body at once. The fields that the response reports as invalid
get their valid value back; the remaining fields must be accepted and returned unchanged.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
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
from tests.support.report_harness import WEEKLY
from tests.support.sample_records import create_one_of_each, create_product
from tests.support.shared_data import require_shared_file
from tests.support.stripe import simulated_stripe
from tests.support.thoroughness import take_part
from webapp.accounts.models import Customer
from webapp.accounts.service import normalize_email
from webapp.adapters.payments.port import PaymentRequestRefused
from webapp.app import create_app
from webapp.bootstrap import Runtime
from webapp.catalog.schemas import LabelRenaming
from webapp.kit.json import RequestBody
from webapp.kit.text import (
    clean_line,
    drop_invisible,
    is_storable_text,
    label_key,
    normalize_text,
    trim_blanks,
)
from webapp.search import indexing
from webapp.search.service import MAX_TEXT_LENGTH

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(900)]

Steps = tuple[str | int, ...]
TESTED_ALONE = {
    "code",
    "email",
    "events",
    "expires",
    "lastKey",
    "password",
    "refreshToken",
    "registrationSecret",
    "scopes",
    "sku",
    "token",
}
"""Validated by more than their schema, with errors that name no field: tested one by one."""
KNOWN_LABEL = {"kind": "category", "name": "Kitchen"}
"""The label that is renamed, as a name of it that no product has is not found."""
NOT_RETURNED = {
    "code",
    "email",
    "job",
    "newName",
    "password",
    "paymentMethodId",
    "refreshToken",
    "registrationSecret",
    "zipCode",
}
"""No response contains them by this name, they are not stored, or are written as their country
does."""
LABELS = {"brand", "category", "tags"}
"""Returned in the spelling of the first product that has the label."""
NORMALIZED: dict[str, Callable[[str], str]] = {
    "sku": drop_invisible,
    "url": lambda text: str(HttpUrl(text)),
}
"""Returned in another form than sent, on purpose."""
REGISTER = "/auth/register"
"""Its response is the same whether it succeeds or not, so it has a test of its own."""
FIGURES = "/admin/analytics/query"
EXPORT = "/admin/analytics/export"
"""They store nothing, and their texts name what there is: they have a test of their own, too."""
SEARCH_EVENTS = "/search/events"
"""Its texts name a search: it has a test of its own, too."""
TRIED_APART = {REGISTER, FIGURES, EXPORT, SEARCH_EVENTS}
REPORTS = "/admin/reports"
QUESTIONS = "/admin/analytics/saved-questions"
SEARCH_RULES = "/admin/search/rules"
"""Their texts are of queries, too, which name what there is: they have tests of their own, too."""
ONE_IN = 4
"""One in so many texts is sent to an endpoint, and each text to some endpoints."""


@dataclass(frozen=True)
class Field:
    """Path of a text in a body; in a map of texts, the text is both key and value."""

    path: Steps
    is_map: bool = False

    @property
    def name(self) -> str:
        return next(str(step) for step in reversed(self.path) if step != 0)

    def put(self, body: Any, text: str) -> None:
        part = reach_part(body, self.path)
        if self.is_map:
            [value] = part[self.path[-1]].values()
            part[self.path[-1]] = {text: text if isinstance(value, str) else value}
        else:
            part[self.path[-1]] = text

    def is_returned(self, content: Any, text: str) -> bool:
        value: object = get_at(content, self.path)
        if self.is_map:
            return squeeze_parts(value) == {squeeze(text): squeeze(text)}
        if self.name in LABELS:
            return label_key(str(value)) == label_key(trim_blanks(text))
        normalized = NORMALIZED.get(self.name, str)(text)
        return squeeze(str(value or "")) == squeeze(normalized)

    def is_rejected(self, response: TestResponse) -> bool:
        own = ".".join(map(str, self.path))
        return any(
            problem["field"] == own or problem["field"].startswith(f"{own}.")
            for problem in get_error(response)["details"].get("problems", [])
        )


def squeeze(text: str) -> str:
    """Composed, as every text is, and without the blanks that fields trim or collapse."""
    return " ".join(trim_blanks(normalize_text(text)).split())


def squeeze_parts(value: Any) -> dict[str, str]:
    return {squeeze(name): squeeze(part) for name, part in value.items()}


def get_at(value: Any, path: Steps) -> Any:
    """`""` for an optional text that was left out."""
    for step in path:
        value = value.get(step, "") if isinstance(value, dict) else value[step]
    return value


def reach_part(body: Any, path: Steps) -> Any:
    """What has the last step of a path: made, where the example leaves an optional part out."""
    part = body
    for step, following in pairwise(path):
        fresh: Any = [] if isinstance(following, int) else {}
        if isinstance(part, dict):
            part = part.setdefault(step, fresh)
        else:
            part.extend([fresh] * (int(step) + 1 - len(part)))
            part = part[int(step)]
    return part


def get_error(response: TestResponse) -> dict[str, Any]:
    error: dict[str, Any] = response.get_json()["error"]
    assert error["message"]
    return error


@cache
def get_schema(model: type[RequestBody]) -> dict[str, Any]:
    return model.model_json_schema()


@cache
def list_fields(model: type[RequestBody]) -> list[Field]:
    schema = get_schema(model)
    return list(_iter_fields(schema, schema.get("$defs", {}), ()))


def _iter_fields(schema: dict[str, Any], parts: Any, path: Steps) -> Iterator[Field]:
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]]
    if schema.get("additionalProperties"):
        yield Field(path, is_map=True)
    elif schema.get("type") == "string":
        yield Field(path)
    elif schema.get("type") == "array":
        yield from _iter_fields(schema["items"], parts, (*path, 0))
    for name, part in schema.get("properties", {}).items():
        yield from _iter_fields(part, parts, (*path, name))


@dataclass
class PopulatedShop:
    """A shop with one resource of each kind, and an admin who is also a customer."""

    runtime: Runtime
    app: Flask
    admin: ApiClient
    ids: Mapping[str, Any]
    product_id: str
    """A product that no call changes."""

    def build_body(self, model: type[RequestBody]) -> Any:
        """Return the example of a body, with ids of existing resources."""
        [example] = get_schema(model)["examples"]
        if model is LabelRenaming:
            example = {**example, **KNOWN_LABEL}
        return self._with_real_ids(copy.deepcopy(example))

    def _with_real_ids(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._with_real_ids(part) for part in value[:1]]
        if not isinstance(value, dict):
            return value
        real = {**self.ids, "sku": str(uuid4())}
        return {
            name: real.get(name, self._with_real_ids(part))
            for name, part in value.items()
        }


@pytest.fixture
def shop(runtime: Runtime) -> PopulatedShop:
    stripe = InstantStripeGateway(api_key="sk_test", webhook_secret="whsec_x", site="")
    shop_runtime = replace(
        runtime, payments=stripe, limiter=UnlimitedRateLimiter(), passwords=CHEAP_HASHER
    )
    app = create_app(shop_runtime)
    admin = signed_in(app, shop_runtime, admin=True)
    assert admin.customer_id is not None
    with shop_runtime.db.unit_of_work() as session:
        account = session.get_one(Customer, admin.customer_id)
        account.password_hash = CHEAP_HASHER.hash("Sunny-Days-4")
        email = account.email
    ids = {**create_one_of_each(shop_runtime, admin), "email": email, "amount": 0.01}
    order = {"status": "PROCESSING"}
    admin.expect_ok("PUT", f"/admin/orders/{ids['orderId']}", order)
    indexing.rebuild_index(shop_runtime.db, shop_runtime.search)
    product_id = create_product(shop_runtime)[0]
    return PopulatedShop(shop_runtime, app, admin, ids, product_id)


@pytest.fixture(scope="module")
def bad_strings() -> list[str]:
    strings: list[str] = json.loads(
        require_shared_file("bad_input/blns.json").read_text()
    )
    return list(dict.fromkeys(strings))


def test_every_text_in_every_body_is_stored_or_rejected(
    shop: PopulatedShop, bad_strings: list[str]
) -> None:
    stored = 0
    for number, (method, rule, operation) in enumerate(iter_operations(shop.app)):
        if rule in TRIED_APART or rule.startswith((REPORTS, QUESTIONS, SEARCH_RULES)):
            continue
        if not isinstance(operation.body, type):
            continue
        if issubclass(operation.body, RequestBody):
            for text in take_part(bad_strings, one_in=ONE_IN, offset=number):
                if operation.body is LabelRenaming:
                    create_product(shop.runtime)  # in the category of KNOWN_LABEL
                if rule == "/orders":
                    shop.admin.expect_ok(
                        "POST", "/cart", {"productId": shop.product_id}
                    )
                stored += FieldTrial(
                    shop, method, rule, operation.body, text
                ).count_stored()
    assert stored > 2_500


@dataclass
class FieldTrial:
    """One text in the fields of one body."""

    shop: PopulatedShop
    method: str
    rule: str
    model: type[RequestBody]
    text: str

    def count_stored(self) -> int:
        """Count the fields that stored the text."""
        every = [
            field
            for field in list_fields(self.model)
            if self.model is not LabelRenaming or field.name not in KNOWN_LABEL
        ]
        alone = [
            f
            for f in every
            if f.name in TESTED_ALONE or not is_storable_text(self.text)
        ]
        count = sum(self._count_alone(field) for field in alone)
        return count + self._count_together([f for f in every if f not in alone])

    def _count_alone(self, field: Field) -> int:
        response = self._send([field])
        if response.status_code >= 300:
            assert get_error(response)
            return 0
        return self._count([field], response)

    def _count_together(self, remaining: list[Field]) -> int:
        while remaining:
            response = self._send(remaining)
            if response.status_code < 300:
                return self._count(remaining, response)
            rejected = [field for field in remaining if field.is_rejected(response)]
            assert rejected, (self, remaining, response.text)
            remaining = [field for field in remaining if field not in rejected]
        return 0

    def _send(self, chosen: list[Field]) -> TestResponse:
        body = self.shop.build_body(self.model)
        for field in chosen:
            field.put(body, self.text)
        path = fill_path(self.rule, self.shop.ids)
        response = self.shop.admin.call(self.method, path, body)
        assert response.status_code < 500, (self, chosen)
        return response

    def _count(self, chosen: list[Field], response: TestResponse) -> int:
        returned = [field for field in chosen if field.name not in NOT_RETURNED]
        for field in returned:
            assert field.is_returned(response.get_json(), self.text), (self, field)
        return len(returned)


def test_any_text_of_a_search_rule_is_stored_or_refused_and_then_searched(
    shop: PopulatedShop, bad_strings: list[str]
) -> None:
    """What a rule needs depends on its type, so that its fields are tried apart."""
    stored = 0
    for text in take_part(bad_strings, one_in=ONE_IN):
        rules: list[dict[str, Any]] = [
            {"type": "redirect", "query": text, "target": "/returns"},
            {"type": "redirect", "query": str(uuid4()), "target": text},
            {"type": "synonyms", "terms": ["apron", text]},
            {"type": "oneWaySynonyms", "query": text, "terms": ["apron"]},
        ]
        for rule in rules:
            response = shop.admin.call("POST", SEARCH_RULES, {**rule, "isLive": True})
            assert response.status_code < 500, (rule, response.text)
            if response.status_code < 300:
                kept = response.get_json()
                texts = [rule.get("query"), *rule.get("terms", ())]
                returned = [kept.get("query"), *kept["terms"]]
                for sent, found in zip(texts, returned, strict=True):
                    assert label_key(sent or "") == label_key(found or "")
                stored += 1
        if is_storable_text(text) and len(text) <= MAX_TEXT_LENGTH:
            answer = shop.admin.call("GET", "/search", query={"q": text})
            assert answer.status_code == 200, (text, answer.text)
    assert stored > 20


def test_any_text_in_a_query_of_figures_is_refused(
    shop: PopulatedShop, bad_strings: list[str]
) -> None:
    for text in take_part(bad_strings, one_in=ONE_IN):
        for part in (
            {"metrics": [text]},
            {"groupBy": [text]},
            {"filters": [{"dimension": text, "in": ["x"]}]},
            {"filters": [{"dimension": "category", "in": [text]}]},
            {"filters": [{"dimension": "product", "contains": f"zzz {text}"}]},
            {"sort": [{"by": text}]},
            {"timeZone": text},
            {"window": {"firstDay": text}},
            {"compareTo": text},
            {"currency": text},
        ):
            query = {"metrics": ["orders"], **part}
            response = shop.admin.call("POST", FIGURES, query)
            assert response.status_code == 400, (query, response.text)
            assert get_error(response)
        response = shop.admin.call("POST", EXPORT, {"metrics": [text]})
        assert response.status_code == 400, (text, response.text)


def test_any_text_in_a_report_is_stored_or_rejected(
    shop: PopulatedShop, bad_strings: list[str]
) -> None:
    stored = 0
    for text in bad_strings[::3]:
        for field in ("name", "heading", "schedule", "timeZone", "recipients"):
            body = build_report(field, text)
            response = shop.admin.call("POST", REPORTS, body)
            assert response.status_code in {201, 400}, (field, text, response.text)
            if response.status_code == 400:
                assert get_error(response)
            elif field in {"name", "heading"}:
                shown = response.get_json()
                value = shown["sections"][0][field] if field == "heading" else None
                assert squeeze(value or shown["name"]) == squeeze(text)
                stored += 1
    assert stored > len(bad_strings) / 3


def test_any_name_of_a_saved_question_is_stored_or_rejected(
    shop: PopulatedShop, bad_strings: list[str]
) -> None:
    stored = 0
    for text in bad_strings:
        body = {"name": text, "query": {"metrics": ["orders"]}}
        response = shop.admin.call("POST", QUESTIONS, body)
        assert response.status_code in {201, 400, 409}, (text, response.text)
        if response.status_code == 201:
            saved = response.get_json()
            assert squeeze(saved["name"]) == squeeze(text)
            renamed = {"name": f"Renamed {stored}", "version": saved["version"]}
            shop.admin.expect_ok("PATCH", f"{QUESTIONS}/{saved['questionId']}", renamed)
            stored += 1
        else:
            assert get_error(response)
    assert stored > len(bad_strings) / 2


def build_report(field: str, text: str) -> dict[str, Any]:
    body: dict[str, Any] = copy.deepcopy(dict(WEEKLY))
    match field:
        case "heading":
            body["sections"][0][field] = text
        case "recipients":
            body[field] = [text]
        case _:
            body[field] = text
    return body


def test_no_text_is_a_search(shop: PopulatedShop, bad_strings: list[str]) -> None:
    for text in bad_strings:
        event = {"type": "click", "productId": shop.product_id, "position": 1}
        response = shop.admin.call("POST", SEARCH_EVENTS, {"searchId": text, **event})
        assert response.status_code in {400, 404}, (text, response.text)
        assert get_error(response)


def test_registration_stores_name_and_password_unchanged(
    shop: PopulatedShop, bad_strings: list[str]
) -> None:
    stored = 0
    for text in bad_strings:
        for field in ("email", "name", "password"):
            fresh = {"email": f"{uuid4()}@example.com", "password": "Sunny-Days-4"}
            sent = {"name": "Ada", **fresh, field: text}
            response = shop.admin.call("POST", REGISTER, sent)
            if response.status_code == 400:
                assert get_error(response)
                continue
            account = ApiClient(shop.app, UUID(response.get_json()["userId"]))
            returned = account.expect_ok("GET", "/auth/me")
            assert returned["email"] == normalize_email(sent["email"])
            assert returned["name"] == clean_line(sent["name"])
            # This code is returned only to a caller who knows the password.
            del sent["name"]
            unverified = account.expect_error("POST", "/auth/login", sent)
            assert unverified == (401, "EMAIL_NOT_VERIFIED")
            stored += 1
    assert stored > 600


def test_any_card_is_accepted_or_rejected(
    tmp_path: Path, bad_strings: list[str]
) -> None:
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


def test_no_query_breaks_anything(shop: PopulatedShop, bad_strings: list[str]) -> None:
    for number, (method, rule, operation) in enumerate(iter_operations(shop.app)):
        if method == "GET" and operation.query.model_fields:
            for text in take_part(bad_strings, one_in=ONE_IN, offset=number):
                try_query(shop, rule, operation.query, text)


def try_query(
    shop: PopulatedShop, rule: str, model: type[RequestBody], text: str
) -> None:
    """Send the text in all fields at once, then without the rejected ones, and in each
    separately tested field alone."""
    required = {
        name: str(shop.ids.get(name, "x"))
        for name in get_schema(model).get("required", [])
    }

    def send(chosen: list[Field]) -> TestResponse:
        sent = {**required, **{field.name: text for field in chosen}}
        query = urlencode(sent, errors="replace")
        response = shop.admin.call("GET", f"{fill_path(rule, shop.ids)}?{query}")
        assert response.status_code in {200, 400, 404}, (rule, chosen, text)
        return response

    every = list_fields(model)
    for field in (field for field in every if field.name in TESTED_ALONE):
        send([field])
    remaining = [field for field in every if field.name not in TESTED_ALONE]
    while remaining and (response := send(remaining)).status_code == 400:
        rejected = [field for field in remaining if field.is_rejected(response)]
        remaining = (
            [field for field in remaining if field not in rejected] if rejected else []
        )
