"""List, retrieve and expand requests, which are the same for every kind of object."""

from typing import Any

from webapp.devtools.stripe_simulator.context import OperationContext
from webapp.devtools.stripe_simulator.errors import (
    Doc,
    StripeApiError,
    StripeResult,
    resource_missing_error,
)
from webapp.devtools.stripe_simulator.parameters import (
    ParameterParser,
    ParameterSchema,
    array,
    integer,
    text,
    time_range,
)
from webapp.devtools.stripe_simulator.repository import PageRequest

RETRIEVE = ParameterSchema({"expand": array(text())})


def build_list_schema(**more: ParameterParser) -> ParameterSchema:
    """Build the parameters of a list request: those of every list, and `more`."""
    return ParameterSchema(
        {
            "limit": integer(minimum=1, maximum=100),
            "starting_after": text(),
            "ending_before": text(),
            "created": time_range,
            "expand": array(text()),
            **more,
        }
    )


def list_objects(
    context: OperationContext,
    params: dict[str, Any],
    *,
    kind: str,
    url: str,
    parent: str | None = None,
) -> StripeResult:
    if "starting_after" in params and "ending_before" in params:
        raise StripeApiError("You may only give one of starting_after, ending_before")
    names = ("limit", "starting_after", "ending_before", "created")
    page = PageRequest(**{name: params[name] for name in names if name in params})
    docs, has_more = context.repository.list_objects(kind, page, parent=parent)
    body = {"object": "list", "data": docs, "has_more": has_more, "url": url}
    return StripeResult(200, body)


def require_object(
    context: OperationContext, kind: str, object_id: str, *, param: str = "id"
) -> Doc:
    doc = context.repository.find_object(kind, object_id)
    if doc is None:
        raise resource_missing_error(kind, object_id, param=param)
    return doc


_KINDS = {
    "latest_charge": "charge",
    "charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
}


def expand_objects(context: OperationContext, body: Doc, paths: list[str]) -> None:
    """Replace ids by their objects at the paths of the request's `expand`."""
    for path in paths:
        first, *rest = path.split(".")
        if first == "data" and body["object"] == "list":
            for doc in body["data"]:
                _expand_fields(context, doc, rest, path)
        else:
            _expand_fields(context, body, [first, *rest], path)


def _expand_fields(
    context: OperationContext, doc: Doc, steps: list[str], path: str
) -> None:
    for step in steps:
        kind = _KINDS.get(step)
        if kind is None or step not in doc:
            raise StripeApiError(
                f"This property cannot be expanded ({path}).", param="expand"
            )
        if isinstance(doc[step], str):
            doc[step] = require_object(context, kind, doc[step])
        if doc[step] is None:
            return
        doc = doc[step]
