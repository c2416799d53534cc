"""Client of an OpenSearch cluster: names the indices and translates errors."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from opensearchpy import OpenSearch, exceptions, helpers

from webapp.adapters.search.opensearch.mapping import INDEX_BODY, MAPPING_VERSION
from webapp.adapters.search.port import SearchNotReady
from webapp.kit.errors import Unavailable
from webapp.kit.ids import new_id

TIMEOUT_S = 5
BULK_TIMEOUT_S = 60
DEFAULT_PREFIX = "ecom67"

_TRANSIENT_STATUSES = {429, 500, 502, 503, 504}

Json = dict[str, Any]


class SearchUnavailable(Unavailable):
    code = "SEARCH_UNAVAILABLE"


class OpenSearchCluster:
    """The path of the URL is the prefix of the index names: `https://user:pass@host/shop`
    has `shop-products-…`; without a path the prefix is `ecom67`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        prefix = parts.path.strip("/") or DEFAULT_PREFIX
        host = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        self._client = OpenSearch(
            [host], timeout=TIMEOUT_S, max_retries=2, retry_on_timeout=True
        )
        self._products = f"{prefix}-products-v{MAPPING_VERSION}"

    def search(self, body: Json) -> Json:
        with translate_errors():
            response: Json = self._client.search(index=self._products, body=body)
        return response

    def scan_sources(self, fields: list[str]) -> Iterator[Json]:
        """Yield these fields of every document, without a limit on their number."""
        with translate_errors():
            yield from helpers.scan(
                self._client,
                index=self._products,
                query={"_source": fields},
                size=2000,
            )

    def write_bulk(self, actions: Iterable[Json]) -> None:
        """Write to the index in use; changes are visible when this returns."""
        with translate_errors():
            self._bulk(actions, self._products)

    def replace_index(self, actions: Iterable[Json]) -> int:
        """Fill a new index, then move the alias to it in one step."""
        with translate_errors():
            new_index = f"{self._products}-{new_id().hex}"
            self._client.indices.create(index=new_index, body=INDEX_BODY)
            count = self._bulk(actions, new_index)
            old_indices = self._list_aliased_indices()
            alias_actions = [{"add": {"index": new_index, "alias": self._products}}]
            alias_actions += [
                {"remove_index": {"index": index}} for index in old_indices
            ]
            self._client.indices.update_aliases(body={"actions": alias_actions})
        return count

    def check(self) -> None:
        with translate_errors():
            if not self._client.indices.exists_alias(name=self._products):
                raise SearchNotReady("there is no index yet")

    def _list_aliased_indices(self) -> list[str]:
        if not self._client.indices.exists_alias(name=self._products):
            return []
        return list(self._client.indices.get_alias(name=self._products))

    def _bulk(self, actions: Iterable[Json], index: str) -> int:
        """Deleting a missing document is not an error; every other failure is."""
        count = 0
        for is_done, outcome in helpers.streaming_bulk(
            self._client,
            actions,
            refresh=True,
            raise_on_error=False,
            request_timeout=BULK_TIMEOUT_S,
            index=index,
            require_alias=index == self._products,  # never create an index by writing
        ):
            [result] = outcome.values()
            if not is_done and result["status"] != 404:
                raise SearchUnavailable("Search rejected a change", reason=str(result))
            _raise_if_index_missing(result)
            count += 1
        return count


def _raise_if_index_missing(result: Mapping[str, Any]) -> None:
    error = result.get("error")
    if isinstance(error, Mapping) and error.get("type") == "index_not_found_exception":
        raise SearchNotReady("there is no index yet")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Translate client errors; a request that the cluster rejects as invalid is a bug and
    raises unchanged."""
    try:
        yield
    except exceptions.NotFoundError as error:
        raise SearchNotReady("there is no index yet") from error
    except exceptions.ConnectionError as error:  # includes timeouts
        raise SearchUnavailable(
            "Search is unavailable; try again", reason="no answer"
        ) from error
    except exceptions.TransportError as error:
        if int(error.status_code) in _TRANSIENT_STATUSES:
            raise SearchUnavailable(
                "Search is unavailable; try again", reason=str(error.error)
            ) from error
        raise
