"""`GET /products/{productId}/similar`."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.support.factories import RowFactory
from webapp.bootstrap import Runtime
from webapp.kit.ids import new_id
from webapp.search.vectors import service as vectors

NAMES = (
    "Copper tea kettle",
    "Electric kettle for tea, 1.7 l",
    "Enamel kettle for the stove",
    "Garden hose, 20 m",
)


@pytest.fixture
def products(runtime: Runtime) -> dict[str, UUID]:
    """By name; the enamel kettle is sold out."""
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        ids = {
            name: rows.product(name=name, stock=0 if "Enamel" in name else 5).id
            for name in NAMES
        }
    vectors.embed_products(runtime.db, runtime.embedder, list(ids.values()))
    return ids


def find_names(client: FlaskClient, product_id: UUID, query: str = "") -> list[str]:
    response = client.get(f"/api/v1/products/{product_id}/similar{query}")
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.get_json()["items"]]


def test_what_is_like_a_product_and_can_be_bought_is_listed(
    client: FlaskClient, products: dict[str, UUID]
) -> None:
    found = find_names(client, products["Copper tea kettle"])

    assert found == ["Electric kettle for tea, 1.7 l"]


def test_a_product_that_is_sold_out_has_others_like_it(
    client: FlaskClient, products: dict[str, UUID]
) -> None:
    found = find_names(client, products["Enamel kettle for the stove"], "?limit=1")

    assert len(found) == 1
    assert "kettle" in found[0]


def test_nothing_is_like_a_product_that_is_not_embedded_yet(
    client: FlaskClient, runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        product_id = RowFactory(session).product(name="Teapot").id

    assert find_names(client, product_id) == []


def test_an_unknown_product_is_not_found(client: FlaskClient) -> None:
    response = client.get(f"/api/v1/products/{new_id()}/similar")

    assert response.status_code == 404
    assert response.get_json()["error"]["code"] == "PRODUCT_NOT_FOUND"


@pytest.mark.parametrize("limit", ["0", "51", "x"])
def test_a_limit_is_within_bounds(client: FlaskClient, limit: str) -> None:
    response = client.get(f"/api/v1/products/{new_id()}/similar?limit={limit}")

    assert response.status_code == 400
