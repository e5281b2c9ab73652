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
from grantkit.lifecycle.braking import freeze, relinquish, revoke, revoke_all, unfreeze
from grantkit.lifecycle.choosing import Predicates, SamePerson
from grantkit.lifecycle.delegating import DelegateIntent, delegate, wanted_above
from grantkit.lifecycle.drafting import GrantIntent, Setting
from grantkit.lifecycle.ends import AskedEnd
from grantkit.lifecycle.entitlement import holds_as, not_through_a_grant
from grantkit.lifecycle.erasing import Erasure, asked_in, erase, forget, losing, to_erase
from grantkit.lifecycle.finding import find
from grantkit.lifecycle.fold import apply, project, replay, touched
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
from grantkit.lifecycle.slices import Act, Outcome, Slice, Want, agents_of
from grantkit.lifecycle.states import TRANSITIONS, Effect, GrantState, Phase, phase_of, state_of
from grantkit.lifecycle.timekeeping import correct_clock, record_end

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
    "Erasure",
    "GrantIntent",
    "GrantState",
    "Offer",
    "Outcome",
    "Phase",
    "Predicates",
    "Preview",
    "RequestState",
    "SamePerson",
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
    "erase",
    "find",
    "find_request",
    "forget",
    "freeze",
    "give",
    "holds_as",
    "key_of",
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
    "relinquish",
    "replay",
    "request",
    "request_state_of",
    "revoke",
    "revoke_all",
    "seal",
    "settle_end",
    "state_of",
    "to_erase",
    "touched",
    "unfreeze",
    "wanted",
    "wanted_above",
    "wanted_under",
    "what_in_words",
    "withdraw",
]
