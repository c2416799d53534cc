from webapp.kit.errors import Conflict, Invalid, Unauthenticated


class EmailTaken(Conflict):
    code = "EMAIL_TAKEN"


class WrongCode(Invalid):
    code = "WRONG_CODE"

    def __init__(self) -> None:
        super().__init__("The code is wrong or has expired: ask for a new one")


class WrongCredentials(Unauthenticated):
    code = "WRONG_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong")


class NotVerified(Unauthenticated):
    code = "EMAIL_NOT_VERIFIED"

    def __init__(self) -> None:
        super().__init__("Verify the e-mail address first, with the code mailed to it")


class BadRefreshToken(Unauthenticated):
    code = "BAD_REFRESH_TOKEN"

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid any more: log in again")
