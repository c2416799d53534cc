"""Small real pictures."""

from io import BytesIO

from PIL import Image


def encode_picture(
    kind: str, *, size: tuple[int, int] = (6, 4), color: str = "red"
) -> bytes:
    """A file of Pillow's format `kind`; noise, so that its pixels take some bytes."""
    image = Image.effect_noise(size, 50).convert("RGB")
    image.paste(color, (0, 0, 2, 2))
    buffer = BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
