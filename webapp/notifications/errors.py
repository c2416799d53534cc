from webapp.kit.errors import Invalid


class NotOptional(Invalid):
    code = "NOTIFICATION_NOT_OPTIONAL"

    def __init__(self, events: list[str]) -> None:
        super().__init__(
            f"These cannot be switched off by this account: {', '.join(events)}",
            events=events,
        )


class BadUnsubscribeLink(Invalid):
    code = "BAD_UNSUBSCRIBE_LINK"

    def __init__(self) -> None:
        super().__init__("This unsubscribe link is invalid or incomplete")
