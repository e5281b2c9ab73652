"""I-18: a store that fails at its first, second, third… call: a typed error, never an allow, never half a write."""

from collections.abc import Callable
from typing import Any

import pytest

from grantkit import AccessRules, Agent, Elapsed, Member, SupportAccess, Team
from grantkit.errors import HeadMoved, StoreError
from grantkit.stores import MemoryStore
from grantkit.testing import FakeClock

ANA = Member("m-ana", tenant="acme", roles={"admin"})
KIM = Agent("a-kim", teams={"support"})
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
        }
    }
)
CALLS = ("read", "load", "append", "events", "find", "documents", "rows", "tenants")
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
}
BODIES = {
    "request": ["requested"], "consent": ["consented"], "grant": ["granted"], "activate": ["granted"],
    "approve": ["approved", "granted"], "deny": ["denied"], "withdraw": ["withdrawn"], "preview": [],
    "revoke a consent": ["revoked"],
}  # fmt: skip


def kinds(access: SupportAccess) -> list[str]:
    return [event.kind for event in access.ledger.history("acme") if event.kind != "rules_adopted"]


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
        gives = verb in ("approve", "activate", "grant")
        allowed = bool(access.authorize(KIM, "acme", "board:write"))
        assert allowed is (gives and kinds(access) != before)
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
