from pydantic import ConfigDict

from webapp.kit.json import RequestBody


class QueryPart(RequestBody):
    """Base of what a query consists of: it is written in the JSON in which it is read."""

    model_config = ConfigDict(
        validate_by_name=True, serialize_by_alias=True, use_attribute_docstrings=True
    )
