from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def parse_zone(name: str) -> ZoneInfo:
    """Raises `ValueError` for what is no IANA name of a zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"{name[:50]} is no time zone; write its IANA name, such as Europe/Berlin"
        raise ValueError(msg) from error
