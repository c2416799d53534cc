"""Messages that take back the one before, and those that ask for something."""

import pytest

from agents.local.insights.edits.undoing import is_undoing


@pytest.mark.parametrize(
    "text",
    [
        "undo",
        "Sorry, forget that last step please",
        "Hmm, no, go back to how it was before",
        "can you undo the last change?",
        "switch back to the previous view",
        "could I have the previous table again",
        "put it back the way it was",
        "let's return to what we had before",
        "I don't want that, take it back",
        "please remove the last filter",
    ],
)
def test_a_message_takes_back_the_one_before(text: str) -> None:
    assert is_undoing(text)


@pytest.mark.parametrize(
    "text",
    [
        "the month before",
        "what was it before",
        "the one before",
        "back to October",
        "go back one month",
        "back to all countries",
        "remove the filter",
        "drop that",
        "forget Germany",
    ],
)
def test_times_names_and_filters_are_asked_for(text: str) -> None:
    assert not is_undoing(text)
