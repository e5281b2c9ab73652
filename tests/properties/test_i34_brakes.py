"""I-34: braking works whatever else is broken."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest

from grantkit import Agent, Elapsed, Member, Reason, SupportAccess, Team
from grantkit.errors import Unavailable
from grantkit.rules import AccessRules
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock
from properties.strategies import ZERO

ANA = Member("m-ana", tenant="acme", roles={"admin"})
KIM = Agent("a-kim", teams={"support"})
RULES = AccessRules.from_data({"eligible": ["of-ours"]})


class Stage:
    """A live grant, and a host of which parts can be broken."""

    def __init__(self) -> None:
        self.broken = False
        self.clock = FakeClock(ZERO)
        self.access = SupportAccess(
            MemoryStore(), clock=self.clock, rules=self._rules, predicates={"of-ours": self._eligible}
        )
        self.id = self.access.grant("acme", by=ANA, to=Team("support"), ends=Elapsed(hours=4), reason="x").id
        self.fails_rules = self.fails_predicates = False

    def _rules(self, tenant: str) -> AccessRules:
        if self.broken and self.fails_rules:
            raise RuntimeError(tenant)
        return RULES

    def _eligible(self, grantee: object, tenant: str) -> bool:
        if self.broken and self.fails_predicates:
            raise RuntimeError(tenant)
        return True

    def without_rules(self) -> None:
        self.broken = self.fails_rules = True

    def without_predicates(self) -> None:
        self.broken = self.fails_predicates = True

    def behind(self) -> None:
        self.clock.advance(days=-800)

    def ahead(self) -> None:
        self.clock.advance(days=800)

    def at_the_end(self) -> None:
        self.clock.advance(hours=4)

    def revoked(self) -> None:
        self.access.revoke("acme", self.id, by=ANA)

    def swept(self) -> None:
        self.at_the_end()
        self.access.delivery.sweep()

    def frozen(self) -> None:
        self.access.freeze("acme", by=ANA)

    def cut_off(self) -> None:
        self.access.revoke_all("acme", by=ANA)

    def everything(self) -> None:
        self.frozen()
        self.cut_off()
        self.behind()
        self.without_rules()
        self.fails_predicates = True


FAULTS: tuple[Callable[[Stage], None], ...] = (
    Stage.without_rules, Stage.without_predicates, Stage.behind, Stage.ahead, Stage.at_the_end, Stage.revoked,
    Stage.swept, Stage.frozen, Stage.cut_off, Stage.everything,
)  # fmt: skip
BRAKES: dict[str, Callable[[Stage], object]] = {
    "revoke": lambda stage: stage.access.revoke("acme", stage.id, by=ANA),
    "relinquish": lambda stage: stage.access.relinquish("acme", stage.id, by=KIM),
    "revoke_all": lambda stage: stage.access.revoke_all("acme", by=ANA),
    "revoke_all of an agent": lambda stage: stage.access.revoke_all("acme", by=ANA, agent="a-kim"),
    "freeze": lambda stage: stage.access.freeze("acme", by=ANA),
    "freeze of an agent": lambda stage: stage.access.freeze("acme", by=ANA, agent="a-kim"),
}


@pytest.mark.parametrize(
    ("fault", "brake"),
    [pytest.param(fault, brake, id=f"{brake}-{fault.__name__}") for fault, brake in product(FAULTS, BRAKES)],
)
def test_i34_every_brake_works_under_every_fault(fault: Callable[[Stage], None], brake: str):
    """Whatever is broken or over already, the brake raises nothing, and its effect holds once all is mended."""
    stage = Stage()
    assert stage.access.authorize(KIM, "acme", "board:read")
    fault(stage)
    BRAKES[brake](stage)
    assert not stage.access.authorize(KIM, "acme", "board:read")
    stage.broken = False
    for hours in (-4000, 0, 1, 4000):
        stage.clock.set(ZERO + timedelta(hours=hours))
        assert not stage.access.authorize(KIM, "acme", "board:read")


def test_i34_the_faults_are_faults():
    """The control: without rules nothing can be granted or decided, with a clock behind nothing is believed."""
    stage = Stage()
    stage.without_rules()
    with pytest.raises(Unavailable):
        stage.access.grant("acme", by=ANA, to=Team("support"), ends=Elapsed(hours=4), reason="x")
    assert Reason.STORE_UNAVAILABLE is stage.access.authorize(KIM, "acme", "board:read").reason
    stage.broken = False
    assert stage.access.authorize(KIM, "acme", "board:read")
    stage.behind()
    assert Reason.CLOCK_ROLLBACK is stage.access.authorize(KIM, "acme", "board:read").reason
