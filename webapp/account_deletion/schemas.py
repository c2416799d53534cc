from typing import Annotated

from pydantic import Field

from webapp.http.schemas import (
    RequestBody,
    example_config,
)


class DeleteAccountBody(RequestBody):
    model_config = example_config({"password": "Sunny-Days-4"})

    password: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """The account's; only one whose password a user pool keeps goes without."""
