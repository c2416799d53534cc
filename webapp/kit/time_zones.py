from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def parse_zone(name: str) -> ZoneInfo:
    """Raises `ValueError` for what is no IANA name of a zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        shown = name[:50] if name.strip() else "An empty name"
        msg = f"{shown} is no time zone; write its IANA name, such as Europe/Berlin"
        raise ValueError(msg) from error
