from uuid import UUID

from webapp.kit.errors import (
    Conflict,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)


class SessionNotFound(NotFound):
    code = "CHAT_SESSION_NOT_FOUND"

    def __init__(self, session_id: UUID) -> None:
        super().__init__("There is no such conversation", session_id=session_id)


class StillAnswering(Conflict):
    code = "STILL_ANSWERING"

    def __init__(self) -> None:
        super().__init__("The previous message is still being answered; wait for it")


class AnswerInProgress(Conflict):
    """The same message is being answered, in the session `session_id`."""

    code = "ANSWER_IN_PROGRESS"

    def __init__(self, session_id: UUID) -> None:
        super().__init__("This message is still being answered; send it again later")
        self.session_id = session_id


class AnswerInterrupted(Conflict):
    code = "ANSWER_INTERRUPTED"

    def __init__(self, client_message_id: str) -> None:
        super().__init__(
            f"The answer to the message {client_message_id} was interrupted after it had begun "
            "to act: look what has changed, then ask for the rest under another clientMessageId",
            client_message_id=client_message_id,
        )


class ClientMessageIdReused(Conflict):
    code = "CLIENT_MESSAGE_ID_REUSED"

    def __init__(self, client_message_id: str) -> None:
        super().__init__(
            f"The clientMessageId {client_message_id} was used for a message with another "
            "text: give each message an id of its own, such as a UUID",
            client_message_id=client_message_id,
        )


class BadChatMessage(Invalid):
    code = "BAD_CHAT_MESSAGE"


class BadConnectionQuery(Invalid):
    code = "BAD_CONNECTION_QUERY"


class TicketNotValid(Unauthenticated):
    code = "TICKET_NOT_VALID"

    def __init__(self) -> None:
        super().__init__(
            "This ticket was used, has expired, or is for another socket: get a new one from "
            "POST /api/v1/chat/tickets"
        )


class TicketsUnavailable(Unavailable):
    code = "TICKETS_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__(
            "Tickets cannot be checked now: offer the access token as subprotocol "
            "bearer.TOKEN, or try again later"
        )


class DatabaseUnavailable(Unavailable):
    code = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The database is unavailable; try again")


class TokenInAddress(Unauthenticated):
    code = "TOKEN_IN_ADDRESS"

    def __init__(self) -> None:
        super().__init__(
            "Addresses end up in logs: offer the token as subprotocol bearer.TOKEN, or use a "
            "ticket from POST /api/v1/chat/tickets"
        )
