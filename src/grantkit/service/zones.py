"""Zones by name, read from the machine's or tzdata's database: not a thing for the pure rooms."""

from zoneinfo import ZoneInfo

from grantkit.errors import InvalidInput

_WANTS = "an IANA zone name such as Europe/Berlin (the tzdata package brings them where the system has none)"
# Files beside the zones: the machine's own zone, which is never used, a placeholder, and zones that count leap seconds.
_NOT_PLACES = frozenset({"localtime", "posixrules", "Factory"})


def load_zone(name: str) -> ZoneInfo:
    """
    Return the zone with an IANA name.

    Raises:
        InvalidInput: ``zone``, if there is none of that name.
    """
    if name in _NOT_PLACES or name.startswith(("posix/", "right/")):
        raise InvalidInput(field="zone", code="unknown", wants=_WANTS)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, malformed, or a folder such as "America"
        raise InvalidInput(field="zone", code="unknown", wants=_WANTS) from error
