"""A tool that is bound to a principal: what the model is given, and what is recorded."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from strands.types.tools import AgentTool

from agents.errors import AdminsOnly
from agents.tools.strands_tools import ToolContext, bind_tools
from agents.tools.tool import NoParams, Tool, ToolParams, build_tool
from agents.turn_trace import ToolResultRecord, TurnTrace
from tests.support.bound_tools import call_bound_tool
from tests.support.factories import RowFactory
from webapp.accounts.models import Customer
from webapp.adapters.agents.port import Principal
from webapp.db.session import Database
from webapp.kit.errors import Conflict
from webapp.kit.ids import new_id
from webapp.kit.json import ResponseBody

CUSTOMER = Principal(new_id())
ADMIN = Principal(new_id(), ("admin",))


class LampParams(ToolParams):
    lamps: int
    """How many lamps."""
    color: str | None = None
    """Which color."""


class LampView(ResponseBody):
    lamps_ordered: int
    ordered_by: str


class OutOfLamps(Conflict):
    code = "OUT_OF_LAMPS"


def order_lamps(
    _session: Session, principal: Principal, params: LampParams
) -> LampView:
    """Order lamps."""
    if params.lamps > 3:
        raise OutOfLamps("Only 3 left")
    return LampView(lamps_ordered=params.lamps, ordered_by=str(principal.customer_id))


ORDER_LAMPS = build_tool(order_lamps, LampParams)


@pytest.fixture
def context(database: Database) -> Iterator[ToolContext]:
    with ThreadPoolExecutor(1) as executor:
        yield ToolContext(database, executor, timeout_s=15)


def bind(context: ToolContext, tool: Tool, trace: TurnTrace | None = None) -> AgentTool:
    [bound] = bind_tools(
        [tool], context, principal=CUSTOMER, trace=trace or TurnTrace()
    )
    return bound


def test_what_is_hidden_from_models_is_in_the_view_alone(context: ToolContext) -> None:
    trace = TurnTrace()
    tool = build_tool(order_lamps, LampParams, hidden={"ordered_by": True})

    result = call_bound_tool(bind(context, tool, trace), {"lamps": 3})

    assert result["content"] == [{"json": {"lampsOrdered": 3}}]
    [record] = trace.results
    assert record.result == {"lampsOrdered": 3}
    assert isinstance(record.view, LampView)
    assert record.view.ordered_by == str(CUSTOMER.customer_id)


def test_the_model_is_given_the_view_and_the_turn_remembers_it(
    context: ToolContext,
) -> None:
    trace = TurnTrace()

    result = call_bound_tool(bind(context, ORDER_LAMPS, trace), {"lamps": 3})

    buyer = str(CUSTOMER.customer_id)
    view_json = {"lampsOrdered": 3, "orderedBy": buyer}
    assert result == {
        "toolUseId": "call-1",
        "status": "success",
        "content": [{"json": view_json}],
    }
    view = LampView(lamps_ordered=3, ordered_by=buyer)
    assert trace.results == [ToolResultRecord("order_lamps", view, view_json)]
    assert trace.tools_used == ["order_lamps"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"lamps": 4}, "OUT_OF_LAMPS", "Only 3 left"),
        ({}, "BAD_TOOL_ARGUMENTS", "lamps: Field required"),
        (
            {"color": 7},
            "BAD_TOOL_ARGUMENTS",
            "lamps: Field required; color: Input should be a valid string",
        ),
    ],
)
def test_the_model_is_given_the_code_and_the_message_of_an_error(
    context: ToolContext, arguments: dict[str, Any], code: str, message: str
) -> None:
    trace = TurnTrace()

    result = call_bound_tool(bind(context, ORDER_LAMPS, trace), arguments)

    assert result == {
        "toolUseId": "call-1",
        "status": "error",
        "content": [{"json": {"refused": code, "message": message}}],
    }
    assert trace.results == []
    assert trace.errors == [message]
    assert trace.tools_used == ["order_lamps"]


def build_test_tool(function: Callable[[Session], ResponseBody]) -> Tool:
    def run(session: Session, _principal: Principal, _params: NoParams) -> ResponseBody:
        return function(session)

    return Tool("test_tool", "A tool of this test.", NoParams, run)


def test_a_tool_writes_in_a_transaction_of_its_own(
    database: Database, context: ToolContext
) -> None:
    def insert(session: Session) -> ResponseBody:
        RowFactory(session).customer(email="new@example.com")
        return ResponseBody()

    def insert_and_fail(session: Session) -> ResponseBody:
        RowFactory(session).customer(email="failed@example.com")
        raise OutOfLamps("None left")

    call_bound_tool(bind(context, build_test_tool(insert)), {})
    call_bound_tool(bind(context, build_test_tool(insert_and_fail)), {})

    with database.unit_of_work() as session:
        assert session.scalars(select(Customer.email)).all() == ["new@example.com"]


def test_a_tool_that_takes_too_long_is_abandoned(context: ToolContext) -> None:
    """The model is answered while the tool still waits for what comes only afterwards."""
    answered = Event()

    def wait(_: Session) -> ResponseBody:
        answered.wait(5)
        return ResponseBody()

    impatient = replace(context, timeout_s=0.01)
    result = call_bound_tool(bind(impatient, build_test_tool(wait)), {})
    answered.set()

    assert result["content"] == [
        {
            "json": {
                "refused": "TOOL_TIMEOUT",
                "message": "That took too long; please try again",
            }
        }
    ]


@pytest.mark.parametrize("kind", [ValueError, RuntimeError, KeyError, OSError])
def test_the_model_does_not_see_a_raw_error(
    context: ToolContext, kind: type[Exception]
) -> None:
    def fail(_: Session) -> ResponseBody:
        raise kind("password=hunter2")

    trace = TurnTrace()

    result = call_bound_tool(bind(context, build_test_tool(fail), trace), {})

    message = "This did not work; the shop has been notified"
    assert result["status"] == "error"
    assert result["content"] == [
        {"json": {"refused": "TOOL_FAILED", "message": message}}
    ]
    assert trace.errors == [message]


def test_a_tool_of_admins_is_bound_to_admins_only(context: ToolContext) -> None:
    tools = [ORDER_LAMPS, replace(ORDER_LAMPS, name="see_all_lamps", admins_only=True)]

    bound = bind_tools(tools, context, principal=ADMIN, trace=TurnTrace())

    assert [tool.tool_name for tool in bound] == ["order_lamps", "see_all_lamps"]
    with pytest.raises(AdminsOnly) as error:
        bind_tools(tools, context, principal=CUSTOMER, trace=TurnTrace())
    assert (error.value.code, error.value.message) == (
        "ADMINS_ONLY",
        "This agent answers admins only",
    )


def test_the_model_reads_a_tool_as_its_docstrings_describe_it(
    context: ToolContext,
) -> None:
    assert bind(context, ORDER_LAMPS).tool_spec == {
        "name": "order_lamps",
        "description": "Order lamps.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {
                    "lamps": {"type": "integer", "description": "How many lamps."},
                    "color": {
                        "type": "string",
                        "default": None,
                        "description": "Which color.",
                    },
                },
                "required": ["lamps"],
            }
        },
    }


def test_a_function_that_is_bound_to_services_keeps_its_name() -> None:
    bound = build_tool(partial(order_lamps), LampParams)

    assert (bound.name, bound.description) == ("order_lamps", "Order lamps.")
    assert bound.params is LampParams
    assert not bound.admins_only
    assert build_tool(order_lamps, LampParams, admins_only=True).admins_only
