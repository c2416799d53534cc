"""Product pictures that admins upload. Pure: type and content come from the bytes.

Each is decoded and written anew, so that what is stored is a picture and nothing else: no
metadata such as the place where it was taken, and no other file behind or inside it. No SVG:
it can carry scripts, and opened directly it is a page of the shop's own origin.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps

from webapp.catalog.errors import NotAPicture
from webapp.catalog.png_rows import has_all_rows

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
MAX_PIXELS = 25_000_000
"""Decoded, a picture takes up to four bytes a pixel, whatever the size of its file."""
QUALITY = 90
COLOR_INFO = {"transparency", "icc_profile"}
"""What the colors of a picture depend on."""
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises for files that are broken, truncated or of another type."""


@dataclass(frozen=True)
class Picture:
    content: bytes
    extension: str

    @property
    def file_name(self) -> str:
        """By the hash of the content, so that a name can be cached for good."""
        return f"products/{hashlib.sha256(self.content).hexdigest()}.{self.extension}"


def clean_picture(upload: bytes) -> Picture:
    """Decode a JPEG, PNG or WebP, turn it upright, and encode it without metadata.

    Raises `NotAPicture`.
    """
    try:
        with Image.open(BytesIO(upload), formats=list(EXTENSIONS)) as image:
            _check_dimensions(image)
            image.verify()  # of a PNG the checksums, which decoding ignores
        with Image.open(BytesIO(upload), formats=list(EXTENSIONS)) as image:
            kind = image.format or ""
            image.load()
            if kind == "PNG" and not has_all_rows(upload):
                raise NotAPicture
            upright = ImageOps.exif_transpose(image)
            upright.info = {
                name: value for name, value in image.info.items() if name in COLOR_INFO
            }
            return Picture(_encode_image(upright, kind), EXTENSIONS[kind])
    except UNREADABLE:
        raise NotAPicture from None


def _check_dimensions(image: Image.Image) -> None:
    """Before anything is decoded. Raises `NotAPicture`."""
    if image.width * image.height > MAX_PIXELS:
        raise NotAPicture(
            f"The picture has {image.width} x {image.height} pixels: send one of at most "
            f"{MAX_PIXELS // 1_000_000} million"
        )
    if getattr(image, "n_frames", 1) > 1:
        raise NotAPicture("The picture is animated: send a single frame")


def _encode_image(image: Image.Image, kind: str) -> bytes:
    options: dict[str, Any] = {"icc_profile": _find_color_profile(image)}
    if kind != "PNG":
        options["quality"] = QUALITY
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _find_color_profile(image: Image.Image) -> bytes | None:
    """Written anew, so that other data under its name is dropped."""
    profile = image.info.get("icc_profile")
    if profile is None:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(profile)).tobytes()
    except (OSError, TypeError, ValueError):
        return None
