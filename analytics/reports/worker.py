"""A process that renders one report: `python -m analytics.reports.worker`, started by a replica.

Reads the request from its standard input, and writes the report to its standard output, as JSON.
"""

import os
import sys

from analytics.reports.process import RenderRequest
from analytics.reports.rendering import render_report
from webapp.kit import log as logs


def main() -> None:
    logs.configure(process="analytics report")
    # Whatever else prints, prints to the log.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as reply:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        request = RenderRequest.from_json(sys.stdin.buffer.read())
        reply.write(render_report(request).model_dump_json().encode())


if __name__ == "__main__":
    main()
