from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from webapp.kit.clock import format_iso
from webapp.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated

WRONG_FACTOR_CODE = (
    "The code is wrong, has been used, or is not of this minute: wait for the next one of the "
    "authenticator app, check the clock, or use a recovery code"
)


class EmailTaken(Conflict):
    code = "EMAIL_TAKEN"

    def __init__(self) -> None:
        super().__init__("An account with this e-mail address exists already")


class AccountGone(Unauthenticated):
    code = "ACCOUNT_GONE"

    def __init__(self) -> None:
        super().__init__("The account of this token does not exist any more")


class AccountNotFound(NotFound):
    code = "ACCOUNT_NOT_FOUND"

    def __init__(self, email: str) -> None:
        super().__init__(f"There is no account with the address {email}")


class WrongCode(Invalid):
    code = "WRONG_CODE"

    def __init__(self) -> None:
        super().__init__(
            "The code is wrong, has expired, or is not for this registration: send the "
            "password or registrationSecret of the registration, or ask for a new code"
        )


class WrongResetToken(Invalid):
    code = "WRONG_RESET_TOKEN"

    def __init__(self) -> None:
        super().__init__(
            "The link has been used or has expired: ask for a new one under "
            '"Forgot password"'
        )


class TokenRevoked(Unauthenticated):
    code = "TOKEN_REVOKED"

    def __init__(self) -> None:
        super().__init__("The access token was revoked: refresh it, or sign in again")


class WrongCredentials(Unauthenticated):
    code = "WRONG_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong")


class WrongPassword(Forbidden):
    """403, as the caller is signed in: a 401 would make the client sign in again."""

    code = "WRONG_PASSWORD"

    def __init__(self) -> None:
        super().__init__("The password is wrong")


class NotVerified(Unauthenticated):
    code = "EMAIL_NOT_VERIFIED"

    def __init__(self) -> None:
        super().__init__("Verify the e-mail address first, with the code mailed to it")


class BadRefreshToken(Unauthenticated):
    code = "BAD_REFRESH_TOKEN"

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid any more: log in again")


class UnknownApiToken(Unauthenticated):
    code = "API_TOKEN_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("The API token is unknown or was revoked: create another one")


class ApiTokenExpired(Unauthenticated):
    code = "API_TOKEN_EXPIRED"

    def __init__(self, expired_at: datetime) -> None:
        super().__init__(
            f"The API token expired at {format_iso(expired_at)}: create another one"
        )


class ApiTokenNotFound(NotFound):
    code = "API_TOKEN_NOT_FOUND"

    def __init__(self, wanted: str) -> None:
        super().__init__(f"There is no API token {wanted!r}")


class AmbiguousTokenName(Conflict):
    code = "API_TOKEN_AMBIGUOUS"

    def __init__(self, name: str, token_ids: Sequence[UUID]) -> None:
        ids = [str(each) for each in token_ids]
        super().__init__(
            f"Several API tokens are named {name!r}; revoke by id: {', '.join(ids)}",
            token_ids=ids,
        )


class BadTokenName(Invalid):
    code = "BAD_TOKEN_NAME"

    def __init__(self, reason: str) -> None:
        super().__init__(f"name: {reason}")


class BadExpiry(Invalid):
    code = "BAD_EXPIRY"

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(
            f"expires: {text[:40]!r} {reason}; give a duration (12h, 90d, 4w), a date "
            "(2027-03-31, in UTC) or a time with its zone (2027-03-31T12:00Z), at most 366 days "
            "from now"
        )


class UnknownScopes(Invalid):
    code = "UNKNOWN_SCOPES"

    def __init__(self, unknown: Sequence[str], *, known: Sequence[str]) -> None:
        problem = f"unknown: {', '.join(unknown)}" if unknown else "none is given"
        super().__init__(
            f"scopes: {problem}; known are {', '.join(known)}",
            unknown=unknown,
            known=known,
        )


class SecondFactorRequired(Unauthenticated):
    code = "SECOND_FACTOR_REQUIRED"

    def __init__(self) -> None:
        super().__init__(
            "This account has a second factor: send `code` too, the six digits of its "
            "authenticator app or a recovery code"
        )


class WrongSecondFactor(Unauthenticated):
    code = "WRONG_SECOND_FACTOR"

    def __init__(self) -> None:
        super().__init__(WRONG_FACTOR_CODE)


class SecondFactorCodeRejected(Forbidden):
    """403, as the caller is signed in: a 401 would make the client sign in again."""

    code = "SECOND_FACTOR_CODE_REJECTED"

    def __init__(self) -> None:
        super().__init__(WRONG_FACTOR_CODE)


class CodeNotExpected(Invalid):
    code = "CODE_NOT_EXPECTED"

    def __init__(self) -> None:
        super().__init__(
            "code: this account has no second factor; sign in without a code"
        )


class NoSecondFactor(Conflict):
    code = "NO_SECOND_FACTOR"

    def __init__(self) -> None:
        super().__init__(
            "This account has no second factor: POST /auth/second-factor begins one"
        )


class SecondFactorExists(Conflict):
    code = "SECOND_FACTOR_EXISTS"

    def __init__(self) -> None:
        super().__init__("This account has a second factor; remove that one first")


class SecondFactorOfPool(Conflict):
    code = "SECOND_FACTOR_OF_POOL"

    def __init__(self) -> None:
        super().__init__(
            "The user pool signs this account in: enroll the second factor there"
        )
