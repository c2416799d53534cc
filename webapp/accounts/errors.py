from webapp.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


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
