"""How long a chat socket stays open, by a clock that the test moves."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.chat.open_connections import MAX_LIFETIME
from webapp.chat.sockets import IDLE_TIMEOUT_S, receive_frames

OPENED_AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
EXPIRES_AT = OPENED_AT + MAX_LIFETIME
OVER = "A connection is open for 24 hours at most: connect again with a new ticket"


class TimedSocket:
    """A socket whose frames come after so many seconds each, by its own clock."""

    def __init__(self, *gaps_s: float) -> None:
        self.now = OPENED_AT
        self.closed: tuple[int, str] | None = None
        self._gaps = [timedelta(seconds=gap) for gap in gaps_s]

    def receive(self, timeout: float) -> str | None:
        limit = timedelta(seconds=timeout)
        if self._gaps and self._gaps[0] <= limit:
            self.now += self._gaps.pop(0)
            return "frame"
        self.now += limit
        return None

    def close(self, code: int, reason: str) -> None:
        self.closed = code, reason


def count_frames(socket: TimedSocket) -> int:
    frames = receive_frames(
        socket,
        expires_at=EXPIRES_AT,
        clock=lambda: socket.now,
    )
    return len([*frames])


@pytest.mark.parametrize(
    ("gap_s", "frames"),
    [
        (60, 24 * 60),
        (IDLE_TIMEOUT_S - 1, 48),
        (7 * 60, 205),  # the last wait is cut short
    ],
)
def test_a_socket_is_closed_after_a_day_however_busy_it_is(
    gap_s: float, frames: int
) -> None:
    socket = TimedSocket(*[gap_s] * 2000)

    assert count_frames(socket) == frames

    assert socket.now == EXPIRES_AT
    assert socket.closed == (4408, OVER)


def test_an_idle_socket_is_closed_earlier() -> None:
    socket = TimedSocket(60, 60)

    assert count_frames(socket) == 2

    assert socket.now == OPENED_AT + timedelta(seconds=120 + IDLE_TIMEOUT_S)
    assert socket.closed == (1001, "The connection was idle for too long")
