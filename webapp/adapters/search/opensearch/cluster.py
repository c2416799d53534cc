"""The connection to a cluster: where the index is, and its errors in our words."""

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

_PASSING = {429, 500, 502, 503, 504}

Json = dict[str, Any]


class SearchUnavailable(Unavailable):
    code = "SEARCH_UNAVAILABLE"


class OpenSearchCluster:
    """The path of the address names the indices: `https://user:pass@host/shop` has
    `shop-products-…`, and without a path they begin with `ecom67`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        prefix = parts.path.strip("/") or DEFAULT_PREFIX
        host = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        self._client = OpenSearch(
            [host], timeout=TIMEOUT_S, max_retries=2, retry_on_timeout=True
        )
        self._products = f"{prefix}-products-v{MAPPING_VERSION}"

    def search(self, body: Json) -> Json:
        with translated():
            answer: Json = self._client.search(index=self._products, body=body)
        return answer

    def scan_sources(self, fields: list[str]) -> Iterator[Json]:
        """These fields of every document, whatever their number."""
        with translated():
            yield from helpers.scan(
                self._client,
                index=self._products,
                query={"_source": fields},
                size=2000,
            )

    def write_bulk(self, actions: Iterable[Json]) -> None:
        """Into the index in use, and visible when this returns."""
        with translated():
            self._bulk(actions, self._products)

    def replace_index(self, actions: Iterable[Json]) -> int:
        """Fill a new index, then move the alias to it in one step."""
        with translated():
            fresh = f"{self._products}-{new_id().hex}"
            self._client.indices.create(index=fresh, body=INDEX_BODY)
            count = self._bulk(actions, fresh)
            before = self._behind_alias()
            moves = [{"add": {"index": fresh, "alias": self._products}}]
            moves += [{"remove_index": {"index": index}} for index in before]
            self._client.indices.update_aliases(body={"actions": moves})
        return count

    def check(self) -> None:
        with translated():
            if not self._client.indices.exists_alias(name=self._products):
                raise SearchNotReady("there is no index yet")

    def _behind_alias(self) -> list[str]:
        if not self._client.indices.exists_alias(name=self._products):
            return []
        return list(self._client.indices.get_alias(name=self._products))

    def _bulk(self, actions: Iterable[Json], index: str) -> int:
        """Removing what is not there is no failure; anything else is."""
        count = 0
        for done, outcome in helpers.streaming_bulk(
            self._client,
            actions,
            refresh=True,
            raise_on_error=False,
            request_timeout=BULK_TIMEOUT_S,
            index=index,
            require_alias=index == self._products,  # never make an index by writing
        ):
            [result] = outcome.values()
            if not done and result["status"] != 404:
                raise SearchUnavailable(
                    "Search did not take a change", reason=str(result)
                )
            _refuse_missing_index(result)
            count += 1
        return count


def _refuse_missing_index(result: Mapping[str, Any]) -> None:
    error = result.get("error")
    if isinstance(error, Mapping) and error.get("type") == "index_not_found_exception":
        raise SearchNotReady("there is no index yet")


@contextmanager
def translated() -> Iterator[None]:
    """A request the cluster calls wrong is a bug, and stays one."""
    try:
        yield
    except exceptions.NotFoundError as problem:
        raise SearchNotReady("there is no index yet") from problem
    except exceptions.ConnectionError as problem:  # time-outs too
        raise SearchUnavailable(
            "Search is away; try again", reason="no answer"
        ) from problem
    except exceptions.TransportError as problem:
        if int(problem.status_code) in _PASSING:
            raise SearchUnavailable(
                "Search is away; try again", reason=str(problem.error)
            ) from problem
        raise
