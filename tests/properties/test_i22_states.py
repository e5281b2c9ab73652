"""I-22: the table of transitions says what happens, for every phase and step, and nothing else does."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import get_args

import pytest

from grantkit import Agent, Elapsed, Member, SupportAccess, Team
from grantkit.errors import IllegalTransition
from grantkit.lifecycle import TRANSITIONS, Effect, GrantState, Phase
from grantkit.lifecycle.states import Step
from grantkit.rules import AccessRules
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.strategies import ZERO

ANA = Member("m-ana", tenant="acme", roles={"admin"})
KIM = Agent("a-kim", teams={"support"})
RULES = AccessRules.from_data({"flows": {"access": {"ahead": "P2D", "amend": {"ends": ["elapsed"]}}}})


class Stage:
    """One grant, brought into a state."""

    def __init__(self) -> None:
        self.clock = FakeClock(ZERO)
        self.access = SupportAccess(MemoryStore(), clock=self.clock, rules=RULES)
        start = ZERO + timedelta(days=1)
        team, ends = Team("support"), Elapsed(hours=4)
        self.id = self.access.grant(
            "acme",
            by=ANA,
            to=team,
            starts=start,
            ends=ends,
            reason="x",
            tickets=["T-1"],
            until_tickets=True,
        ).id

    @property
    def version(self) -> int:
        return self.access.grants("acme")[0].grant.version

    @property
    def state(self) -> GrantState:
        return self.access.grants("acme")[0].state

    def starts(self) -> None:
        self.clock.advance(days=1)

    def expires(self) -> None:
        self.clock.advance(days=2)

    def is_cut_off(self) -> None:
        self.access.revoke_all("acme", by=ANA)

    def is_cut_off_and_over(self) -> None:
        self.is_cut_off()
        self.expires()

    def is_revoked(self) -> None:
        self.access.revoke("acme", self.id, by=ANA)

    def is_relinquished(self) -> None:
        self.access.relinquish("acme", self.id, by=KIM)

    def is_solved(self) -> None:
        self.access.resolve_ticket("acme", "T-1", by=KIM)

    def is_swept(self) -> None:
        self.expires()
        self.access.delivery.sweep()

    def is_revoked_and_over(self) -> None:
        self.is_revoked()
        self.expires()

    def take(self, step: str) -> str:
        """Take a step and say what it was: that it happened, nothing, or refused."""
        before = self.access.ledger.history("acme")
        try:
            self._take(step)
        except IllegalTransition:
            assert before == self.access.ledger.history("acme")
            return "refused"
        return "happens" if len(self.access.ledger.history("acme")) > len(before) else "nothing"

    def _take(self, step: str) -> None:
        match step:
            case "amend":
                self.access.amend("acme", self.id, by=ANA, version=self.version, ends=Elapsed(hours=3))
            case "revoke":
                self.access.revoke("acme", self.id, by=ANA)
            case "relinquish":
                self.access.relinquish("acme", self.id, by=KIM)
            case "link_ticket":
                self.access.link_ticket("acme", self.id, "T-2", by=ANA)
            case "resolve_ticket":
                self.access.resolve_ticket("acme", "T-1", by=KIM)
            case _:
                self.access.delivery.sweep()


STATES: dict[str, tuple[Phase, GrantState, Callable[[Stage], object]]] = {
    "scheduled": (Phase.SCHEDULED, GrantState.SCHEDULED, lambda stage: None),
    "live": (Phase.LIVE, GrantState.LIVE, Stage.starts),
    "expired": (Phase.OVER, GrantState.EXPIRED, Stage.expires),
    "cut off, and over": (Phase.OVER, GrantState.CUT_OFF, Stage.is_cut_off_and_over),
    "revoked": (Phase.ENDED, GrantState.REVOKED, Stage.is_revoked),
    "revoked, and over": (Phase.ENDED, GrantState.REVOKED, Stage.is_revoked_and_over),
    "relinquished": (Phase.ENDED, GrantState.RELINQUISHED, Stage.is_relinquished),
    "solved": (Phase.ENDED, GrantState.ENDED_BY_TICKETS, Stage.is_solved),
    "swept": (Phase.ENDED, GrantState.EXPIRED, Stage.is_swept),
}
TAKEN = get_args(Step)


def test_i22_the_table_is_whole():
    """Every phase and step has exactly one effect in the table, and the states here reach every phase."""
    assert set(product(Phase, TAKEN)) == set(TRANSITIONS)
    assert set(Phase) == {phase for phase, _, _ in STATES.values()}


@pytest.mark.parametrize(("state", "step"), list(product(STATES, TAKEN)))
def test_i22_what_happens_is_what_the_table_says(state: str, step: str):
    """Each step, taken in each state, happens, does nothing, or is refused with nothing written, as the table says."""
    phase, shown, reach = STATES[state]
    stage = Stage()
    reach(stage)
    assert shown is stage.state
    assert TRANSITIONS[phase, step] == Effect(stage.take(step))  # type: ignore[index]


@pytest.mark.parametrize("step", ["amend", "link_ticket", "revoke", "relinquish", "resolve_ticket"])
def test_i22_a_cut_off_grant_is_over_before_its_window_is(step: str):
    """A grant that a cut-off silenced takes no amendment and no ticket, and every brake."""
    stage = Stage()
    stage.is_cut_off()
    assert GrantState.CUT_OFF is stage.state
    assert TRANSITIONS[Phase.OVER, step] == Effect(stage.take(step))  # type: ignore[index]


@pytest.mark.parametrize(("state", "step"), list(product(STATES, TAKEN)))
def test_i22_no_step_leads_back(state: str, step: str):
    """Once over or ended a grant is never live or scheduled again, whatever step is taken."""
    phase, _, reach = STATES[state]
    stage = Stage()
    reach(stage)
    stage.take(step)
    if phase in (Phase.OVER, Phase.ENDED):
        assert stage.state not in (GrantState.LIVE, GrantState.SCHEDULED)
