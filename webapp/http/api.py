"""Endpoints: who may call, what comes in, what goes out, said once.

The same declaration guards the call, parses the request, writes the answer and describes
the endpoint in the OpenAPI document.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import wraps
from http import HTTPStatus
from itertools import chain
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from webapp.http.access import Access, authorize_request, current_customer_id
from webapp.http.idempotency import run_idempotent
from webapp.http.schemas import RequestBody, ResponseBody

View = Callable[..., Any]
Decorated = TypeVar("Decorated", bound=View)


@dataclass(frozen=True)
class Media:
    """A body of this type (`image/*`: any picture), taken as it came."""

    type: str
    max_bytes: int
    """Of a request; JSON has the application's own limit."""
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    """As the OpenAPI document describes it."""


CSV = Media("text/csv", max_bytes=8 * 1024 * 1024)
PICTURE = Media(
    "image/*",
    max_bytes=5 * 1024 * 1024,
    schema={"type": "string", "format": "binary"},
)
Body = type[RequestBody] | Media
Json = type[ResponseBody] | ResponseBody
"""A view, or an example of one where its usual example would mislead."""
Answer = Json | Media | None
Returns = Answer | Mapping[int, Answer]


@dataclass(frozen=True)
class Operation:
    """One endpoint as the OpenAPI document describes it."""

    access: Access
    tag: str
    summary: str
    description: str
    body: Body | None
    query: type[RequestBody] | None
    returns: Mapping[int, Answer]
    errors: tuple[int, ...]
    accepts_idempotency_key: bool
    """Honours `Idempotency-Key`."""


def parse_body(wanted: Body) -> RequestBody | bytes:
    """The JSON body as a model, or another one as it came.

    Raises 415 for another media type, `ValidationError` for JSON that does not fit.
    """
    if isinstance(wanted, Media):
        if not fnmatchcase(request.mimetype, wanted.type):
            raise UnsupportedMediaType(f"Send it with Content-Type: {wanted.type}")
        request.max_content_length = wanted.max_bytes
        return request.get_data(cache=True)
    if request.mimetype != "application/json" and not request.mimetype.endswith(
        "+json"
    ):
        raise UnsupportedMediaType("Send JSON with Content-Type: application/json")
    return wanted.model_validate_json(request.get_data(cache=True) or b"null")


def parse_query(model: type[RequestBody]) -> RequestBody:
    return model.model_validate(request.args.to_dict())


def answer(result: Any) -> Response:
    """A model is 200, `(model, status)` that status, `None` 204."""
    if isinstance(result, Response):
        return result
    model, status = result if isinstance(result, tuple) else (result, None)
    if model is None:
        return Response(status=status or HTTPStatus.NO_CONTENT)
    return Response(
        model.model_dump_json(), status or HTTPStatus.OK, mimetype="application/json"
    )


def stream_download(chunks: Iterable[str], media: Media, *, file_name: str) -> Response:
    """A download that is sent while it is made; what fails at its start is refused."""
    rest = iter(chunks)
    first = next(rest, "")
    response = Response(
        chain([first], rest), content_type=f"{media.type}; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


class Api:
    """A blueprint whose views declare themselves."""

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

    def delete(self, rule: str, **declared: Any) -> Callable[[Decorated], Decorated]:
        return self._route("DELETE", rule, **declared)

    def _route(
        self,
        method: str,
        rule: str,
        *,
        access: Access,
        returns: Returns = None,
        body: Body | None = None,
        query: type[RequestBody] | None = None,
        errors: tuple[int, ...] = (),
        own_transactions: bool = False,
    ) -> Callable[[Decorated], Decorated]:
        """`body` and `query` reach the view as keyword arguments of these names.

        A write of somebody who is signed in honours `Idempotency-Key`; one whose effect is
        not a single `transaction()` says `own_transactions` and does so itself.
        """
        repeatable = method != "GET" and access is not Access.PUBLIC

        def decorate(view: Decorated) -> Decorated:
            @wraps(view)
            def called(**path: Any) -> Response:
                authorize_request(access)
                if query is not None:
                    path["query"] = parse_query(query)
                if body is not None:
                    path["body"] = parse_body(body)
                if repeatable and not own_transactions:
                    return run_idempotent(
                        lambda: answer(view(**path)), owner_id=current_customer_id()
                    )
                return answer(view(**path))

            summary, _, description = (view.__doc__ or "").strip().partition("\n")
            called.operation = Operation(  # type: ignore[attr-defined]
                access=access,
                tag=self.tag,
                summary=summary.rstrip("."),
                description="\n".join(
                    x.strip() for x in description.splitlines()
                ).strip(),
                body=body,
                query=query,
                returns=_returns(returns),
                errors=(*errors, 409, 413, 422) if repeatable else errors,
                accepts_idempotency_key=repeatable,
            )
            self.blueprint.add_url_rule(
                rule, endpoint=view.__name__, view_func=called, methods=[method]
            )
            return view

        return decorate


def _returns(declared: Returns) -> Mapping[int, Answer]:
    if declared is None:
        return {HTTPStatus.NO_CONTENT: None}
    return declared if isinstance(declared, Mapping) else {HTTPStatus.OK: declared}
