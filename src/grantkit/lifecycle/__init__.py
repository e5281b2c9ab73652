"""The lifecycle: one fold, and commands that turn a slice and an intent into events or a refusal. Pure."""

from grantkit.lifecycle.activating import activate, wanted_under
from grantkit.lifecycle.amending import AmendIntent, amend
from grantkit.lifecycle.answering import (
    approve,
    deny,
    find_request,
    preview_now,
    record_lapse,
    withdraw,
)
from grantkit.lifecycle.braking import (
    freeze,
    reinstate,
    relinquish,
    revoke,
    revoke_all,
    suspend,
    unfreeze,
)
from grantkit.lifecycle.chains import wanted_above
from grantkit.lifecycle.choosing import Predicates, SamePerson
from grantkit.lifecycle.delegating import DelegateIntent, delegate
from grantkit.lifecycle.drafting import GrantIntent, Setting
from grantkit.lifecycle.ends import AskedEnd
from grantkit.lifecycle.entering import (
    EnterIntent,
    SessionState,
    enter,
    leave,
    session_state_of,
    under_ended_at,
)
from grantkit.lifecycle.entitlement import holds_as, not_through_a_grant
from grantkit.lifecycle.erasing import Erasure, asked_in, erase, forget, losing, to_erase
from grantkit.lifecycle.finding import find
from grantkit.lifecycle.fold import apply, project, replay
from grantkit.lifecycle.granting import confirmation, give, wanted
from grantkit.lifecycle.looking import may_look
from grantkit.lifecycle.making import key_of
from grantkit.lifecycle.may import may_do, may_stop_all
from grantkit.lifecycle.narrowing import ApproveIntent
from grantkit.lifecycle.offering import Offer, offers
from grantkit.lifecycle.previewing import Preview, preview_of, what_in_words
from grantkit.lifecycle.request_states import ANSWERS, Answer, RequestState, request_state_of
from grantkit.lifecycle.requesting import request, settle_end
from grantkit.lifecycle.seal import seal
from grantkit.lifecycle.slices import Act, Outcome, Slice, Want, agents_of, silences
from grantkit.lifecycle.states import TRANSITIONS, Effect, GrantState, Phase, phase_of, state_of
from grantkit.lifecycle.ticketing import LinkIntent, link_ticket, resolve_ticket
from grantkit.lifecycle.timekeeping import correct_clock, record_end, sum_up
from grantkit.lifecycle.touching import touched

__all__ = [
    "ANSWERS",
    "TRANSITIONS",
    "Act",
    "AmendIntent",
    "Answer",
    "ApproveIntent",
    "AskedEnd",
    "DelegateIntent",
    "Effect",
    "EnterIntent",
    "Erasure",
    "GrantIntent",
    "GrantState",
    "LinkIntent",
    "Offer",
    "Outcome",
    "Phase",
    "Predicates",
    "Preview",
    "RequestState",
    "SamePerson",
    "SessionState",
    "Setting",
    "Slice",
    "Want",
    "activate",
    "agents_of",
    "amend",
    "apply",
    "approve",
    "asked_in",
    "confirmation",
    "correct_clock",
    "delegate",
    "deny",
    "enter",
    "erase",
    "find",
    "find_request",
    "forget",
    "freeze",
    "give",
    "holds_as",
    "key_of",
    "leave",
    "link_ticket",
    "losing",
    "may_do",
    "may_look",
    "may_stop_all",
    "not_through_a_grant",
    "offers",
    "phase_of",
    "preview_now",
    "preview_of",
    "project",
    "record_end",
    "record_lapse",
    "reinstate",
    "relinquish",
    "replay",
    "request",
    "request_state_of",
    "resolve_ticket",
    "revoke",
    "revoke_all",
    "seal",
    "session_state_of",
    "settle_end",
    "silences",
    "state_of",
    "sum_up",
    "suspend",
    "to_erase",
    "touched",
    "under_ended_at",
    "unfreeze",
    "wanted",
    "wanted_above",
    "wanted_under",
    "what_in_words",
    "withdraw",
]
