"""Build the OpenAPI 3.1 document from the declarations of the endpoints."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from webapp.db.idempotency import MAX_KEY_LENGTH
from webapp.http.access import Access
from webapp.http.api import Body, Json, Media, Operation
from webapp.http.error_examples import ERROR_EXAMPLES
from webapp.http.idempotency import IDEMPOTENCY_KEY_HEADER
from webapp.http.schemas import ErrorView
from webapp.kit.json import ResponseBody, ResponseUnion

REF = "#/components/schemas/{model}"
ERROR_REF = "#/components/responses/{status}"
IDEMPOTENCY_KEY = {
    "name": IDEMPOTENCY_KEY_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
    "description": "A repeated request with the same key runs once. Kept for 24 hours.",
}
_CONVERTER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
SOCKETS = "ecom67.sockets"
"""Key of the application's extensions: path → `SocketDescription`."""
Schemas = Mapping[tuple[Any, JsonSchemaMode], dict[str, Any]]


@dataclass(frozen=True)
class SocketDescription:
    """A WebSocket, as the OpenAPI document describes it under `x-websockets`."""

    summary: str
    query: type[BaseModel]
    receives: Sequence[type[BaseModel]]
    sends: Sequence[type[BaseModel]]


def add_socket(app: Flask, path: str, description: SocketDescription) -> None:
    app.extensions.setdefault(SOCKETS, {})[path] = description


def build_document(app: Flask, *, title: str, version: str) -> dict[str, Any]:
    operations = list(iter_operations(app))
    sockets: Mapping[str, SocketDescription] = app.extensions.get(SOCKETS, {})
    schemas, definitions = _build_schemas(
        [operation for _, _, operation in operations], sockets.values()
    )
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, operation in sorted(operations, key=lambda entry: entry[:2]):
        path = to_openapi_path(rule)
        described = _describe_operation(rule, operation, schemas)
        described["operationId"] = _operation_id(method, path)
        paths.setdefault(path, {})[method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "x-websockets": {
            path: _describe_socket(socket, schemas)
            for path, socket in sorted(sockets.items())
        },
        "components": {
            "schemas": definitions,
            "responses": {
                str(status): _error_response(status, schemas)
                for status in sorted(
                    {s for _, _, o in operations for s in error_statuses(o)}
                )
            },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The access token of a person, or the API token of a "
                    "program, which needs the scope that an operation names; operations "
                    "that name none are for people.",
                }
            },
        },
    }


def iter_operations(app: Flask) -> Iterator[tuple[str, str, Operation]]:
    """Yield rule, method and declaration of every declared endpoint."""
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        if operation is not None:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield rule.rule, method, operation


def to_openapi_path(rule: str) -> str:
    """`/orders/<uuid:order_id>` → `/orders/{orderId}`."""
    return _CONVERTER.sub(lambda match: f"{{{to_camel(match['name'])}}}", rule)


def _build_schemas(
    operations: Iterable[Operation], sockets: Iterable[SocketDescription]
) -> tuple[Schemas, dict[str, Any]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (ErrorView, "serialization"): None
    }
    for operation in operations:
        if operation.query.model_fields:
            models[(operation.query, "validation")] = None
        if operation.body is not None and not isinstance(operation.body, Media):
            models[(operation.body, "validation")] = None
        for answer in operation.returns.values():
            if answer is not None and not isinstance(answer, Media):
                models[(_response_model(answer), "serialization")] = None
    for socket in sockets:
        models |= {(model, "validation"): None for model in socket.receives}
        models |= {(model, "serialization"): None for model in socket.sends}
    schemas, top = models_json_schema(list(models), ref_template=REF)
    return schemas, top.get("$defs", {})


def _describe_socket(socket: SocketDescription, schemas: Schemas) -> dict[str, Any]:
    return {
        "summary": socket.summary,
        "parameters": _query_parameters(socket.query),
        "receives": {"oneOf": [schemas[(m, "validation")] for m in socket.receives]},
        "sends": {"oneOf": [schemas[(m, "serialization")] for m in socket.sends]},
    }


def _describe_operation(
    rule: str, operation: Operation, schemas: Schemas
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [
            *_path_parameters(rule),
            *_query_parameters(operation.query),
            *([IDEMPOTENCY_KEY] if operation.accepts_idempotency_key else []),
        ],
        "responses": _describe_responses(operation, schemas),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.access is not Access.PUBLIC:
        # OpenAPI 3.1: roles that a caller needs; those of a program are its token's scopes.
        described["security"] = [
            {"bearer": [] if operation.scope is None else [operation.scope]}
        ]
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": _describe_body(operation.body, schemas),
        }
    return described


def _path_parameters(rule: str) -> list[dict[str, Any]]:
    formats = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}}
    return [
        {
            "name": to_camel(match["name"]),
            "in": "path",
            "required": True,
            "schema": formats.get(match["kind"] or "", {"type": "string"}),
        }
        for match in _CONVERTER.finditer(rule)
    ]


def _query_parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    schema = query.model_json_schema(ref_template=REF)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": described}
        for name, described in schema.get("properties", {}).items()
    ]


def _describe_responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in operation.returns.items():
        responses[str(int(status))] = {"description": HTTPStatus(status).phrase}
        if answer is not None:
            responses[str(int(status))]["content"] = _describe_answer(answer, schemas)
    for status in error_statuses(operation):
        responses[str(status)] = {"$ref": ERROR_REF.format(status=status)}
    return responses


def _error_response(status: int, schemas: Schemas) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": _describe_answer(ERROR_EXAMPLES[status], schemas),
    }


def error_statuses(operation: Operation) -> list[int]:
    """Return every error status that an endpoint may respond with."""
    authenticated = () if operation.access is Access.PUBLIC else (401, 403)
    with_body = () if operation.body is None else (413, 415)
    return sorted({400, *authenticated, *operation.errors, *with_body, 429, 503})


def _describe_body(body: Body, schemas: Schemas) -> dict[str, Any]:
    if isinstance(body, Media):
        return {body.type: {"schema": dict(body.schema)}}
    return {"application/json": {"schema": schemas[(body, "validation")]}}


def _describe_answer(answer: Json | Media, schemas: Schemas) -> dict[str, Any]:
    if isinstance(answer, Media):
        return {
            each: {"schema": dict(answer.schema)}
            for each in (answer.type, *answer.also)
        }
    example = answer if isinstance(answer, ResponseBody) else answer.example()
    described = {
        "schema": schemas[(type(example), "serialization")],
        "example": example.model_dump(mode="json"),
    }
    return {"application/json": described}


def _response_model(answer: Json) -> type[ResponseBody] | type[ResponseUnion[Any]]:
    return type(answer) if isinstance(answer, ResponseBody) else answer


def _operation_id(method: str, path: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", path.removeprefix("/api/v1"))
    return method.lower() + "".join(word[0].upper() + word[1:] for word in words)
