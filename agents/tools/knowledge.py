"""Knowledge tool: retrieval of passages from the help pages."""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter

from sqlalchemy.orm import Session

from agents.tools.tool import Tool, ToolParams, ToolServices, build_tool
from webapp.adapters.agents.port import Principal
from webapp.kit.json import ResponseBody
from webapp.knowledge import service
from webapp.knowledge.service import RetrievedPassage
from webapp.knowledge.views import PassageView

MAX_PASSAGES = 3
MIN_SIMILARITY = 0.3
"""Below this a passage is hardly an answer; see `RetrievedPassage.similarity`."""


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
        passages=[
            PassageView.from_passage(passage) for passage in select_relevant(passages)
        ]
    )


def select_relevant(passages: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """Those of at least `MIN_SIMILARITY`, the most similar first; all of them while none has
    a similarity, as before the vectors are computed."""
    near = [
        p
        for p in passages
        if p.similarity is not None and p.similarity >= MIN_SIMILARITY
    ]
    if all(passage.similarity is None for passage in passages):
        return list(passages)
    return sorted(near, key=attrgetter("similarity"), reverse=True)


def build_tools(services: ToolServices) -> list[Tool]:
    return [
        build_tool(partial(knowledge_search, services=services), KnowledgeSearchParams)
    ]
