"""The client of the agents, over a mock transport."""

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
PRINCIPAL = Principal(new_id(), ("admin",))
TURN = Turn(PRINCIPAL, new_id(), "hello", {"page": "home"})


def build_client(
    answer: Callable[[httpx.Request], httpx.Response],
) -> RayServeAgentClient:
    client = httpx.Client(
        transport=httpx.MockTransport(answer), base_url="http://agents"
    )
    return RayServeAgentClient(client, Settings(jwt_secret=SECRET), "/support")


def respond_with(*events: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, text="\n".join(events))


def test_a_turn_is_sent_with_its_service_token_and_events_come_back() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return respond_with(
            '{"type":"typing"}',
            '{"type":"delta","text":"Hi"}',
            '{"type":"message","message":"Hi","data":{"tools_used":[]}}',
        )(request)

    events = list(build_client(answer).stream_turn(TURN))

    assert events == [
        Typing(),
        Delta(text="Hi"),
        Message(message="Hi", data={"tools_used": []}),
    ]
    [request] = sent
    token = request.headers["Authorization"].removeprefix("Bearer ")
    assert verify_service_token(token, secret=SECRET) == PRINCIPAL
    assert str(PRINCIPAL.customer_id) not in request.content.decode()


def test_a_failure_ends_the_turn() -> None:
    answer = respond_with(
        '{"type":"error","code":"CHAT_SESSION_NOT_FOUND","message":"No"}'
    )

    assert list(build_client(answer).stream_turn(TURN)) == [
        Failure(code="CHAT_SESSION_NOT_FOUND", message="No")
    ]


def fail_to_connect(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fail_to_connect, Unavailable),
        (lambda _: httpx.Response(500), Unavailable),
        (lambda _: httpx.Response(403), Forbidden),
        (respond_with(), Unavailable),
        (respond_with('{"type":"delta","text":"Hi"}'), Unavailable),
        (respond_with("{"), Unavailable),
    ],
)
def test_every_failure_is_a_domain_error_with_a_message(
    answer: Callable[[httpx.Request], httpx.Response], error: type[CommerceError]
) -> None:
    with pytest.raises(error) as raised:
        list(build_client(answer).stream_turn(TURN))

    assert raised.value.message


def forge_token(**changes: object) -> str:
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
            PRINCIPAL, secret="another secret, just as long as the right one"
        ),
        forge_token(aud="shop"),
        forge_token(exp=datetime(2020, 1, 1, tzinfo=UTC)),
        forge_token(sub="not an identifier"),
        jwt.encode({"sub": str(new_id()), "aud": "agents"}, SECRET, "HS256"),
    ],
)
def test_only_valid_service_tokens_are_accepted(token: str) -> None:
    with pytest.raises(Unauthenticated):
        verify_service_token(token, secret=SECRET)


def test_a_service_token_is_valid_for_a_minute() -> None:
    token = issue_service_token(PRINCIPAL, secret=SECRET)
    claims = jwt.decode(token, SECRET, ["HS256"], audience="agents")

    def issue_before(seconds: int) -> str:
        times = {name: claims[name] - seconds for name in ("iat", "exp")}
        return forge_token(**claims | times)

    assert verify_service_token(issue_before(55), secret=SECRET) == PRINCIPAL
    with pytest.raises(Unauthenticated):
        verify_service_token(issue_before(61), secret=SECRET)
