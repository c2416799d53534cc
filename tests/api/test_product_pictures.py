"""Product pictures, from an admin's upload to a customer's download."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api_client import API_PREFIX, ApiClient
from tests.support.pictures import encode_picture
from webapp.bootstrap import Runtime
from webapp.catalog.pictures import clean_picture

Send = Callable[..., TestResponse]
JPEG, PNG, WEBP = (encode_picture(kind) for kind in ("JPEG", "PNG", "WEBP"))
OTHER_PNG = encode_picture("PNG", color="blue")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MAX_BYTES = 5 * 1024 * 1024


@pytest.fixture
def product_id(on_sale: Callable[..., UUID]) -> UUID:
    return on_sale()


@pytest.fixture
def send(app: Flask, admin: ApiClient, product_id: UUID) -> Send:
    def put(
        picture: bytes,
        *,
        media_type: str = "image/png",
        product: UUID = product_id,
        **headers: str,
    ) -> TestResponse:
        return app.test_client().put(
            f"{API_PREFIX}/products/{product}/picture",
            data=picture,
            content_type=media_type,
            headers={**admin.headers, **headers},
        )

    return put


def status_and_code(response: TestResponse) -> tuple[int, Any]:
    return response.status_code, response.get_json()["error"]["code"]


@pytest.mark.parametrize(
    ("picture", "media_type"),
    [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")],
)
def test_a_picture_is_served_with_its_detected_type(
    app: Flask,
    nobody: ApiClient,
    send: Send,
    product_id: UUID,
    picture: bytes,
    media_type: str,
) -> None:
    sent = send(picture, media_type="image/gif")

    updated = sent.get_json()
    assert (sent.status_code, updated["version"]) == (200, 2)
    shown = nobody.expect_ok("GET", f"/products/{product_id}")
    assert shown["imageUrl"] == updated["imageUrl"]
    seen = app.test_client().get(shown["imageUrl"])
    assert seen.mimetype == media_type
    assert clean_picture(picture).content == seen.data
    assert seen.headers["X-Content-Type-Options"] == "nosniff"


def test_the_name_of_a_picture_is_derived_from_its_content(send: Send) -> None:
    first = send(PNG).get_json()["imageUrl"]

    assert send(OTHER_PNG).get_json()["imageUrl"] != first
    assert send(PNG).get_json()["imageUrl"] == first


@pytest.mark.parametrize(
    ("picture", "media_type", "error"),
    [
        (SVG, "image/svg+xml", (400, "NOT_A_PICTURE")),
        (SVG, "image/png", (400, "NOT_A_PICTURE")),
        (b"RIFF\n\x00\x00\x00WAVEfmt ", "image/webp", (400, "NOT_A_PICTURE")),
        (b"", "image/png", (400, "NOT_A_PICTURE")),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", (400, "NOT_A_PICTURE")),
        (PNG, "application/json", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (PNG.ljust(MAX_BYTES + 1), "image/png", (413, "REQUEST_ENTITY_TOO_LARGE")),
    ],
)
def test_an_upload_that_is_not_a_picture_is_refused(
    send: Send,
    runtime: Runtime,
    picture: bytes,
    media_type: str,
    error: tuple[int, str],
) -> None:
    assert status_and_code(send(picture, media_type=media_type)) == error
    assert runtime.storage.list_paths("media") == []


def test_a_picture_may_have_five_megabytes(send: Send) -> None:
    assert send(PNG.ljust(MAX_BYTES)).status_code == 200


def test_a_picture_of_an_unknown_product_is_not_stored(
    send: Send, runtime: Runtime
) -> None:
    assert status_and_code(send(PNG, product=uuid4())) == (404, "PRODUCT_NOT_FOUND")
    assert runtime.storage.list_paths("media") == []


def test_a_picture_sent_again_under_its_key_makes_no_new_version(send: Send) -> None:
    key = {"Idempotency-Key": "k"}
    first = send(PNG, **key).get_json()

    again = send(PNG, **key)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json() == first
