from typing import Annotated, Self

from pydantic import Field

from webapp.kit.json import RequestBody, ResponseBody, Timestamp, example_config
from webapp.kit.text import MULTI_LINE, ONE_LINE
from webapp.knowledge.models import Document

Slug = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100),
]


class DocumentBody(RequestBody):
    """A help article. One with the same `slug` is replaced."""

    model_config = example_config(
        {
            "slug": "returns",
            "title": "Sending something back",
            "body": "Within **30 days**.",
        }
    )

    slug: Slug
    title: Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
    body: Annotated[str, Field(min_length=1, max_length=200_000), MULTI_LINE]
    """Markdown."""


class DocumentQuery(RequestBody):
    slug: Slug


class DocumentView(ResponseBody):
    example_values = {
        "slug": "returns",
        "title": "Sending something back",
        "body": "Within **30 days**.",
        "updated_at": "2026-02-10T11:00:00Z",
    }

    slug: str
    title: str
    body: str
    updated_at: Timestamp

    @classmethod
    def from_document(cls, document: Document) -> Self:
        return cls(
            slug=document.slug,
            title=document.title,
            body=document.body,
            updated_at=document.updated_at,
        )


class DocumentsView(ResponseBody):
    items: list[DocumentView]
