"""Product pictures that admins upload. Pure: the format is detected from the bytes.

No SVG: it can carry scripts, and opened directly it is a page of the shop's own origin.
"""

import hashlib
import re

from webapp.catalog.errors import NotAPicture

SIGNATURES = {
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


def build_file_name(picture: bytes) -> str:
    """Name a picture by the hash of its content, so that a name can be cached for good.

    Raises `NotAPicture`.
    """
    for extension, signature in SIGNATURES.items():
        if signature.match(picture):
            return f"products/{hashlib.sha256(picture).hexdigest()}.{extension}"
    raise NotAPicture
