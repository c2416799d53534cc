"""Structured logs: one JSON object per line, or colored text on a terminal.

An event is a lower-case phrase with fields. Never log a token, a card number or text that a
customer wrote.
"""

import logging
import sys

import structlog

CHATTY_LOGGERS = ("httpx", "httpx2")
"""Log a line for each request that this process sends: more than half of a shop's log."""


def configure(*, level: str = "INFO", process: str) -> None:
    """Configure logging, once per process by its entry point. Every line has `process`."""
    renderer: structlog.typing.Processor = (
        # The other formatters show local variables: text of customers, or secrets.
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)
