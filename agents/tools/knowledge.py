"""Knowledge tool: retrieval of passages from the help pages."""

from collections.abc import Sequence

from strands import tool
from strands.types.tools import AgentTool, ToolResult

from agents.tools.context import Json, ToolContext
from webapp.knowledge import service
from webapp.knowledge.service import RetrievedPassage

MAX_PASSAGES = 3
MIN_SIMILARITY = 0.3
"""Below this a passage is hardly an answer; see `RetrievedPassage.similarity`."""


class KnowledgeTools:
    def __init__(self, context: ToolContext) -> None:
        self._context = context

    def list_tools(self) -> list[AgentTool]:
        return [self.knowledge_search]

    @tool
    async def knowledge_search(self, question: str) -> ToolResult:
        """Find passages of the shop's help pages: delivery, returns, payment, accounts.

        Args:
            question: What the customer wants to know, in their words.
        """
        return await self._context.run(lambda: self._search(question))

    def _search(self, question: str) -> Json:
        runtime = self._context.runtime
        [vector] = runtime.embedder.embed([question])
        with runtime.db.unit_of_work() as session:
            passages = service.retrieve_passages(
                session, question=question, vector=vector, limit=MAX_PASSAGES
            )
        return {"passages": [_view(passage) for passage in select_relevant(passages)]}


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
    return sorted(near, key=lambda passage: passage.similarity or 0, reverse=True)


def _view(passage: RetrievedPassage) -> Json:
    return {
        "slug": passage.slug,
        "title": passage.title,
        "heading": passage.heading,
        "text": passage.text,
    }
