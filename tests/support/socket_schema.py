"""Checks events of the chat sockets against the OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import jsonschema_rs
from flask import Flask


@dataclass(frozen=True)
class SocketSchema:
    """What one socket sends, as the document of an application describes it."""

    path: str
    document: Mapping[str, Any]

    @classmethod
    def from_app(cls, app: Flask, path: str) -> Self:
        document = app.test_client().get("/api/v1/openapi.json").get_json()
        return cls(path, document)

    @property
    def event_types(self) -> set[str]:
        schemas = self.document["components"]["schemas"]
        names = [
            each["$ref"].rpartition("/")[2]
            for each in self.document["x-websockets"][self.path]["sends"]["oneOf"]
        ]
        return {schemas[name]["properties"]["type"]["const"] for name in names}

    def find_problems(self, event: Mapping[str, Any]) -> list[str]:
        schema = {
            **self.document["x-websockets"][self.path]["sends"],
            "components": self.document["components"],
        }
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return [error.message for error in validator.iter_errors(event)]
