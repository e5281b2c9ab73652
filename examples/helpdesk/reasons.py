"""The reasons of decisions, in the words of this help desk: each says what an agent can do about it."""

from grantkit import Reason

REASONS = {
    Reason.ALLOWED: "You may, for as long as the page says.",
    Reason.SUSPENDED: "The vendor has suspended you. Talk to your lead.",
    Reason.FROZEN: "The customer has frozen support access, whatever was agreed before. Only they can lift it.",
    Reason.CLOCK_ROLLBACK: "The clock here is behind what the record has seen. An operator must set it right.",
    Reason.ENTRY_REQUIRED: "You have to enter first, and say why.",
    Reason.NEEDS_CONSENT: "The customer let you look. For this they have to agree once more. You can ask them to.",
    Reason.OVER_CEILING: "Your team may never do this, whatever a customer agrees to. Hand it to a team that may.",
    Reason.ACTION_NOT_PERMITTED: "What the customer agreed to does not include this. You can ask for more.",
    Reason.POLICY_WITHDRAWN: "What the customer agreed to no longer exists by that name. You can ask anew.",
    Reason.OUT_OF_SCOPE: "You were let in elsewhere, and not here. You can ask for here too.",
    Reason.MEMBER_LACKS_RIGHT: "You act as somebody at the customer who may not do this themselves.",
    Reason.CONSENT_ENDED: "What your access rests on is over. You can ask for new consent.",
    Reason.REVOKED: "The customer has ended this access. You can ask again.",
    Reason.CUT_OFF: "The customer has ended everything that was agreed before. You can ask again.",
    Reason.ENDED_BY_TICKETS: "The ticket that this access was for is solved. You can ask for another.",
    Reason.RELINQUISHED: "You, or your team, gave this access back. You can ask again.",
    Reason.EXPIRED: "The time that was agreed is over. You can ask again.",
    Reason.NOT_YET_ACTIVE: "Your access begins later. Come back then.",
    Reason.NO_GRANT: "Nobody there has let you in. Where their rules allow it, you can ask.",
    Reason.STORE_UNAVAILABLE: "What was agreed could not be read, so nobody gets in. Try again in a minute.",
}
"""What each reason means to whoever is denied."""
