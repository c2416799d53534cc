"""Lists and single objects, as every kind of Stripe's offers them."""

from typing import Any

from webapp.devtools.stripe_simulator.books import Range
from webapp.devtools.stripe_simulator.calls import Call
from webapp.devtools.stripe_simulator.parameters import (
    Check,
    Shape,
    integer,
    listing,
    moments,
    text,
)
from webapp.devtools.stripe_simulator.problems import (
    Answer,
    Doc,
    StripeProblem,
    missing,
)

RETRIEVE = Shape({"expand": listing(text())})


def listed(**more: Check) -> Shape:
    """The parameters of every list, and those of this one."""
    return Shape(
        {
            "limit": integer(minimum=1, maximum=100),
            "starting_after": text(),
            "ending_before": text(),
            "created": moments,
            "expand": listing(text()),
            **more,
        }
    )


def page(
    call: Call,
    params: dict[str, Any],
    *,
    kind: str,
    url: str,
    parent: str | None = None,
) -> Answer:
    if "starting_after" in params and "ending_before" in params:
        raise StripeProblem("You may only give one of starting_after, ending_before")
    wanted = ("limit", "starting_after", "ending_before", "created")
    span = Range(**{name: params[name] for name in wanted if name in params})
    docs, has_more = call.books.page(kind, span, parent=parent)
    body = {"object": "list", "data": docs, "has_more": has_more, "url": url}
    return Answer(200, body)


def require(call: Call, kind: str, object_id: str, *, param: str = "id") -> Doc:
    doc = call.books.find(kind, object_id)
    if doc is None:
        raise missing(kind, object_id, param=param)
    return doc


_KINDS = {
    "latest_charge": "charge",
    "charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
}


def expand(call: Call, body: Doc, paths: list[str]) -> None:
    """Put whole objects where their ids stand, as the request's `expand` asks."""
    for path in paths:
        first, *rest = path.split(".")
        if first == "data" and body["object"] == "list":
            for doc in body["data"]:
                _expand(call, doc, rest, path)
        else:
            _expand(call, body, [first, *rest], path)


def _expand(call: Call, doc: Doc, steps: list[str], path: str) -> None:
    for step in steps:
        kind = _KINDS.get(step)
        if kind is None or step not in doc:
            raise StripeProblem(
                f"This property cannot be expanded ({path}).", param="expand"
            )
        if isinstance(doc[step], str):
            doc[step] = require(call, kind, doc[step])
        if doc[step] is None:
            return
        doc = doc[step]
