from collections.abc import Sequence
from uuid import UUID

from webapp.kit.errors import Conflict, NotFound


class SavedQuestionNotFound(NotFound):
    code = "SAVED_QUESTION_NOT_FOUND"

    def __init__(self, question_id: UUID) -> None:
        super().__init__("There is no such saved question", question_id=question_id)


class QuestionNameTaken(Conflict):
    code = "QUESTION_NAME_TAKEN"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A question is saved as {name!r}: choose another name", name=name
        )


class QuestionInUse(Conflict):
    code = "SAVED_QUESTION_IN_USE"

    def __init__(self, question_id: UUID, *, reports: Sequence[str]) -> None:
        possible = ["taking it out of these reports", "deleting these reports"]
        super().__init__(
            f"Reports show the question: {', '.join(reports)}; possible are"
            f" {', '.join(possible)}",
            question_id=question_id,
            reports=list(reports),
            possible=possible,
        )


class StaleQuestion(Conflict):
    code = "SAVED_QUESTION_CHANGED"

    def __init__(self, question_id: UUID, *, sent: int, current: int) -> None:
        super().__init__(
            "The question was changed in the meantime: read it again and repeat the change",
            question_id=question_id,
            sent_version=sent,
            current_version=current,
        )
