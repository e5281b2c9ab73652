"""The lifecycle: one fold, and commands that turn a slice and an intent into events or a refusal. Pure."""

from grantkit.lifecycle.amending import AmendIntent, amend
from grantkit.lifecycle.braking import freeze, relinquish, revoke, revoke_all, unfreeze
from grantkit.lifecycle.choosing import Predicates
from grantkit.lifecycle.ends import AskedEnd
from grantkit.lifecycle.entitlement import not_through_a_grant
from grantkit.lifecycle.erasing import Erasure, erase, forget, to_erase
from grantkit.lifecycle.finding import find
from grantkit.lifecycle.fold import apply, project, replay, touched
from grantkit.lifecycle.granting import GrantIntent, confirmation, grant, wanted
from grantkit.lifecycle.looking import may_look
from grantkit.lifecycle.seal import seal
from grantkit.lifecycle.slices import Act, Outcome, Slice, Want
from grantkit.lifecycle.states import TRANSITIONS, Effect, GrantState, Phase, phase_of, state_of
from grantkit.lifecycle.timekeeping import correct_clock, record_end

__all__ = [
    "TRANSITIONS",
    "Act",
    "AmendIntent",
    "AskedEnd",
    "Effect",
    "Erasure",
    "GrantIntent",
    "GrantState",
    "Outcome",
    "Phase",
    "Predicates",
    "Slice",
    "Want",
    "amend",
    "apply",
    "confirmation",
    "correct_clock",
    "erase",
    "find",
    "forget",
    "freeze",
    "grant",
    "may_look",
    "not_through_a_grant",
    "phase_of",
    "project",
    "record_end",
    "relinquish",
    "replay",
    "revoke",
    "revoke_all",
    "seal",
    "state_of",
    "to_erase",
    "touched",
    "unfreeze",
    "wanted",
]
