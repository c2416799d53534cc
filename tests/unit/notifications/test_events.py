from uuid import UUID

import pytest

from webapp.notifications.events import ROUTES, Channel, EventName, build_event_key
from webapp.notifications.messages import SUBJECTS, get_template_environment

FIRST, SECOND = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("event", EventName)
def test_each_event_has_a_route_and_the_parts_of_its_mail(event: EventName) -> None:
    assert Channel.MAIL in ROUTES[event].channels
    assert SUBJECTS[event]
    for extension in ("txt", "html"):
        name = f"{event.replace('.', '_')}.{extension}"
        assert name in get_template_environment().list_templates()


def test_an_event_that_happens_once_is_identified_by_its_subject() -> None:
    keys = {
        build_event_key(
            EventName.ORDER_CONFIRMED, {"order_id": "42"}, occurrence=occurrence
        )
        for occurrence in (FIRST, SECOND)
    }
    assert keys == {"order.confirmed:42"}


def test_an_event_that_repeats_is_identified_by_its_message() -> None:
    keys = [
        build_event_key(
            EventName.ORDER_REFUNDED, {"order_id": "42"}, occurrence=occurrence
        )
        for occurrence in (FIRST, SECOND)
    ]
    assert keys == [f"order.refunded:{FIRST}", f"order.refunded:{SECOND}"]
