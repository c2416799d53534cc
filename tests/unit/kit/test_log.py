import subprocess
import sys

PROGRAM = """\
import logging
from webapp.kit import log

log.configure(process="web")
for name in ("httpx", "shop"):
    logging.getLogger(name).info("HTTP Request: GET /")
    logging.getLogger(name).warning("away")
"""


def test_requests_that_a_process_sends_are_no_lines_of_its_log() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    events = [line.split('"event": "')[1] for line in printed.stderr.splitlines()]
    assert [event.split('"')[0] for event in events] == [
        "away",
        "HTTP Request: GET /",
        "away",
    ]
