"""The OpenSearch engine only: clusters that are unavailable or empty."""

import pytest

from tests.support.ports import free_port
from tests.support.product_documents import product_document
from webapp.adapters.search.build import build_search_engine
from webapp.adapters.search.embedded.search import EmbeddedSearchEngine
from webapp.adapters.search.opensearch.cluster import SearchUnavailable
from webapp.adapters.search.opensearch.search import OpenSearchEngine
from webapp.adapters.search.port import SearchEngine, SearchNotReady, SearchRequest
from webapp.config import Settings
from webapp.kit.ids import new_id


def assert_every_operation_raises(
    engine: SearchEngine, expected: type[Exception]
) -> None:
    for operation in (
        engine.check,
        engine.list_versions,
        lambda: engine.search(SearchRequest("lamp")),
        lambda: engine.suggest("lamp", limit=3),
        lambda: engine.upsert([product_document("Lamp")]),
        lambda: engine.delete([product_document("Lamp").product_id]),
    ):
        with pytest.raises(expected):
            operation()


def test_a_cluster_that_does_not_answer_is_unavailable() -> None:
    engine = OpenSearchEngine(f"http://127.0.0.1:{free_port()}")

    assert_every_operation_raises(engine, SearchUnavailable)
    with pytest.raises(SearchUnavailable):
        engine.rebuild([product_document("Lamp")])


@pytest.mark.services
@pytest.mark.timeout(180)
def test_before_the_first_index_search_is_not_ready(opensearch_url: str) -> None:
    assert_every_operation_raises(
        OpenSearchEngine(f"{opensearch_url}/test-{new_id().hex}"), SearchNotReady
    )


def test_the_url_chooses_the_engine() -> None:
    assert isinstance(build_search_engine(Settings()), EmbeddedSearchEngine)
    assert isinstance(
        build_search_engine(Settings(search_url="https://search.example.com/shop")),
        OpenSearchEngine,
    )
