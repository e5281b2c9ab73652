"""I-18: a store that fails at its first, second, third… call: a typed error, never an allow, never half a write."""

from collections.abc import Callable
from typing import Any

import pytest

from grantkit import VENDOR, AccessRules, Agent, Elapsed, Member, SupportAccess, System, Team
from grantkit.errors import HeadMoved, StoreError
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

ANA = Member("m-ana", tenant="acme", roles={"admin"})
KIM, LOU = (Agent(f"a-{name}", teams={"support"}) for name in ("kim", "lou"))
HOURS = {"policies": ["administrator"], "ends": [{"elapsed": "PT4H"}]}
RULES = AccessRules.from_data(
    {
        "flows": {
            "ask": HOURS,
            "permit": {
                **HOURS,
                "yields": "consent",
                "to": ["team:support"],
                "steps": [{"by": ["tenant:admin"]}],
            },
            "enter": {
                **HOURS,
                "under": "permit",
                "start": {"by": ["vendor:support"]},
                "steps": [],
                "to": ["agent:support"],
            },
            "hand": {**HOURS, "delegate": {"to": ["agent:support"], "depth": 2}},
            "stay": {**HOURS, "entry": {"required": True, "longest": {"elapsed": "PT2H"}}},
            "bound": {**HOURS, "start": {"tickets": "until_solved"}},
        }
    }
)
SYNC = System("sync")
CALLS = (
    "read", "load", "append", "events", "find", "documents", "rows", "tenants", "sessions", "usages", "uses", "count",
)  # fmt: skip
Told = Callable[[SupportAccess], object]


class Failing(MemoryStore):
    """Fails at one call, counted from one, before or after it has done it; at later ones too if told."""

    def __init__(self) -> None:
        super().__init__()
        self.number, self.at, self.after, self.forever = 0, 0, False, False

    def arm(self, at: int, *, after: bool, forever: bool) -> None:
        self.number, self.at, self.after, self.forever = 0, at, after, forever


def _fails(name: str) -> Callable[..., Any]:
    def call(self: Failing, *args: Any, **said: Any) -> Any:
        self.number += 1
        hit = self.at and (self.number == self.at or (self.forever and self.number > self.at))
        if hit and not self.after:
            raise OSError("disk")
        found = getattr(MemoryStore, name)(self, *args, **said)
        if hit:
            raise OSError("disk")
        return found

    return call


for each in CALLS:
    setattr(Failing, each, _fails(each))


def opened() -> tuple[Failing, SupportAccess, FakeClock]:
    clock, store = FakeClock("2027-03-03T14:20:00Z"), Failing()
    return store, SupportAccess(store, rules=RULES, clock=clock), clock


def ask(access: SupportAccess) -> str:
    return access.request("acme", by=KIM, flow="ask", to=KIM, reason="sync is off").id


def permit(access: SupportAccess) -> str:
    return access.consent("acme", by=ANA, to=Team("support"), reason="x").id


def answer(verb: str) -> Callable[[SupportAccess], Told]:
    def ready(access: SupportAccess) -> Told:
        rid = ask(access)
        shown = access.preview("acme", rid)
        match verb:
            case "approve":
                return lambda it: it.approve("acme", rid, by=ANA, digest=shown.digest, ends_by=shown.ends_at)
            case "deny":
                return lambda it: it.deny("acme", rid, by=ANA)
            case "preview":
                return lambda it: it.preview("acme", rid)
            case _:
                return lambda it: it.withdraw("acme", rid, by=KIM)

    return ready


def activation(access: SupportAccess) -> Told:
    under = permit(access)
    return lambda it: it.activate("acme", under=under, by=KIM, reason="x")


def revocation(access: SupportAccess) -> Told:
    under = permit(access)
    return lambda it: it.revoke("acme", under, by=ANA)


def held(access: SupportAccess, flow: str, **said: Any) -> str:
    """Let Kim in by a flow; return the id of the grant."""
    return access.grant("acme", by=ANA, to=KIM, flow=flow, ends=Elapsed(hours=4), reason="x", **said).id


def handing_on(access: SupportAccess) -> Told:
    parent = held(access, "hand")
    return lambda it: it.delegate("acme", parent, by=KIM, to=LOU, reason="x")


def entering(access: SupportAccess) -> Told:
    under = held(access, "stay")
    return lambda it: it.enter("acme", under, by=KIM, reason="x")


def leaving(access: SupportAccess) -> Told:
    session = entering(access)(access).id
    return lambda it: it.leave("acme", session, by=KIM)


def linking(access: SupportAccess) -> Told:
    bound = held(access, "bound", tickets=["T-1"])
    return lambda it: it.link_ticket("acme", bound, "T-2", by=ANA)


def solving(access: SupportAccess) -> Told:
    held(access, "bound", tickets=["T-1"])
    return lambda it: it.resolve_ticket("acme", "T-1", by=SYNC)


def suspending(access: SupportAccess) -> Told:
    held(access, "ask")
    return lambda it: it.suspend(KIM.id, by=SYNC)


def reinstating(access: SupportAccess) -> Told:
    suspending(access)(access)
    return lambda it: it.reinstate(KIM.id, by=SYNC)


