"""Color palette of the demo's pictures, with shades. Pure."""

import colorsys

COLORS = {
    "coral": "#d9704f",
    "cream": "#e6d7b8",
    "forest": "#3f6b52",
    "ink": "#3d434b",
    "mustard": "#dda63a",
    "navy": "#34517a",
    "plum": "#7d5680",
    "rose": "#d3899a",
    "sage": "#93ab8a",
    "sand": "#cdb38e",
    "sky": "#6fa9c9",
    "slate": "#66788a",
    "steel": "#a3afb8",
    "teal": "#3b8c8a",
    "terracotta": "#c0694a",
    "wood": "#c08a56",
}
# Fixed colors of materials, independent of the product's own.
MATERIALS = {
    "ink": "#2f343b",
    "paper": "#fffaf0",
    "metal": "#cdd5db",
    "metal_dark": "#95a1ab",
    "glass": "#d9eaf0",
    "wood": "#c8955c",
    "wood_dark": "#8f623a",
    "leaf": "#6f9a5b",
    "leaf_dark": "#4c7541",
}


def build_shades(color: str, accent: str) -> dict[str, str]:
    """The variables of a drawing: `main`, its lighter and darker shades, those of the accent,
    and `MATERIALS`. Both arguments are names in `COLORS`."""
    main, other = COLORS[color], COLORS[accent]
    return {
        **MATERIALS,
        "main": main,
        "dark": darken(main, 0.80),
        "deep": darken(main, 0.58),
        "light": lighten(main, 0.34),
        "pale": lighten(main, 0.76),
        "accent": other,
        "accent_dark": darken(other, 0.78),
        "accent_light": lighten(other, 0.5),
    }


def darken(color: str, factor: float) -> str:
    hue, light, saturation = colorsys.rgb_to_hls(*_parse_channels(color))
    return _format_hex(colorsys.hls_to_rgb(hue, light * factor, saturation))


def lighten(color: str, share: float) -> str:
    """Mix with white: a `share` of 0 changes nothing, 1 gives white."""
    red, green, blue = (
        channel + (1 - channel) * share for channel in _parse_channels(color)
    )
    return _format_hex((red, green, blue))


def _parse_channels(color: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _format_hex(channels: tuple[float, float, float]) -> str:
    return "#" + bytes(round(channel * 255) for channel in channels).hex()
