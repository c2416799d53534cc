from typing import Annotated

from pydantic import Field

from webapp.kit.json import RequestBody, example_config


class DeleteAccountBody(RequestBody):
    model_config = example_config({"password": "Sunny-Days-4"})

    password: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """Password of the account; omitted only where a user pool stores it."""
