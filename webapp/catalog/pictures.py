"""Pictures of products that admins send. Pure: what one is, its bytes say.

No SVG: it can carry scripts, and is a page of the shop's own address to whoever opens it.
"""

import hashlib
import re

from webapp.catalog.errors import NotAPicture

BEGINNINGS = {
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


def build_file_name(picture: bytes) -> str:
    """By its content: another picture has another name, and a name can be cached for good.

    Raises `NotAPicture`.
    """
    for ending, beginning in BEGINNINGS.items():
        if beginning.match(picture):
            return f"products/{hashlib.sha256(picture).hexdigest()}.{ending}"
    raise NotAPicture
