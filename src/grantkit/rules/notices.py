"""Who is told of what: keys over a closed list of events, and the defaults."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from grantkit.errors import InvalidInput
from grantkit.inputs import FrozenMap
from grantkit.rules.who import Selector

Notices: TypeAlias = Mapping[str, tuple[Selector, ...]]

EVENTS: Final = (
    "requested",
    "step_opened",
    "approved",
    "denied",
    "withdrawn",
    "lapsed",
    "consented",
    "granted",
    "activated",
    "amended",
    "delegated",
    "confirmed",
    "revoked",
    "relinquished",
    "ended",
    "cut_off",
    "frozen",
    "unfrozen",
    "suspended",
    "reinstated",
    "entered",
    "left",
    "ticket_linked",
    "ticket_solved",
    "rules_adopted",
    "clock_corrected",
)
"""Every event that somebody can be told of."""


def _relations(*names: str) -> tuple[Selector, ...]:
    return tuple(Selector("relation", name) for name in names)


DEFAULTS: Final[Notices] = FrozenMap(
    {
        "requested": _relations("approvers"),
        "step_opened": _relations("approvers"),
        "granted": _relations("consenters", "grantee"),
        "amended": _relations("consenters", "grantee"),
        "delegated": _relations("consenters", "grantee"),
        "revoked": _relations("grantee", "requester"),
        "ended": _relations("grantee", "requester"),
        "denied": _relations("grantee", "requester"),
        "lapsed": _relations("grantee", "requester"),
    }
)
"""Who is told where a rule set says nothing (J2, P7, R6, R7, N6)."""


def over_defaults(given: Notices) -> FrozenMap[str, tuple[Selector, ...]]:
    """Return *given* over the defaults: a key given replaces its default, an empty list says "nobody"."""
    return FrozenMap({**DEFAULTS, **given})


def told(notices: Notices, event: str, flow: str | None) -> tuple[Selector, ...]:
    """Return who is told of *event* in *flow*: its own key first, then the event's, else nobody."""
    if flow is not None and (found := notices.get(f"{flow}/{event}")) is not None:
        return found
    return notices.get(event, ())


def notice_key(field: str, key: object) -> str:
    """Return *key*, an event or ``flow/event``; whether the flow is there is judged by the rule set."""
    if str(key).rpartition("/")[2] not in EVENTS:
        raise InvalidInput(
            field=field, code="unknown", wants="an event or flow/event; events are " + ", ".join(EVENTS)
        )
    return str(key)
