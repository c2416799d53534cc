"""A process that renders one report: `python -m analytics.reports.worker`, started by a replica
with the memory that it may take, in MB.

Reads the request from its standard input, and writes the report to its standard output, as JSON.
"""

import os
import sys

from analytics.memory_limits import OUT_OF_MEMORY, limit_memory
from analytics.reports.process import RenderRequest
from analytics.reports.rendering import render_report
from webapp.kit import log as logs

RESERVED_MB = 512
"""Address space that V8 has from its start on, counts as data, and hardly fills."""


def main(memory_mb: int) -> None:
    logs.configure(process="analytics report")
    limit_memory(memory_mb + RESERVED_MB)
    # Whatever else prints, prints to the log.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as reply:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        try:
            request = RenderRequest.from_json(sys.stdin.buffer.read())
            reply.write(render_report(request).model_dump_json().encode())
        except MemoryError:
            # There may be none left for anything else.
            os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main(int(sys.argv[1]))
