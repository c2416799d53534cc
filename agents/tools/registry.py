"""All tools of all agents, for adapters and tests that want every one.

An agent's runner imports only its own, so that its replicas do not load the others' libraries.
"""

from collections.abc import Mapping

from agents.tools import analytics, cart, knowledge, orders, products
from agents.tools.tool import Tool, ToolServices

MODULES = (products, cart, orders, knowledge, analytics)


def build_registry(services: ToolServices) -> Mapping[str, Tool]:
    """The tools by name."""
    tools = [tool for module in MODULES for tool in module.build_tools(services)]
    return {tool.name: tool for tool in tools}
