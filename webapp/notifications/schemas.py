from typing import Annotated

from pydantic import Field

from webapp.http.api import ForeignQuery
from webapp.kit.json import RequestBody, ResponseBody, example_config


class PreferencesBody(RequestBody):
    model_config = example_config({"events": {"order.shipped": False}})

    events: Annotated[
        dict[Annotated[str, Field(max_length=100)], bool], Field(max_length=50)
    ]
    """Whether each event is to be mailed; events that are not named stay as they are."""


class PreferenceView(ResponseBody):
    example_values = {"event": "order.shipped", "mail": True, "optional": False}

    event: str
    mail: bool
    optional: bool
    """Whether it can be switched off."""


class PreferencesView(ResponseBody):
    items: list[PreferenceView]


class TokenQuery(ForeignQuery):
    token: Annotated[str, Field(min_length=1, max_length=1000)]


class SubscriptionView(ResponseBody):
    example_values = {"event": "stock.low", "subscribed": False}

    event: str
    subscribed: bool
