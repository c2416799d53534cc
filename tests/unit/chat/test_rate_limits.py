import pytest

from webapp.chat.rate_limits import MessageRateLimiter, TalkingTooFast


def test_a_client_may_talk_again_when_the_oldest_message_is_long_ago() -> None:
    pace = MessageRateLimiter(limit=2, window_s=60)
    pace.hit(0)
    pace.hit(10)

    with pytest.raises(TalkingTooFast) as refusal:
        pace.hit(20)

    assert refusal.value.retry_after == 40
    pace.hit(60)
    with pytest.raises(TalkingTooFast):
        pace.hit(69)
    pace.hit(70)
