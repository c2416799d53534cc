"""Masks tokens and tickets in what gunicorn logs of requests."""

import logging
import re

from webapp.kit.scopes import API_TOKEN_PREFIX

SECRETS = re.compile(
    r"(?P<name>\b(?:token|ticket)=)[^&\s\"'#]+"
    # A JWT or an API token, wherever it stands: in a header, or in a path by mistake.
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    rf"|{API_TOKEN_PREFIX}[\w-]+"
)
MASK = "***"
LOGGERS = ("gunicorn.access", "gunicorn.error")


def mask_secrets(line: str) -> str:
    return SECRETS.sub(lambda found: f"{found['name'] or ''}{MASK}", line)


class SecretsMask(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask_secrets(record.getMessage()), ()
        return True


def install_mask() -> None:
    for name in LOGGERS:
        logging.getLogger(name).addFilter(SecretsMask())
