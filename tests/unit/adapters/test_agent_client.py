"""How the shop reaches its agents, over a transport that answers as a test tells it to."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import jwt
import pytest

from webapp.adapters.agents.port import Delta, Failure, Message, Principal, Turn, Typing
from webapp.adapters.agents.ray_serve import RayServeAgentClient
from webapp.adapters.agents.service_tokens import (
    issue_service_token,
    verify_service_token,
)
from webapp.config import Settings
from webapp.kit.errors import CommerceError, Forbidden, Unauthenticated, Unavailable
from webapp.kit.ids import new_id

SECRET = "a secret of the tests, long enough for HS256"
SPEAKER = Principal(new_id(), ("admin",))
TURN = Turn(SPEAKER, new_id(), "hello", {"page": "home"})


def host(answer: Callable[[httpx.Request], httpx.Response]) -> RayServeAgentClient:
    client = httpx.Client(
        transport=httpx.MockTransport(answer), base_url="http://agents"
    )
    return RayServeAgentClient(client, Settings(jwt_secret=SECRET), "/support")


def lines(*events: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, text="\n".join(events))


def test_a_turn_goes_out_with_its_passport_and_events_come_back() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return lines(
            '{"type":"typing"}',
            '{"type":"delta","text":"Hi"}',
            '{"type":"message","message":"Hi","data":{"tools_used":[]}}',
        )(request)

    events = list(host(answer).stream_turn(TURN))

    assert events == [
        Typing(),
        Delta(text="Hi"),
        Message(message="Hi", data={"tools_used": []}),
    ]
    [request] = sent
    token = request.headers["Authorization"].removeprefix("Bearer ")
    assert verify_service_token(token, secret=SECRET) == SPEAKER
    assert str(SPEAKER.customer_id) not in request.content.decode()


def test_a_failure_ends_the_turn() -> None:
    answer = lines('{"type":"error","code":"CHAT_SESSION_NOT_FOUND","message":"No"}')

    assert list(host(answer).stream_turn(TURN)) == [
        Failure(code="CHAT_SESSION_NOT_FOUND", message="No")
    ]


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (unreachable, Unavailable),
        (lambda _: httpx.Response(500), Unavailable),
        (lambda _: httpx.Response(403), Forbidden),
        (lines(), Unavailable),
        (lines('{"type":"delta","text":"Hi"}'), Unavailable),
        (lines("{"), Unavailable),
    ],
)
def test_whatever_goes_wrong_is_a_refusal_with_a_sentence(
    answer: Callable[[httpx.Request], httpx.Response], refusal: type[CommerceError]
) -> None:
    with pytest.raises(refusal) as raised:
        list(host(answer).stream_turn(TURN))

    assert raised.value.message


def forged(**changes: object) -> str:
    claims = {
        "sub": str(new_id()),
        "aud": "agents",
        "exp": datetime(2100, 1, 1, tzinfo=UTC),
    }
    return jwt.encode({**claims, **changes}, SECRET, "HS256")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        issue_service_token(
            SPEAKER, secret="another secret, just as long as the right one"
        ),
        forged(aud="shop"),
        forged(exp=datetime(2020, 1, 1, tzinfo=UTC)),
        forged(sub="nobody"),
        jwt.encode({"sub": str(new_id()), "aud": "agents"}, SECRET, "HS256"),
    ],
)
def test_only_our_own_passports_are_read(token: str) -> None:
    with pytest.raises(Unauthenticated):
        verify_service_token(token, secret=SECRET)
