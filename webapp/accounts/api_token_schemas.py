from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from webapp.accounts.api_tokens import MAX_NAME_LENGTH
from webapp.accounts.models import ApiToken
from webapp.kit.json import (
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)
from webapp.kit.scopes import Scope
from webapp.kit.text import LABEL

MAX_SCOPE_LENGTH = 100


class TokenDraft(RequestBody):
    model_config = example_config(
        {"name": "nightly export", "scopes": ["orders:read"], "expires": "90d"}
    )

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH), LABEL]
    """For what, so that it can be told apart and revoked."""
    scopes: Annotated[
        list[Annotated[str, Field(max_length=MAX_SCOPE_LENGTH)]],
        Field(min_length=1, max_length=len(Scope)),
    ]
    """What it may do; each endpoint names the scope that it needs."""
    expires: Annotated[str, Field(min_length=1, max_length=40)]
    """A duration (`12h`, `90d`, `4w`), a date (it ends when that begins, in UTC) or a time with
    its zone; a year from now at most."""


class ApiTokenView(ResponseBody):
    example_values = {
        "token_id": "0190c603-6f70-7182-8c3d-4e5f60718293",
        "name": "nightly export",
        "scopes": ["orders:read"],
        "created_at": "2026-02-27T14:05:00Z",
        "created_by": "ada@example.com",
        "expires_at": "2026-05-28T14:05:00Z",
        "last_used_at": None,
        "revoked_at": None,
    }

    token_id: UUID
    name: str
    scopes: list[str]
    created_at: Timestamp
    created_by: str | None
    """E-mail address of the admin; null for the command line, and once the account is deleted."""
    expires_at: Timestamp
    last_used_at: Timestamp | None
    """To about a minute."""
    revoked_at: Timestamp | None
    token: OmittedIfNone[str] = None
    """Shown once: when it is created."""

    @classmethod
    def from_token(cls, row: ApiToken) -> Self:
        return cls(
            token_id=row.id,
            name=row.name,
            scopes=row.scopes,
            created_at=row.created_at,
            created_by=row.creator.email if row.creator is not None else None,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )
