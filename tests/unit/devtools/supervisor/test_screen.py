import json
from io import StringIO
from pathlib import Path

import pytest

from webapp.devtools.supervisor.part import PartState, PartStatus
from webapp.devtools.supervisor.screen import (
    Screen,
    format_log_line,
    read_demo_accounts,
)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '{"event": "paid", "order": 7, "level": "info", "timestamp": "09:19"}',
            "info    paid order=7",
        ),
        ("Listening at: http://127.0.0.1:8080", "Listening at: http://127.0.0.1:8080"),
        ("{not json", "{not json"),
        ('{"no": "event"}', '{"no": "event"}'),
    ],
)
def test_structured_log_lines_are_shown_as_text(line: str, shown: str) -> None:
    assert format_log_line(line) == shown


def test_a_part_has_one_line_with_state_time_and_address() -> None:
    out = StringIO()

    Screen(out).show_settled(
        PartStatus(
            "web", PartState.HEALTHY, took=1.234, address="http://127.0.0.1:8080"
        )
    )

    assert out.getvalue() == "  web         healthy     1.2 s   http://127.0.0.1:8080\n"


def test_logs_are_held_back_until_the_platform_is_ready() -> None:
    out = StringIO()
    screen = Screen(out)

    screen.show_output("web", "early")
    screen.is_showing_logs = True
    screen.show_output("web", "late")

    assert out.getvalue() == "       web | late\n"


def test_a_failure_is_shown_with_its_reason_and_last_lines() -> None:
    out = StringIO()

    Screen(out).show_exit(PartStatus("web", reason="killed by SIGKILL"), ["one", "two"])

    assert out.getvalue() == "  web failed: killed by SIGKILL\n    one\n    two\n"


def test_a_closed_terminal_does_not_prevent_a_stop() -> None:
    out = StringIO()
    screen = Screen(out)
    out.close()

    screen.show_stopping()


def test_the_sign_ins_are_those_of_the_demo_data(tmp_path: Path) -> None:
    accounts = tmp_path / "demo-accounts.json"
    assert read_demo_accounts(accounts) == []

    accounts.write_text(
        json.dumps({"customer": {"email": "ada@example.com", "password": "Sesam-1!"}})
    )

    assert read_demo_accounts(accounts) == [("Customer", "ada@example.com   Sesam-1!")]
