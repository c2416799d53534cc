import pytest

from webapp.chat.rate_limits import MessageRateLimiter, TalkingTooFast


def test_a_client_may_send_again_when_the_oldest_message_left_the_window() -> None:
    rate_limiter = MessageRateLimiter(limit=2, window_s=60)
    rate_limiter.hit(0)
    rate_limiter.hit(10)

    with pytest.raises(TalkingTooFast) as error:
        rate_limiter.hit(20)

    assert error.value.retry_after == 40
    rate_limiter.hit(60)
    with pytest.raises(TalkingTooFast):
        rate_limiter.hit(69)
    rate_limiter.hit(70)