VERBS: dict[str, Callable[[SupportAccess], Told]] = {
    "request": lambda _: ask,
    "consent": lambda _: permit,
    "grant": lambda _: (
        lambda it: it.grant("acme", by=ANA, to=KIM, flow="ask", ends=Elapsed(hours=4), reason="x")
    ),
    "activate": activation,
    "approve": answer("approve"),
    "deny": answer("deny"),
    "withdraw": answer("withdraw"),
    "preview": answer("preview"),
    "revoke a consent": revocation,
    "delegate": handing_on,
    "enter": entering,
    "leave": leaving,
    "link_ticket": linking,
    "resolve_ticket": solving,
    "suspend": suspending,
    "reinstate": reinstating,
}
BODIES = {
    "request": ["requested"], "consent": ["consented"], "grant": ["granted"], "activate": ["granted"],
    "approve": ["approved", "granted"], "deny": ["denied"], "withdraw": ["withdrawn"], "preview": [],
    "revoke a consent": ["revoked"], "delegate": ["granted"], "enter": ["entered"], "leave": ["left"],
    "link_ticket": ["ticket_linked"], "resolve_ticket": ["ticket_solved", "ended"],
    "suspend": ["suspended"], "reinstate": ["reinstated"],
}  # fmt: skip

LETS_IN = {
    "approve": (KIM, False, True), "activate": (KIM, False, True), "grant": (KIM, False, True),
    "delegate": (LOU, False, True), "enter": (KIM, False, True), "leave": (KIM, True, False),
    "link_ticket": (KIM, True, True), "resolve_ticket": (KIM, True, False),
    "suspend": (KIM, True, False), "reinstate": (KIM, False, True),
}  # fmt: skip
"""Who is let in before and after a verb, where anybody is."""


def kinds(access: SupportAccess) -> list[str]:
    events = (*access.ledger.history("acme"), *access.ledger.history(VENDOR))
    return [event.kind for event in events if event.kind != "rules_adopted"]


def refusal(act: Told, access: SupportAccess) -> bool:
    """Whether the store failed it, and by nothing but an error that says so."""
    try:
        act(access)
    except StoreError:
        return True
    return False


@pytest.mark.parametrize("forever", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("verb", VERBS)
def test_i18_a_verb_happens_whole_or_not_at_all(verb, after, forever):
    """Wherever the store fails, a verb says so by a typed error, and all of it is in the record, or none of it."""
    for at in range(1, 30):
        store, access, _ = opened()
        act = VERBS[verb](access)
        before = kinds(access)
        store.arm(at, after=after, forever=forever)
        failed = refusal(act, access)
        clean = store.number < at
        denied = forever and not access.authorize(KIM, "acme", "board:write")
        store.arm(0, after=False, forever=False)
        assert not forever or clean or denied
        assert kinds(access)[len(before) :] in ([], BODIES[verb])
        assert failed or kinds(access)[len(before) :] == BODIES[verb]
        access.ledger.verify("acme")
        access.ledger.verify(VENDOR)
        whose, *allowed = LETS_IN.get(verb, (KIM, False, False))
        assert bool(access.authorize(whose, "acme", "board:write")) is allowed[kinds(access) != before]
        if clean:
            assert not failed
            return
    pytest.fail("never clean")


@pytest.mark.parametrize("fault", ["OSError", "ValueError", "HeadMoved"])
def test_i18_a_decision_under_a_consent_denies_where_the_store_fails(fault):
    """What rests on a consent is denied while the store cannot say how the consent stands."""
    store, access, _ = opened()
    activation(access)(access)
    assert access.authorize(KIM, "acme", "board:write")
    error = {
        "OSError": OSError("disk"),
        "ValueError": ValueError("x"),
        "HeadMoved": HeadMoved(tenant="acme", expected=1),
    }[fault]

    def broken(*_: object) -> object:
        raise error

    store.read = broken  # type: ignore[method-assign]
    decision = access.authorize(KIM, "acme", "board:write")
    assert not decision
    assert "store_unavailable" == str(decision.reason)


@pytest.mark.parametrize("fault", ["before", "after"])
def test_i18_uses_that_the_store_fails_to_count_or_seal_are_never_sealed_twice(fault):
    """Wherever the store fails, a use is sealed whole or not at all, and the next sweep seals what is left."""
    for at in range(1, 30):
        store, access, clock = opened()
        held(access, "ask")
        decision = access.authorize(KIM, "acme", "board:write")
        access.record_use(decision)
        clock.advance(hours=1)
        store.arm(at, after=fault == "after", forever=False)
        refusal(lambda it: it.delivery.sweep(), access)
        clean = store.number < at
        store.arm(0, after=False, forever=False)
        assert not kinds(access).count("used") > 1
        access.delivery.sweep()
        assert 1 == kinds(access).count("used")
        assert [1] == [one.count for one in access.uses("acme")]
        if clean:
            return
    pytest.fail("never clean")


def test_i18_a_use_that_cannot_be_counted_is_told():
    """Where the store fails to count a use, whoever records it is told, and what they may do is as it was."""
    store, access, _ = opened()
    held(access, "ask")
    decision = access.authorize(KIM, "acme", "board:write")
    store.arm(1, after=False, forever=False)
    assert refusal(lambda it: it.record_use(decision), access)
    assert () == access.uses("acme")
    assert access.authorize(KIM, "acme", "board:write")
