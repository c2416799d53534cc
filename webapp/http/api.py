"""Endpoints: who may call, what comes in, what goes out, said once.

The same declaration guards the call, parses the request, writes the answer and describes
the endpoint in the OpenAPI document.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel
from werkzeug.exceptions import UnsupportedMediaType

from webapp.http.access import Access, check, customer_id
from webapp.http.once import run_once
from webapp.http.schemas import RequestBody

View = Callable[..., Any]
Decorated = TypeVar("Decorated", bound=View)
Returns = type[BaseModel] | Mapping[int, type[BaseModel] | None] | None


@dataclass(frozen=True)
class Operation:
    """One endpoint as the OpenAPI document describes it."""

    access: Access
    tag: str
    summary: str
    description: str
    body: type[RequestBody] | None
    query: type[RequestBody] | None
    returns: Mapping[int, type[BaseModel] | None]
    errors: tuple[int, ...]
    repeatable: bool
    """Honours `Idempotency-Key`."""


def parse_body(model: type[RequestBody]) -> RequestBody:
    """The JSON body as `model`; raises 415 for another media type, `ValidationError` else."""
    if request.mimetype != "application/json" and not request.mimetype.endswith(
        "+json"
    ):
        raise UnsupportedMediaType("Send JSON with Content-Type: application/json")
    return model.model_validate_json(request.get_data(cache=True) or b"null")


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


class Api:
    """A blueprint whose views declare themselves."""

    def __init__(self, tag: str, *, prefix: str = "") -> None:
        name = tag.lower().replace(" ", "-")
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
        body: type[RequestBody] | None = None,
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
                check(access)
                if query is not None:
                    path["query"] = parse_query(query)
                if body is not None:
                    path["body"] = parse_body(body)
                if repeatable and not own_transactions:
                    return run_once(
                        lambda: answer(view(**path)), owner_id=customer_id()
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
                errors=(*errors, 409, 422) if repeatable else errors,
                repeatable=repeatable,
            )
            self.blueprint.add_url_rule(
                rule, endpoint=view.__name__, view_func=called, methods=[method]
            )
            return view

        return decorate


def _returns(declared: Returns) -> Mapping[int, type[BaseModel] | None]:
    if declared is None:
        return {HTTPStatus.NO_CONTENT: None}
    return declared if isinstance(declared, Mapping) else {HTTPStatus.OK: declared}
