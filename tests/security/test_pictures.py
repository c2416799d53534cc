"""Uploaded files are decoded within limits, and stored as nothing but a picture."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from tests.support.pictures import encode_picture
from webapp.catalog.errors import NotAPicture
from webapp.catalog.pictures import MAX_PIXELS, clean_picture

ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


def build_png_head(width: int, height: int) -> bytes:
    """A PNG of these dimensions whose pixels are missing."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    data = b"IDAT" + zlib.compress(b"\0" * 1_000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk
        + struct.pack(">I", len(data) - 4)
        + data
        + struct.pack(">I", zlib.crc32(data))
    )


@pytest.mark.parametrize("side", [5_001, 20_000, 2_000_000_000])
def test_a_small_file_of_a_huge_picture_is_not_decoded(side: int) -> None:
    with pytest.raises(NotAPicture):
        clean_picture(build_png_head(side, side))


def test_the_limit_of_pixels_is_named() -> None:
    with pytest.raises(NotAPicture) as error:
        clean_picture(build_png_head(5_001, 5_000))

    assert MAX_PIXELS < 5_001 * 5_000
    assert error.value.message.endswith("send one of at most 25 million")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_refused(kind: str) -> None:
    whole = encode_picture(kind, size=(64, 64))

    for length in (12, len(whole) // 2, len(whole) * 9 // 10):
        with pytest.raises(NotAPicture):
            clean_picture(whole[:length])


def test_a_png_with_a_wrong_checksum_is_refused() -> None:
    whole = encode_picture("PNG", size=(64, 64))
    place = whole.index(b"IDAT") + 4
    length = int.from_bytes(whole[place - 8 : place - 4])
    checksum = place + length

    wrong = whole[:checksum] + b"none" + whole[checksum + 4 :]
    without_end = whole[: -len(b"....IEND....")]

    for damaged in (wrong, without_end):
        with pytest.raises(NotAPicture):
            clean_picture(damaged)


def build_png(*, rows: int, interlaced: bool = False) -> bytes:
    """A PNG of 16 x 16 pixels with so many of its rows."""
    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, interlaced)
    pixels = zlib.compress(b"\0" * rows * (1 + 16 * 3))
    chunks = (
        (b"IHDR", head),
        (b"IDAT", pixels[:9]),
        (b"IDAT", pixels[9:]),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_png_without_all_of_its_rows_is_refused(*, interlaced: bool) -> None:
    for rows in (1, 8, 15):
        with pytest.raises(NotAPicture):
            clean_picture(build_png(rows=rows, interlaced=interlaced))

    clean_picture(build_png(rows=18, interlaced=interlaced))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])

    with pytest.raises(NotAPicture, match="animated"):
        clean_picture(buffer.getvalue())


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_types_are_refused_whatever_they_are_called(kind: str) -> None:
    with pytest.raises(NotAPicture):
        clean_picture(encode_picture(kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_metadata_is_dropped_and_the_orientation_applied(kind: str) -> None:
    image = Image.new("RGB", (40, 20), "white")
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKE] = "Camera of Ada"
    exif[GPS] = {1: "N", 2: (52.0, 31.0, 12.0)}
    buffer = BytesIO()
    image.save(buffer, kind, exif=exif)
    upload = buffer.getvalue()
    assert b"Camera of Ada" in upload

    picture = clean_picture(upload)

    assert b"Camera of Ada" not in picture.content
    with Image.open(BytesIO(picture.content)) as cleaned:
        assert cleaned.format == kind
        assert cleaned.size == (20, 40), "turned upright"
        assert dict(cleaned.getexif()) == {}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_of_a_color_profile_only_a_true_one_is_kept(kind: str) -> None:
    true = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = {}
    for name, profile in {"true": true, "text": b"Camera of Ada" * 20}.items():
        buffer = BytesIO()
        Image.new("RGB", (6, 4)).save(buffer, kind, icc_profile=profile)
        with Image.open(BytesIO(clean_picture(buffer.getvalue()).content)) as cleaned:
            kept[name] = cleaned.info.get("icc_profile")

    assert kept["true"] is not None
    assert kept["text"] is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_follows_the_picture_is_dropped(kind: str) -> None:
    page = b"<html><script>alert(1)</script></html>"

    assert page not in clean_picture(encode_picture(kind) + page).content


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "1"])
def test_each_kind_of_colors_survives(mode: str) -> None:
    buffer = BytesIO()
    Image.new(mode, (6, 4)).save(buffer, "PNG")

    with Image.open(BytesIO(clean_picture(buffer.getvalue()).content)) as cleaned:
        assert (cleaned.mode, cleaned.size) == (mode, (6, 4))
