"""Zones by name, read from the machine's or tzdata's database: not a thing for the pure rooms."""

from zoneinfo import ZoneInfo

from grantkit.errors import InvalidInput


def load_zone(name: str) -> ZoneInfo:
    """
    Return the zone with an IANA name.

    Raises:
        InvalidInput: ``zone``, if there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, malformed, or a folder such as "America"
        wants = "an IANA zone name such as Europe/Berlin (the tzdata package brings them where the system has none)"
        raise InvalidInput(field="zone", code="unknown", wants=wants) from error
