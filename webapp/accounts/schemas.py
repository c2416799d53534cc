from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, EmailStr, Field, model_validator

from webapp.accounts.models import Customer
from webapp.kit.json import RequestBody, ResponseBody, Timestamp, example_config
from webapp.kit.text import ONE_LINE

Password = Annotated[str, Field(min_length=1, max_length=1000)]
Token = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(min_length=1, max_length=20)]
FactorCode = Annotated[str, Field(min_length=6, max_length=40), ONE_LINE]
"""Six digits of an authenticator app, or a recovery code."""
PersonName = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]


def _reject_display_name(value: Any) -> Any:
    """`EmailStr` would drop the name of `Ada <ada@example.com>`."""
    if isinstance(value, str) and "<" in value:
        msg = "must be an address alone, without a name"
        raise ValueError(msg)
    return value


EmailAddress = Annotated[EmailStr, BeforeValidator(_reject_display_name)]


class Registration(RequestBody):
    model_config = example_config(
        {"email": "ada@example.com", "password": "Sunny-Days-4", "name": "Ada Reed"}
    )

    email: EmailAddress
    password: Password
    name: PersonName


class EmailBody(RequestBody):
    model_config = example_config({"email": "ada@example.com"})

    email: EmailAddress


class Verification(RequestBody):
    model_config = example_config(
        {"email": "ada@example.com", "code": "482913", "password": "Sunny-Days-4"}
    )

    email: EmailAddress
    code: Code
    password: Password | None = None
    """Password of the registration."""
    registration_secret: Token | None = None
    """What registering returned; in place of the password."""

    @model_validator(mode="after")
    def _require_proof(self) -> Self:
        if (self.password is None) == (self.registration_secret is None):
            msg = (
                "send the password of the registration, or the registrationSecret that "
                "registering returned: the code alone does not say whose registration it is"
            )
            raise ValueError(msg)
        return self


class NewPassword(RequestBody):
    model_config = example_config(
        {"token": "Zm9yLW9uZS1uZXctcHc", "password": "Rainy-Days-5"}
    )

    token: Token
    """`token` of the mailed link."""
    password: Password


class Credentials(RequestBody):
    model_config = example_config(
        {"email": "ada@example.com", "password": "Sunny-Days-4"}
    )

    email: EmailAddress
    password: Password
    code: FactorCode | None = None
    """Of the second factor, if the account has one: of its app, or a recovery code."""


class RefreshBody(RequestBody):
    model_config = example_config({"refreshToken": "what the sign-in answered"})

    refresh_token: Token


class LogOutBody(RefreshBody):
    all_devices: bool = False
    """End the sign-ins of all devices."""


class RegisteredView(ResponseBody):
    example_values = {
        "user_id": "0190c4f0-3b2a-7d1c-9e8f-7a6b5c4d3e2f",
        "registration_secret": "c2VjcmV0LW9mLXRoaXMtcmVnaXN0cmF0aW9u",
    }

    user_id: UUID
    """Id of the new account; of no account when the address was taken, which is not revealed."""
    registration_secret: str
    """Verifies the address together with the mailed code, in place of the password."""


class TokensView(ResponseBody):
    example_values = {
        "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIuLi4ifQ.c2ln",
        "refresh_token": "q3VtYmVyLW9mLXRoaXJ0eS10d28tYnl0ZXM",
        "expires_in": 3600,
    }

    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds until the access token expires."""
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105


class SignInView(TokensView):
    example_values = {
        **TokensView.example_values,
        "device_token": "a25vd24tZGV2aWNl",
    }

    device_token: str
    """Marks this device as known; keep it, and send it with the next sign-in."""


class AccountView(ResponseBody):
    example_values = {
        "user_id": RegisteredView.example_values["user_id"],
        "email": "ada@example.com",
        "name": "Ada Reed",
        "groups": [],
        "created_at": "2026-02-14T18:20:00Z",
    }

    user_id: UUID
    email: str | None
    """Null until the user pool's id token has named it: its access tokens do not."""
    name: str
    groups: list[str]
    """Groups of the token that was sent."""
    created_at: Timestamp

    @classmethod
    def from_customer(cls, customer: Customer, *, groups: frozenset[str]) -> Self:
        return cls(
            user_id=customer.id,
            email=customer.email,
            name=customer.name,
            groups=sorted(groups),
            created_at=customer.created_at,
        )
