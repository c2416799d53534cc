"""Names that an endpoint does not know are refused, and named with the known ones."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.support.api_client import API_PREFIX, ApiClient, iter_endpoints
from tests.support.checkout import ADDRESS
from webapp.chat.errors import BadChatMessage
from webapp.chat.protocol import parse_frame
from webapp.http.api import ForeignQuery, Media
from webapp.kit.json import RequestBody


def get_error_message(
    client: ApiClient, method: str, path: str, body: Any = None
) -> str:
    response = client.call(method, path, body)
    assert response.status_code == 400, response.get_data(as_text=True)
    message: str = response.get_json()["error"]["message"]
    return message


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "/products?categroy=Mugs",
            (
                "categroy: is unknown (did you mean category?); "
                "known are category, lastKey, limit"
            ),
        ),
        (
            "/products?page=2",
            "page: is unknown; known are category, lastKey, limit",
        ),
        (
            "/suggest?q=a&Limit=3",
            "Limit: is unknown (did you mean limit?); known are limit, q",
        ),
        ("/categories?page=2", "page: is unknown; none is known here"),
        ("/products?limit=1&limit=2", "limit: is given 2 times; give it once"),
    ],
)
def test_an_unknown_or_repeated_parameter_is_refused(
    nobody: ApiClient, path: str, message: str
) -> None:
    path = path.replace("/suggest", "/search/suggest")
    assert get_error_message(nobody, "GET", path) == message


def test_an_unknown_field_is_refused_at_any_depth(
    customer: ApiClient, admin: ApiClient
) -> None:
    product = {"name": "Cup", "category": "Mugs", "price": 1, "stock": 1}
    assert get_error_message(
        admin, "POST", "/products", {**product, "isactive": False}
    ).startswith(
        "isactive: is unknown (did you mean isActive?); known are attributes, brand, "
    )
    variant = {"sku": "C", "price": 1, "stock": 1, "stok": 2}
    assert get_error_message(
        admin,
        "POST",
        "/products",
        {"name": "C", "category": "M", "variants": [variant]},
    ).startswith("variants.0.stok: is unknown (did you mean stock?); known are ")
    order = {"paymentMethodId": "pm_x", "shippingAddress": {**ADDRESS, "town": "Ulm"}}
    assert get_error_message(customer, "POST", "/orders", order).startswith(
        "shippingAddress.town: is unknown; known are city, company, country, "
    )


CUP = '{"name": "Cup", "category": "A", "price": 1, "stock": 1'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f'{CUP}, "price": 10}}', "price: is given twice; give it once"),
        (
            f'{CUP}, "attributes": {{"Care": "30", "Care": "40"}}}}',
            "Care: is given twice; give it once",
        ),
    ],
)
def test_a_name_given_twice_is_refused_at_any_depth(
    app: Flask, admin: ApiClient, body: str, message: str
) -> None:
    response = app.test_client().post(
        f"{API_PREFIX}/products",
        data=body,
        content_type="application/json",
        headers=admin.headers,
    )

    assert response.status_code == 400
    assert response.get_json()["error"]["message"] == message


def test_many_and_long_unknown_names_are_answered_briefly(nobody: ApiClient) -> None:
    body = {f"{number}{'x' * 1_000}": 1 for number in range(500)}

    response = nobody.call("POST", "/auth/login", body)

    assert response.status_code == 400
    assert len(response.get_data()) < 10_000


def list_targets(app: Flask) -> Iterator[tuple[str, str, Any]]:
    for method, path, operation in iter_endpoints(app):
        if not issubclass(operation.query, ForeignQuery):
            yield method, path, operation.body


def test_every_endpoint_refuses_unknown_names(app: Flask, admin: ApiClient) -> None:
    targets = list(list_targets(app))
    for method, path, body in targets:
        query_only: dict[str, object] | None = None if isinstance(body, Media) else {}
        message = get_error_message(admin, method, f"{path}?no-such=1", query_only)
        assert message.startswith("no-such: is unknown"), (method, path)
        if isinstance(body, type):
            tag = {} if issubclass(body, RequestBody) else {"analysis": "rfm"}
            message = get_error_message(admin, method, path, {**tag, "noSuch": 1})
            assert "noSuch: is unknown" in message, (method, path)
    assert len(targets) > 40


def test_what_others_append_to_a_link_in_a_mail_is_ignored(app: Flask) -> None:
    client = app.test_client()
    answers = [
        client.get(
            f"{API_PREFIX}/notifications/unsubscribe?token=x{appended}"
        ).get_json()
        for appended in ("", "&utm_source=mail&utm_source=app")
    ]
    assert (
        answers[0]["error"]["code"] == answers[1]["error"]["code"] != "INVALID_REQUEST"
    )


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            '{"action": "sendMessage", "message": "hi", "sesionId": null}',
            (
                "sesionId: is unknown (did you mean sessionId?); known are action, "
                "clientMessageId, message, metadata, sessionId"
            ),
        ),
        ('{"action": "ping", "at": 1}', "at: is unknown; known are action"),
        (
            '{"action": "sendMessage", "message": "a", "message": "b"}',
            "message is given twice; give it once",
        ),
    ],
)
def test_an_unknown_or_repeated_field_of_a_frame_is_refused(
    frame: str, message: str
) -> None:
    with pytest.raises(BadChatMessage) as refused:
        parse_frame(frame)
    assert refused.value.message == message
