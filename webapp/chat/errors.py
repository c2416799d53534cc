from uuid import UUID

from webapp.kit.errors import Conflict, Invalid, NotFound


class SessionNotFound(NotFound):
    code = "CHAT_SESSION_NOT_FOUND"

    def __init__(self, session_id: UUID) -> None:
        super().__init__("There is no such conversation", session_id=session_id)


class StillAnswering(Conflict):
    code = "STILL_ANSWERING"

    def __init__(self) -> None:
        super().__init__("The previous message is still being answered; wait for it")


class BadChatMessage(Invalid):
    code = "BAD_CHAT_MESSAGE"
