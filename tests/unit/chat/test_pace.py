import pytest

from webapp.chat.pace import Pace, TalkingTooFast


def test_a_client_may_talk_again_when_the_oldest_message_is_long_ago() -> None:
    pace = Pace(limit=2, seconds=60)
    pace.step(0)
    pace.step(10)

    with pytest.raises(TalkingTooFast) as refusal:
        pace.step(20)

    assert refusal.value.retry_after == 40
    pace.step(60)
    with pytest.raises(TalkingTooFast):
        pace.step(69)
    pace.step(70)
