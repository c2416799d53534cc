from webapp.kit.errors import Forbidden, Invalid, Unavailable


class AdminsOnly(Forbidden):
    code = "ADMINS_ONLY"

    def __init__(self) -> None:
        super().__init__("This agent answers admins only")


class BadToolArguments(Invalid):
    code = "BAD_TOOL_ARGUMENTS"


class ToolTimeout(Unavailable):
    code = "TOOL_TIMEOUT"

    def __init__(self) -> None:
        super().__init__("That took too long; please try again")


class ToolFailed(Unavailable):
    code = "TOOL_FAILED"

    def __init__(self) -> None:
        super().__init__("This did not work; the shop has been notified")
