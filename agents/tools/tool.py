"""Defines what a tool is: a plain function `(session, principal, params) -> view`.

Tools know no agent framework. An adapter binds them to one, for one principal; whose data it
is never comes from the model.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import getdoc
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema
from sqlalchemy.orm import Session

from webapp.adapters.agents.port import Principal
from webapp.adapters.analytics.port import AnalyticsClient
from webapp.adapters.embeddings.port import Embedder
from webapp.adapters.search.port import RuleCache, SearchEngine
from webapp.bootstrap import AgentRuntime
from webapp.cart.taxes import TaxTable
from webapp.kit.json import ResponseBody
from webapp.search.meaning import MeaningSearch

Json = dict[str, Any]


class ToolParams(BaseModel):
    """Base of the arguments of tools. The model reads the docstrings of the fields."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class NoParams(ToolParams):
    pass


Params = TypeVar("Params", bound=BaseModel)
ToolFunction = Callable[[Session, Principal, Params], ResponseBody]
"""Called in a unit of work of its own, whose transaction begins with its first statement:
external services are called before it."""


@dataclass(frozen=True)
class ToolServices:
    """What tools need besides a session: external services and settings."""

    search: SearchEngine
    meaning: MeaningSearch
    search_rules: RuleCache
    embedder: Embedder
    taxes: TaxTable
    currency: str
    analytics: AnalyticsClient

    @classmethod
    def from_runtime(cls, runtime: AgentRuntime) -> Self:
        return cls(
            search=runtime.search,
            meaning=MeaningSearch.from_runtime(runtime),
            search_rules=runtime.rule_cache,
            embedder=runtime.embedder,
            taxes=TaxTable.from_settings(runtime.settings),
            currency=runtime.settings.currency,
            analytics=runtime.analytics,
        )


class _InputSchema(GenerateJsonSchema):
    """Without titles, and without null, which means the same as an argument left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


@dataclass(frozen=True)
class Tool:
    name: str
    description: str
    params: type[BaseModel]
    function: ToolFunction[Any]
    admins_only: bool = False
    hidden: Json = field(default_factory=dict)
    """Fields of the view that the model does not read, as Pydantic's `exclude` has them."""

    def build_input_schema(self) -> Json:
        """JSON schema of the arguments, as the model reads it."""
        schema = self.params.model_json_schema(schema_generator=_InputSchema)
        del schema["title"]
        return schema

    def dump_view(self, view: ResponseBody) -> Json:
        """The view as the model reads it."""
        return view.model_dump(mode="json", exclude=self.hidden)


def build_tool(
    function: ToolFunction[Params],
    params: type[Params],
    *,
    admins_only: bool = False,
    hidden: Json | None = None,
) -> Tool:
    """Its name and description are those of the function, which may be bound to services."""
    source = function.func if isinstance(function, partial) else function
    return Tool(
        name=source.__name__,
        description=getdoc(source) or "",
        params=params,
        function=function,
        admins_only=admins_only,
        hidden=hidden or {},
    )
