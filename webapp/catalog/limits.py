"""Limits of products, and types of values within them: for services, the API and files alike."""

from typing import Annotated, Any

from pydantic import Field

from webapp.kit.json import DISTINCT_NAMES, WHOLE_NUMBER
from webapp.kit.money import MAX_AMOUNT_MINOR
from webapp.kit.text import CODE, LABEL, MULTI_LINE, ONE_LINE

MAX_NAME_LENGTH = 500
MAX_DESCRIPTION_LENGTH = 20_000
MAX_LABEL_LENGTH = 200
MAX_SKU_LENGTH = 100
MAX_LINK_LENGTH = 2_000
MAX_TAGS = 50
MAX_ATTRIBUTES = 200
MAX_OPTIONS = 10
MAX_VARIANTS = 200
MAX_STOCK = 10_000_000

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH), ONE_LINE]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION_LENGTH), MULTI_LINE]
Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL_LENGTH), LABEL]
"""A brand, a category, a tag, the name of an attribute, the name and the value of an option."""
Sku = Annotated[str, Field(min_length=1, max_length=MAX_SKU_LENGTH), CODE]
Link = Annotated[
    str,
    Field(max_length=MAX_LINK_LENGTH, pattern=r"^(https?://\S*|/([^/\s]\S*)?)$"),
    ONE_LINE,
]
Tags = Annotated[list[Label], Field(max_length=MAX_TAGS)]
Attributes = Annotated[
    dict[Label, Any], Field(max_length=MAX_ATTRIBUTES), DISTINCT_NAMES
]
Options = Annotated[dict[Label, Label], Field(max_length=MAX_OPTIONS), DISTINCT_NAMES]
PriceMinor = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)]
Stock = Annotated[int, Field(ge=0, le=MAX_STOCK), WHOLE_NUMBER]
