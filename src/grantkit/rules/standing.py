"""What holds whatever the way in: who sees, what is demanded, who is eligible, which zone."""

import re
from collections.abc import Mapping
from typing import Final, Self

import attrs

from grantkit.canonical import Plain
from grantkit.errors import InvalidInput
from grantkit.inputs import identifier, part
from grantkit.rules.fields import Check, each, exactly, must, record, spelled, unique
from grantkit.rules.who import Selector

SCHEMA: Final = 1
_DOMAIN = "domain:"
_WANTS_PREDICATE = (
    "domain:D, or the name of a predicate of the host (letters, digits, dots, dashes, underscores)"
)
_WANTS_FLOW = "a name of letters, digits, dots, dashes, underscores"
_WANTS_ZONE = "an IANA name such as Europe/Vienna"
# No dots: whoever looks the zone up may do so in a folder, and ".." must not lead out of it.
_ZONE = re.compile(r"(?=.{1,100}\Z)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")


@attrs.frozen(kw_only=True)
class View:
    """
    Who may look; checked when a reading verb is told who asks.

    Attributes:
        status: Who may see what stands. From an agent outside of it whom no live grant covers, the tenant is
            concealed.
        history: Who may read the record.
    """

    status: tuple[Selector, ...] = attrs.field(
        default=(Selector("tenant", "*"), Selector("vendor", "*")), validator=must(unique(exactly(Selector)))
    )
    history: tuple[Selector, ...] = attrs.field(
        default=(Selector("relation", "approvers"),), validator=must(unique(exactly(Selector)))
    )

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read a view."""
        return record(field, data, cls, _VIEW)

    def to_data(self) -> dict[str, Plain]:
        """Return the view as plain data."""
        return {"status": spelled(self.status), "history": spelled(self.history)}


@attrs.frozen(kw_only=True)
class DemandRule:
    """
    What needs a further consent besides the grant (J9, R10).

    Attributes:
        beyond: Policies; whatever they do not allow is beyond them, and unknown actions are too. Empty:
            everything is.
        needs: The consent flow, a live consent of which is then needed for this agent, action and resource.
    """

    beyond: tuple[str, ...] = attrs.field(validator=must(unique(identifier)))
    needs: str = attrs.field(validator=must(identifier))

    @classmethod
    def from_data(cls, field: str, data: object) -> Self:
        """Read a demand."""
        return record(field, data, cls, _DEMAND)

    def to_data(self) -> dict[str, Plain]:
        """Return the demand as plain data."""
        return {"beyond": spelled(self.beyond), "needs": self.needs}


def schema(field: str, value: object) -> int:
    """Return *value*, the version of the document's form; there is one so far."""
    if type(value) is not int or value != SCHEMA:
        raise InvalidInput(field=field, code="unknown", wants=f"{SCHEMA}, the only form so far")
    return value


def predicate(field: str, value: object) -> str:
    """Return *value*, the name of a predicate; whether the host knows it is the shell's to say (B11)."""
    if type(value) is str and value.startswith(_DOMAIN):
        domain = identifier(field, value.removeprefix(_DOMAIN))
        if "@" in domain:
            raise InvalidInput(field=field, code="bad_id", wants="the part after the @")
        return value
    return part(field, value, "bad_id", _WANTS_PREDICATE)


def flow_name(field: str, value: object) -> str:
    """Return *value*, the name of a flow; it has no slash, for ``flow/event`` is a key of notices."""
    return part(field, value, "bad_id", _WANTS_FLOW)


def zone_name(field: str, value: object) -> str:
    """Return *value*, which looks like an IANA name; the shell says whether there is such a zone (T3)."""
    if type(value) is not str or _ZONE.fullmatch(value) is None:
        raise InvalidInput(field=field, code="unknown", wants=_WANTS_ZONE)
    return value


_VIEW: Mapping[str, Check] = {"status": each(Selector.parse), "history": each(Selector.parse)}
_DEMAND: Mapping[str, Check] = {"beyond": each(identifier), "needs": identifier}
