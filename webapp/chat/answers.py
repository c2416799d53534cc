"""The structured part of an answer, which clients render beside its text.

An answer's own names are snake_case, as existing clients read them; what it holds is the
API's JSON.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from webapp.cart.views import CartView
from webapp.catalog.views import ProductDetailView, ProductSummaryView
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.results import AnalyticsResult
from webapp.kit.json import OmittedIfNone, ResponseBody, require_in_schema
from webapp.knowledge.views import PassageView
from webapp.orders.views import OrderDetailView, OrderSummaryView


class ActionButton(ResponseBody):
    text: str
    action: str
    product_id: OmittedIfNone[UUID] = None
    order_id: OmittedIfNone[UUID] = None


class AnswerBody(ResponseBody):
    model_config = ConfigDict(
        alias_generator=None, json_schema_extra=require_in_schema("response_type")
    )

    suggestions: list[str]
    """Messages that the user may want to send next."""
    action_buttons: list[ActionButton] = []
    tools_used: list[str]


class AnalyticsView(ResponseBody):
    results: list[AnalyticsResult]
    """Of the queries of this turn, each with its query and its receipt."""
    analyses: list[AnalysisResult]
    """Of the analyses of this turn, each with its request and its receipt."""


class TextAnswer(AnswerBody):
    """Nothing to render besides the text."""

    response_type: Literal["text"] = "text"
    analytics: OmittedIfNone[AnalyticsView] = None
    """Empty; only in answers of the insights agent."""


class ProductListAnswer(AnswerBody):
    response_type: Literal["product_list"] = "product_list"
    products: list[ProductDetailView | ProductSummaryView]
    total: int


class CartAnswer(AnswerBody):
    response_type: Literal["cart"] = "cart"
    cart: CartView


class OrderAnswer(AnswerBody):
    response_type: Literal["order"] = "order"
    order: OrderDetailView


class OrderListAnswer(AnswerBody):
    response_type: Literal["order_list"] = "order_list"
    orders: list[OrderSummaryView]


class KnowledgeAnswer(AnswerBody):
    response_type: Literal["knowledge"] = "knowledge"
    sources: list[PassageView]


class AnalyticsAnswer(AnswerBody):
    response_type: Literal["analytics"] = "analytics"
    analytics: AnalyticsView


AnswerData = Annotated[
    TextAnswer
    | ProductListAnswer
    | CartAnswer
    | OrderAnswer
    | OrderListAnswer
    | KnowledgeAnswer
    | AnalyticsAnswer,
    Field(discriminator="response_type"),
]
