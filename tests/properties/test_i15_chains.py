"""I-15: along a chain of grants that were handed on, nobody can ever do what the one above cannot."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grantkit import AccessRules, Agent, Elapsed, GrantkitError, Member, Scope, SupportAccess
from grantkit.model import Grant
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

ANA = Member("m-ana", tenant="acme", roles={"admin"})
CHAIN = tuple(Agent(f"a-{name}", teams={"support"}) for name in ("kim", "lou", "max", "ned", "oda", "pia"))
PLACES = (None, "project:1", "project:2", "project:3")
ACTIONS = ("board:read", "board:write", "bill:write")
POLICIES = {
    "boards": [{"effect": "allow", "action": ["board:*"], "resource": ["*"]}],
    "but-two": [
        {"effect": "allow", "action": ["*"], "resource": ["*"]},
        {"effect": "deny", "action": ["*:write"], "resource": ["project:2"]},
    ],
}
NAMES = ("administrator", "boards", "but-two", "read-only")
STEPS = ("amend", "amend policies", "revoke", "relinquish", "freeze", "unfreeze", "cut off", "clock", "rules")


def rules(ceiling: str | None = None) -> AccessRules:
    """Return rules under which grants can be handed on five deep, and amended."""
    flow: dict[str, Any] = {
        "policies": list(NAMES),
        "delegate": {"to": ["agent"], "depth": 5},
        "amend": {"ends": ["elapsed"], "policies": True},
        "start": {"reason": {"min": 0}},
    }
    bound = {} if ceiling is None else {"ceilings": {"*": [ceiling]}}
    return AccessRules.from_data({"flows": {"access": flow}, "policies": POLICIES, **bound})


class Chain:
    """A tenant in which one grant is handed on from one to the next, and things happen."""

    def __init__(self, store: Any = None) -> None:
        self.clock = FakeClock("2027-03-03T12:00:00Z")
        self.rules = rules()
        self.access = SupportAccess(store or MemoryStore(), rules=lambda _: self.rules, clock=self.clock)
        self.grants: list[Grant] = []

    def begin(self, data: st.DataObject) -> None:
        """Let the first in."""
        self.grants = [
            self.access.grant(
                "acme",
                by=ANA,
                to=CHAIN[0],
                ends=Elapsed(hours=data.draw(st.integers(2, 8))),
                policies=data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)),
                scope=data.draw(st.sampled_from((Scope.whole(), Scope.only("project:1", "project:2")))),
            )
        ]

    def hand_on(self, data: st.DataObject) -> None:
        """Add the next to the last grant, with what is drawn of it."""
        last, depth = self.grants[-1], len(self.grants)
        scope = data.draw(st.sampled_from((None, Scope.only("project:1"))))
        names = (
            data.draw(st.none() | st.lists(st.sampled_from(last.policies), min_size=1, unique=True))
            if last.policies
            else None
        )
        added = self.access.delegate(
            "acme",
            last.id,
            by=CHAIN[depth - 1],
            to=CHAIN[depth],
            scope=scope,
            policies=names,
            ends=data.draw(st.none() | st.builds(Elapsed, hours=st.integers(1, 10))),
        )
        self.grants.append(added)

    def step(self, data: st.DataObject) -> None:
        """Let something happen; what is refused does not."""
        which = data.draw(st.integers(0, len(self.grants) - 1))
        grant, agent = self.grants[which], CHAIN[which]
        now = {each.grant.id: each.grant for each in self.access.grants("acme")}[grant.id]
        match data.draw(st.sampled_from(STEPS)):
            case "amend":
                ends = Elapsed(minutes=data.draw(st.integers(1, 900)))
                self.access.amend("acme", grant.id, by=ANA, version=now.version, ends=ends)
            case "amend policies":
                names = data.draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
                self.access.amend("acme", grant.id, by=ANA, version=now.version, policies=names)
            case "revoke":
                self.access.revoke("acme", grant.id, by=ANA)
            case "relinquish":
                self.access.relinquish("acme", grant.id, by=agent)
            case "freeze":
                self.access.freeze("acme", by=ANA, agent=agent.id)
            case "unfreeze":
                self.access.unfreeze("acme", by=ANA, agent=agent.id)
            case "cut off":
                self.access.revoke_all("acme", by=ANA, agent=agent.id)
            case "clock":
                self.clock.advance(minutes=data.draw(st.integers(1, 200)))
            case _:
                self.rules = rules(data.draw(st.sampled_from((None, *NAMES))))

    def rights(self) -> list[set[tuple[str, str | None]]]:
        """Return what each of the chain can do now."""
        return [
            {
                (action, place)
                for action in ACTIONS
                for place in PLACES
                if self.access.authorize(agent, "acme", action, resource=place)
            }
            for agent in CHAIN[: len(self.grants)]
        ]


def play(data: st.DataObject, check: Any) -> None:
    """Make a chain, and check it after each thing that happens to it."""
    chain = Chain()
    chain.begin(data)
    for turn in range(data.draw(st.integers(3, 12), label="turns")):
        try:
            if len(chain.grants) < len(CHAIN) and turn % 2 == 0:
                chain.hand_on(data)
            else:
                chain.step(data)
        except GrantkitError:
            continue
        check(chain)


@settings(max_examples=60)
@given(st.data())
def test_i15_nobody_can_do_what_the_one_above_cannot(data: st.DataObject):
    """[R8] At every instant, whatever happens, each of a chain can do at most what the one above can."""

    def check(chain: Chain) -> None:
        rights = chain.rights()
        for above, below in pairwise(rights):
            assert below <= above

    play(data, check)


def test_i15_the_property_sees_rights():
    """The chains above are not empty: five deep, everybody can do something, and narrowing shows."""
    chain = Chain()
    chain.grants = [
        chain.access.grant("acme", by=ANA, to=CHAIN[0], ends=Elapsed(hours=8), policies=["administrator"])
    ]
    for depth in range(1, 6):
        names = ["administrator"]
        chain.grants.append(
            chain.access.delegate(
                "acme", chain.grants[-1].id, by=CHAIN[depth - 1], to=CHAIN[depth], policies=names
            )
        )
    assert [12] * 6 == list(map(len, chain.rights()))
    chain.access.freeze("acme", by=ANA, agent="a-max")
    assert [12, 12, 0, 0, 0, 0] == list(map(len, chain.rights()))


@pytest.mark.parametrize("broken", ["layers", "window", "scope"])
def test_i15_a_chain_that_is_not_judged_would_be_noticed(monkeypatch, broken):
    """Sabotage: a judge that leaves out one thing of what a grant rests on breaks the property above."""
    import attrs  # noqa: PLC0415

    from grantkit.decision import judge  # noqa: PLC0415

    honest = judge.resting_on
    chain = Chain()
    wide = chain.access.grant(
        "acme", by=ANA, to=CHAIN[0], ends=Elapsed(hours=8), policies=["administrator", "read-only"]
    )
    chain.grants = [wide, chain.access.delegate("acme", wide.id, by=CHAIN[0], to=CHAIN[1])]
    if broken == "window":
        monkeypatch.setattr(judge, "chain_ended", lambda *_: None)
        chain.access.amend("acme", wide.id, by=ANA, version=1, ends=Elapsed(hours=1))
        chain.clock.advance(hours=2)
    elif broken == "layers":
        monkeypatch.setattr(judge, "resting_on", lambda *_: ())
        chain.access.amend("acme", wide.id, by=ANA, version=1, policies=["read-only"])
    else:
        narrow = attrs.evolve(wide, scope=Scope.only("project:1"))
        monkeypatch.setattr(judge, "resting_on", lambda *asked: tuple(narrow for _ in honest(*asked)))
        assert {("board:read", "project:1")} <= chain.rights()[1] < chain.rights()[0]
        return
    above, below = chain.rights()
    assert not below <= above
