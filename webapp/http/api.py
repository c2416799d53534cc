"""Declaration of endpoints: access, request and response, declared once.

The same declaration authorizes the call, parses the request, serializes the response and describes
the endpoint in the OpenAPI document.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from fnmatch import fnmatchcase
from functools import cache, wraps
from http import HTTPStatus
from itertools import chain
from typing import Any, TypeVar, get_origin

from flask import Blueprint, Response, request
from pydantic import ConfigDict, RootModel
from werkzeug.exceptions import UnsupportedMediaType

from webapp.http.access import Access, authorize_request, current_caller_id
from webapp.http.idempotency import run_idempotent
from webapp.http.list_keys import mark_last_key, open_last_key
from webapp.http.schemas import ListQuery
from webapp.kit.json import (
    MAX_NAME_SHOWN,
    RequestBody,
    ResponseBody,
    ResponseUnion,
    build_validation_error,
    find_repeated_name,
)
from webapp.kit.scopes import Scope

View = Callable[..., Any]
Decorated = TypeVar("Decorated", bound=View)


@dataclass(frozen=True)
class Media:
    """A body of another media type than JSON (`image/*`: any picture), not parsed."""

    type: str
    max_bytes: int
    """Limit of a request body; JSON has the application's own limit."""
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    """JSON schema of the body in the OpenAPI document."""
    also: tuple[str, ...] = ()
    """Other media types that a body may have."""


CSV = Media("text/csv", max_bytes=8 * 1024 * 1024)
TABLE = replace(
    CSV, also=("text/*", "application/vnd.*", "application/octet-stream", "*/x-ndjson")
)
"""A table that the reader recognizes by its bytes: CSV, a spreadsheet or JSON Lines."""
PICTURE = Media(
    "image/*",
    max_bytes=5 * 1024 * 1024,
    schema={"type": "string", "format": "binary"},
)
Body = type[RequestBody] | type[RootModel[Any]] | Media
"""A request model, one of several that a root model tells apart, or another media type."""
Json = type[ResponseBody] | ResponseBody | type[ResponseUnion[Any]]
"""A response model, an example of one where the default example would mislead, or one of several
models."""
Answer = Json | Media | None
Returns = Answer | Mapping[int, Answer]


class NoQuery(RequestBody):
    """Query of an endpoint that takes no parameters."""


class ForeignQuery(RequestBody):
    """Base of queries in addresses that pass through the hands of others: mail programs and
    gateways append parameters of theirs, which are ignored."""

    model_config = ConfigDict(extra="ignore")


class Idempotency(Enum):
    """How an authenticated write honors `Idempotency-Key`."""

    STORED = auto()
    """The response is stored in the `transaction()` that is the view's whole effect."""
    OWN_TRANSACTIONS = auto()
    """By the view itself, which has several."""
    NONE = auto()
    """Not: the view may run twice, and its answer is too secret to be stored, or a file."""


@dataclass(frozen=True)
class Operation:
    """One endpoint, as the OpenAPI document describes it."""

    access: Access
    scope: Scope | None
    """Of API tokens that may call it; `None` if none may."""
    tag: str
    summary: str
    description: str
    body: Body | None
    query: type[RequestBody]
    returns: Mapping[int, Answer]
    errors: tuple[int, ...]
    accepts_idempotency_key: bool
    """Whether it honors `Idempotency-Key`."""


def parse_body(declared: Body) -> RequestBody | RootModel[Any] | bytes:
    """Return the JSON body as a model, or a body of another media type as bytes.

    Raises 415 for an undeclared media type, `ValidationError` for invalid JSON and for a name that
    an object has twice.
    """
    if isinstance(declared, Media):
        types = (declared.type, *declared.also)
        if not any(fnmatchcase(request.mimetype, each) for each in types):
            raise UnsupportedMediaType(f"Send it with Content-Type: {declared.type}")
        request.max_content_length = declared.max_bytes
        return request.get_data(cache=True)
    if request.mimetype != "application/json" and not request.mimetype.endswith(
        "+json"
    ):
        raise UnsupportedMediaType("Send JSON with Content-Type: application/json")
    raw = request.get_data(cache=True) or b"null"
    body = declared.model_validate_json(raw)
    if (name := find_repeated_name(raw)) is not None:
        reason = {name[:MAX_NAME_SHOWN]: "is given twice; give it once"}
        raise build_validation_error(declared.__name__, reason)
    return body


def parse_query(model: type[RequestBody]) -> RequestBody:
    """Raises `ValidationError` for an invalid, an unknown or a repeated parameter, `BadCursor` for
    the `lastKey` of another list."""
    lists = _list_repeatable(model)
    repeated = {
        name[:MAX_NAME_SHOWN]: f"is given {len(values)} times; give it once"
        for name, values in request.args.lists()
        if len(values) > 1 and name not in lists
    }
    given = request.args.to_dict() | {
        name: request.args.getlist(name) for name in lists if name in request.args
    }
    query = model.model_validate(given)
    if repeated and not issubclass(model, ForeignQuery):
        raise build_validation_error(model.__name__, repeated)
    return open_last_key(query) if isinstance(query, ListQuery) else query


