"""Validate JSON values against an OpenAPI 3.0 schema.

Stricter than the standard in one point: an object may only have the properties that its
schema names, so that a misspelled field is found as well as a missing one.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


class OpenApiSpec:
    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas: dict[str, Schema] = document["components"]["schemas"]
        self.paths: dict[str, Any] = document["paths"]

    def get_schema(self, name: str) -> Schema:
        return self._schemas[name]

    def iter_violations(
        self, value: Any, schema: Schema, *, at: str = ""
    ) -> Iterator[str]:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            yield from self.iter_violations(value, self._schemas[name], at=at)
        elif value is None:
            if not schema.get("nullable"):
                yield f"{at}: must not be null"
        elif "anyOf" in schema:
            yield from self._any_of(value, schema, at)
        else:
            yield from self._plain(value, schema, at)

    def _any_of(self, value: Any, schema: Schema, at: str) -> Iterator[str]:
        violations = [
            list(self.iter_violations(value, option, at=at))
            for option in schema["anyOf"]
        ]
        if all(violations):
            yield from min(violations, key=len)

    def _plain(self, value: Any, schema: Schema, at: str) -> Iterator[str]:
        kind = schema.get("type")
        if kind is not None and not _is(value, kind):
            yield f"{at}: {value!r:.40} is not {kind}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is none of {schema['enum']}"
        elif kind == "array":
            for number, item in enumerate(value):
                yield from self.iter_violations(
                    item, schema["items"], at=f"{at}[{number}]"
                )
        elif kind == "object":
            yield from self._object(value, schema, at)

    def _object(self, value: Any, schema: Schema, at: str) -> Iterator[str]:
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{at}.{name}: missing"
        known = schema.get("properties", {})
        others = schema.get("additionalProperties", not known)
        for name, item in value.items():
            if name in known:
                yield from self.iter_violations(item, known[name], at=f"{at}.{name}")
            elif isinstance(others, dict):
                yield from self.iter_violations(item, others, at=f"{at}.{name}")
            elif not others:
                yield f"{at}.{name}: Stripe has no such field"


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, JSON_TYPES[kind])
