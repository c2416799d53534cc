"""The help pages, by question."""

from collections.abc import Sequence

from strands import tool
from strands.types.tools import AgentTool, ToolResult

from agents.tools.context import Json, ToolContext
from webapp.knowledge import service
from webapp.knowledge.service import RetrievedPassage

PASSAGES = 3
SIMILAR_ENOUGH = 0.3
"""Below this a passage is hardly an answer; see `FoundPassage.similarity`."""


class KnowledgeTools:
    def __init__(self, desk: ToolContext) -> None:
        self._desk = desk

    def list_tools(self) -> list[AgentTool]:
        return [self.knowledge_search]

    @tool
    async def knowledge_search(self, question: str) -> ToolResult:
        """Find passages of the shop's help pages: delivery, returns, payment, accounts.

        Args:
            question: What the customer wants to know, in their words.
        """
        return await self._desk.run(lambda: self._passages(question))

    def _passages(self, question: str) -> Json:
        runtime = self._desk.runtime
        [vector] = runtime.embedder.embed([question])
        with runtime.db.unit_of_work() as session:
            found = service.retrieve_passages(
                session, question=question, vector=vector, limit=PASSAGES
            )
        return {"passages": [_view(passage) for passage in answers(found)]}


def answers(found: Sequence[RetrievedPassage]) -> list[RetrievedPassage]:
    """Those near enough in meaning, the nearest first; all of them while none has its
    vector yet."""
    near = [
        p for p in found if p.similarity is not None and p.similarity >= SIMILAR_ENOUGH
    ]
    if all(passage.similarity is None for passage in found):
        return list(found)
    return sorted(near, key=lambda passage: passage.similarity or 0, reverse=True)


def _view(passage: RetrievedPassage) -> Json:
    return {
        "slug": passage.slug,
        "title": passage.title,
        "heading": passage.heading,
        "text": passage.text,
    }
