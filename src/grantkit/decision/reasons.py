"""The closed list of reasons. Codes are API; a new one is a change that the changelog stars."""

from enum import StrEnum

from grantkit.model import Ending


class Reason(StrEnum):
    """Why a decision is what it is; the page "Reasons" says for each who can do what about it."""

    ALLOWED = "allowed"
    SUSPENDED = "suspended"
    FROZEN = "frozen"
    CLOCK_ROLLBACK = "clock_rollback"
    ENTRY_REQUIRED = "entry_required"
    NEEDS_CONSENT = "needs_consent"
    OVER_CEILING = "over_ceiling"
    ACTION_NOT_PERMITTED = "action_not_permitted"
    POLICY_WITHDRAWN = "policy_withdrawn"
    OUT_OF_SCOPE = "out_of_scope"
    MEMBER_LACKS_RIGHT = "member_lacks_right"
    CONSENT_ENDED = "consent_ended"
    REVOKED = "revoked"
    CUT_OFF = "cut_off"
    ENDED_BY_TICKETS = "ended_by_tickets"
    RELINQUISHED = "relinquished"
    EXPIRED = "expired"
    NOT_YET_ACTIVE = "not_yet_active"
    NO_GRANT = "no_grant"
    STORE_UNAVAILABLE = "store_unavailable"


NEARNESS: dict[Reason, int] = {reason: place for place, reason in enumerate(Reason)}
"""How near to an allow: the order in which they stand above; of several denying grants the nearest speaks."""

OF_ENDING: dict[Ending, Reason] = {ending: Reason(ending.value) for ending in Ending}
"""The reason that each recorded end gives."""