@cache
def _list_repeatable(model: type[RequestBody]) -> frozenset[str]:
    """Parameters that may be given several times: all values are in the list."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if get_origin(field.annotation) is list
    )


def serialize_result(result: Any, query: RequestBody) -> Response:
    """Serialize a view's result: a model is 200, `(model, status)` that status, `None` 204. The
    `lastKey` of a list is marked with its query."""
    if isinstance(result, Response):
        return result
    model, status = result if isinstance(result, tuple) else (result, None)
    if model is None:
        return Response(status=status or HTTPStatus.NO_CONTENT)
    if isinstance(query, ListQuery) and model.last_key is not None:
        marked = mark_last_key(model.last_key, query)
        model = model.model_copy(update={"last_key": marked})
    return Response(
        model.model_dump_json(), status or HTTPStatus.OK, mimetype="application/json"
    )


def stream_download(chunks: Iterable[str], media: Media, *, file_name: str) -> Response:
    """Stream a download; an error before its first chunk is answered as an error response."""
    rest = iter(chunks)
    first = next(rest, "")
    response = Response(
        chain([first], rest), content_type=f"{media.type}; charset=utf-8"
    )
    return _mark_download(response, file_name)


def send_download(content: bytes, media_type: str, *, file_name: str) -> Response:
    return _mark_download(Response(content, mimetype=media_type), file_name)


def _mark_download(response: Response, file_name: str) -> Response:
    """Name the file that it is to be stored as, in ASCII."""
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


class Api:
    """A blueprint whose views are registered with their declaration."""

    def __init__(self, tag: str, *, prefix: str = "") -> None:
        name = "-".join(re.findall(r"[a-z]+", tag.lower()))
        self.tag = tag
        self.prefix = prefix
        self.blueprint = Blueprint(name, __name__)

    def get(self, rule: str, **declared: Any) -> Callable[[Decorated], Decorated]:
        return self._route("GET", rule, **declared)

    def post(self, rule: str, **declared: Any) -> Callable[[Decorated], Decorated]:
        return self._route("POST", rule, **declared)

    def put(self, rule: str, **declared: Any) -> Callable[[Decorated], Decorated]:
        return self._route("PUT", rule, **declared)

    def patch(self, rule: str, **declared: Any) -> Callable[[Decorated], Decorated]:
        return self._route("PATCH", rule, **declared)

    def delete(self, rule: str, **declared: Any) -> Callable[[Decorated], Decorated]:
        return self._route("DELETE", rule, **declared)

    def _route(
        self,
        method: str,
        rule: str,
        *,
        access: Access | Scope,
        returns: Returns = None,
        body: Body | None = None,
        query: type[RequestBody] = NoQuery,
        errors: tuple[int, ...] = (),
        idempotency: Idempotency = Idempotency.STORED,
    ) -> Callable[[Decorated], Decorated]:
        """Register a view; `body` and `query` reach it as keyword arguments of these names.

        `access` is a scope where programs may call it, with an API token that has the scope, as
        well as admins. An authenticated write honors `Idempotency-Key`, unless `idempotency` says
        otherwise.
        """
        scope = access if isinstance(access, Scope) else None
        access = Access.ADMIN if isinstance(access, Scope) else access
        is_idempotent = not (
            method == "GET"
            or access is Access.PUBLIC
            or idempotency is Idempotency.NONE
        )

        def decorate(view: Decorated) -> Decorated:
            @wraps(view)
            def handle(**arguments: Any) -> Response:
                authorize_request(access, scope)
                parsed = parse_query(query)
                if query.model_fields:
                    arguments["query"] = parsed
                if body is not None:
                    arguments["body"] = parse_body(body)
                if is_idempotent and idempotency is Idempotency.STORED:
                    return run_idempotent(
                        lambda: serialize_result(view(**arguments), parsed),
                        owner_id=current_caller_id(),
                    )
                return serialize_result(view(**arguments), parsed)

            summary, _, description = (view.__doc__ or "").strip().partition("\n")
            handle.operation = Operation(  # type: ignore[attr-defined]
                access=access,
                scope=scope,
                tag=self.tag,
                summary=summary.rstrip("."),
                description="\n".join(
                    line.strip() for line in description.splitlines()
                ).strip(),
                body=body,
                query=query,
                returns=_by_status(returns),
                errors=(*errors, 409, 413, 422) if is_idempotent else errors,
                accepts_idempotency_key=is_idempotent,
            )
            self.blueprint.add_url_rule(
                rule, endpoint=view.__name__, view_func=handle, methods=[method]
            )
            return view

        return decorate


def _by_status(declared: Returns) -> Mapping[int, Answer]:
    if declared is None:
        return {HTTPStatus.NO_CONTENT: None}
    return declared if isinstance(declared, Mapping) else {HTTPStatus.OK: declared}
