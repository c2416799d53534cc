"""Knowledge tool: retrieval of passages from the help pages."""

from functools import partial

from sqlalchemy.orm import Session

from agents.tools.tool import Tool, ToolParams, ToolServices, build_tool
from webapp.adapters.agents.port import Principal
from webapp.kit.json import ResponseBody
from webapp.knowledge import service
from webapp.knowledge.views import PassageView

MAX_PASSAGES = 3


class KnowledgeSearchParams(ToolParams):
    question: str
    """What the customer wants to know, in their words."""


class KnowledgeResult(ResponseBody):
    passages: list[PassageView]


def knowledge_search(
    session: Session,
    _: Principal,
    params: KnowledgeSearchParams,
    *,
    services: ToolServices,
) -> KnowledgeResult:
    """Find passages of the shop's help pages: delivery, returns, payment, accounts."""
    [vector] = services.embedder.embed([params.question])
    passages = service.retrieve_passages(
        session, question=params.question, vector=vector, limit=MAX_PASSAGES
    )
    return KnowledgeResult(
        passages=[PassageView.from_passage(passage) for passage in passages]
    )


def build_tools(services: ToolServices) -> list[Tool]:
    return [
        build_tool(partial(knowledge_search, services=services), KnowledgeSearchParams)
    ]
