"""Passages of help articles as JSON, for every entry point."""

from typing import Self

from webapp.kit.json import ResponseBody
from webapp.knowledge.relevance import RetrievedPassage


class PassageView(ResponseBody):
    slug: str
    """Of the article."""
    title: str
    heading: str
    text: str

    @classmethod
    def from_passage(cls, passage: RetrievedPassage) -> Self:
        return cls(
            slug=passage.slug,
            title=passage.title,
            heading=passage.heading,
            text=passage.text,
        )
