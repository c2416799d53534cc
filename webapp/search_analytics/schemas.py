from typing import Annotated
from uuid import UUID

from pydantic import Field

from webapp.kit.json import WHOLE_NUMBER, RequestBody, example_config
from webapp.kit.text import CODE
from webapp.search_analytics.buffered_events import FollowUpType
from webapp.search_analytics.service import SearchFollowUp

MAX_POSITION = 10_000


class SearchEventBody(RequestBody):
    model_config = example_config(
        {
            "searchId": "019d01c56e5d7c3a8f4b6a5c4d3e2f1089aa6e3f2b1c0d4e",
            "type": "click",
            "productId": "0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f",
            "position": 3,
        }
    )

    search_id: Annotated[str, Field(min_length=1, max_length=100), CODE]
    """As `GET /search` answered with it, at most a day ago."""
    type: FollowUpType
    product_id: UUID
    position: Annotated[int, Field(ge=1, le=MAX_POSITION), WHOLE_NUMBER] | None = None
    """Of the product in the list, over all pages, from 1."""

    def to_follow_up(self) -> SearchFollowUp:
        return SearchFollowUp(self.search_id, self.type, self.product_id, self.position)
