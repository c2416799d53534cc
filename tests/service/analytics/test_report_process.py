"""The process that renders a report, and the way to it over HTTP."""

import os
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest

from analytics.query_processes import QueryTimedOut
from analytics.reports.process import (
    RenderingFailed,
    RenderingTimedOut,
    RenderingTooLarge,
    RenderRequest,
    render_in_process,
)
from tests.service.analytics.test_query_endpoint import connect_shop, open_client
from tests.support.order_lines import order_line
from tests.support.report_documents import build_document, compute_result, show_result
from webapp.adapters.analytics.port import (
    ExportedFile,
    RenderedReport,
    ReportFormat,
    ReportImage,
    ReportTooLarge,
)
from webapp.adapters.analytics.ray_serve import AnalyticsUnavailable
from webapp.kit.ids import new_id

RESULT = compute_result(
    order_line(category="茶壶"),
    order_line(order_id="2", category="Garden"),
    groupBy=["category"],
)
REQUEST = RenderRequest(
    document=build_document(show_result(RESULT)), formats=[ReportFormat.PDF]
)
MEMORY_MB = 2048
SMALLEST_MB = 512
"""That the setting allows."""
DOCUMENT = REQUEST.document.model_dump(mode="json")
BODY = {"document": DOCUMENT, "formats": ["pdf"]}
REPORT = RenderedReport(
    html="<p>茶壶</p>",
    text="茶壶",
    images=[ReportImage(name="chart-1", png=b"\x89PNG")],
    files=[ExportedFile(name="sales.pdf", content=b"%PDF\xff")],
)


def run_script(script: str) -> RenderedReport:
    return render_in_process(
        REQUEST, memory_mb=MEMORY_MB, command=[sys.executable, "-c", script]
    )


@pytest.mark.slow
@pytest.mark.timeout(250)
def test_a_report_is_rendered_by_a_process_of_its_own() -> None:
    report = render_in_process(REQUEST, memory_mb=MEMORY_MB, timeout_s=100)

    assert "茶壶" in report.html
    assert "Garden" in report.text
    [image] = report.images
    assert image.png.startswith(b"\x89PNG")
    [file] = report.files
    assert file.content.startswith(b"%PDF")


def test_a_process_that_is_killed_is_an_error_and_the_next_one_works() -> None:
    with pytest.raises(RenderingFailed, match="status -9"):
        run_script("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")

    answer = REPORT.model_dump_json()
    assert run_script(f"import sys; sys.stdin.read(); print({answer!r})") == REPORT


def test_a_process_that_ends_without_a_report_is_an_error() -> None:
    with pytest.raises(RenderingFailed, match="incomplete"):
        run_script("import sys; sys.stdin.read(); print('{}')")


@pytest.mark.slow
@pytest.mark.timeout(250)
def test_a_report_that_needs_too_much_memory_is_ended_and_the_next_one_is_not() -> None:
    with pytest.raises(RenderingTooLarge) as error:
        render_in_process(REQUEST, memory_mb=1, timeout_s=100)

    assert error.value.memory_mb == 1
    report = render_in_process(REQUEST, memory_mb=SMALLEST_MB, timeout_s=100)
    assert report.images


@pytest.mark.parametrize(
    "end",
    [
        "os._exit(86)",
        "os.abort()",
        "os.kill(os.getpid(), signal.SIGTRAP)",
    ],
)
def test_what_an_allocation_that_is_refused_ends_is_too_large(end: str) -> None:
    with pytest.raises(RenderingTooLarge):
        run_script(f"import os, signal; {end}")


@pytest.mark.slow
def test_a_process_that_takes_too_long_is_ended_with_what_it_started(
    tmp_path: Path,
) -> None:
    numbers = tmp_path / "numbers"
    script = f"sleep 99 & echo $$ $! > {numbers}; sleep 99"

    with pytest.raises(RenderingTimedOut):
        render_in_process(
            REQUEST,
            memory_mb=MEMORY_MB,
            timeout_s=2,
            command=["/bin/sh", "-c", script],
        )

    for number in map(int, numbers.read_text().split()):
        assert wait_for_end(number)


def wait_for_end(number: int) -> bool:
    for _ in range(200):
        try:
            os.kill(number, 0)
            state = (
                Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
            )
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":  # Nobody waits for it where no process adopts orphans.
            return True
        time.sleep(0.05)
    return False


def test_a_report_comes_back_from_the_analytics_as_it_was_rendered() -> None:
    render = Mock(return_value=REPORT)

    report = connect_shop(Mock(), render).render_report(
        DOCUMENT, [ReportFormat.PDF], caller_id=new_id()
    )

    assert report == REPORT
    [(request,)] = [call.args for call in render.call_args_list]
    assert request == REQUEST


@pytest.mark.parametrize("error", [RenderingTimedOut(), RenderingFailed("status -9")])
def test_a_report_that_is_not_rendered_is_an_error_of_the_shop(
    error: Exception,
) -> None:
    render = Mock(side_effect=error)

    with pytest.raises(AnalyticsUnavailable, match="could not be rendered"):
        connect_shop(Mock(), render).render_report(
            DOCUMENT, [ReportFormat.PDF], caller_id=new_id()
        )


def test_a_report_that_is_too_large_is_refused_with_what_is_possible() -> None:
    render = Mock(side_effect=RenderingTooLarge(768))

    with pytest.raises(ReportTooLarge, match="768 MB") as error:
        connect_shop(Mock(), render).render_report(
            DOCUMENT, [ReportFormat.PDF], caller_id=new_id()
        )

    assert error.value.possible == ["fewer sections", "limits to their rows"]


@pytest.mark.parametrize("error", [RenderingTimedOut(), QueryTimedOut()])
def test_what_takes_too_long_is_said_to_the_shop(error: Exception) -> None:
    service = Mock()
    service.run.side_effect = error
    client = open_client(service, render_report=Mock(side_effect=error))

    for path, body in (
        ("/analytics/reports", BODY),
        ("/analytics", {"metrics": ["orders"]}),
    ):
        response = client.post(path, json=body)
        assert response.status_code == 503
        assert response.json() == {"error": "That takes too long"}


@pytest.mark.parametrize(
    "body",
    [{}, {**BODY, "formats": ["docx"]}, {**BODY, "document": {"title": "x"}}],
)
def test_a_body_that_is_no_report_is_refused(body: object) -> None:
    render = Mock()
    client = open_client(Mock(), render_report=render)

    assert client.post("/analytics/reports", json=body).status_code == 400
    assert not render.called


def test_reports_are_for_the_shop_alone() -> None:
    render = Mock()
    client = open_client(Mock(), None, render_report=render)

    assert client.post("/analytics/reports", json=BODY).status_code == 401
    assert not render.called
