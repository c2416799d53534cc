"""The OpenSearch engine alone: clusters that are away or empty."""

import pytest

from tests.support.entries import entry
from tests.support.ports import free_port
from webapp.adapters.search.build import open_search
from webapp.adapters.search.embedded.search import EmbeddedSearch
from webapp.adapters.search.opensearch.cluster import SearchAway
from webapp.adapters.search.opensearch.search import OpenSearchEngine
from webapp.adapters.search.port import Query, SearchEngine, SearchNotReady
from webapp.config import Settings
from webapp.kit.ids import new_id


def use_in_every_way(engine: SearchEngine, expected: type[Exception]) -> None:
    for use in (
        engine.check,
        engine.stamps,
        lambda: engine.search(Query("lamp")),
        lambda: engine.suggest("lamp", limit=3),
        lambda: engine.put([entry("Lamp")]),
        lambda: engine.remove([entry("Lamp").product_id]),
    ):
        with pytest.raises(expected):
            use()


def test_a_cluster_that_does_not_answer_is_away() -> None:
    engine = OpenSearchEngine(f"http://127.0.0.1:{free_port()}")

    use_in_every_way(engine, SearchAway)
    with pytest.raises(SearchAway):
        engine.rebuild([entry("Lamp")])


@pytest.mark.services
@pytest.mark.timeout(180)
def test_before_the_first_index_search_is_not_ready(opensearch_url: str) -> None:
    use_in_every_way(
        OpenSearchEngine(f"{opensearch_url}/test-{new_id().hex}"), SearchNotReady
    )


def test_the_address_chooses_the_engine() -> None:
    assert isinstance(open_search(Settings()), EmbeddedSearch)
    assert isinstance(
        open_search(Settings(search_url="https://search.example.com/shop")),
        OpenSearchEngine,
    )
