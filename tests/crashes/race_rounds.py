"""Races: what each of several workers does at one tenant at the same moment, and which outcomes can be."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grantkit import (
    VENDOR,
    AccessRules,
    Agent,
    Elapsed,
    Grant,
    GrantkitError,
    Member,
    SupportAccess,
    System,
    Team,
)
from grantkit.model import TenantForgotten
from grantkit.ports import Store
from grantkit.testing import FakeClock

KIM = Agent("a-kim", teams={"support"})
KEEPER = System("records")
FLOW = {"policies": ["read-only", "administrator"], "amend": {"ends": ["elapsed"], "policies": True}}

FOUR_HOURS = {"policies": ["administrator"], "ends": [{"elapsed": "PT4H"}]}
ASKING = {
    "ask": {**FOUR_HOURS, "to": ["team:support"], "steps": [{"by": ["tenant:admin"]}]},
    "permit": {
        **FOUR_HOURS,
        "yields": "consent",
        "to": ["team:support"],
        "steps": [{"by": ["tenant:admin"]}],
    },
    "enter": {
        **FOUR_HOURS,
        "under": "permit",
        "start": {"by": ["vendor:*"]},
        "steps": [],
        "to": ["agent:support"],
    },
}
"""Ways in by asking, and under a consent."""


class Wrong(AssertionError):
    """What came of a round can be of no order of the commands."""


def expect(said: bool, why: str) -> None:
    """Raise :class:`Wrong` where something is not so."""
    if not said:
        raise Wrong(why)


@dataclass(frozen=True)
class Race:
    """
    A race at one tenant.

    Attributes:
        act: What a worker does, by its number; returns what it was answered.
        judge: Holds the answers against the record as it is afterwards.
        grants: How many grants there are before.
        single: Whether the flow allows one live grant.
        ready: What else there is before.
        flows: What other ways in there are.
    """

    act: Callable[[SupportAccess, str, int], str]
    judge: Callable[[SupportAccess, str, Sequence[str]], None]
    grants: int = 0
    single: bool = False
    ready: Callable[[SupportAccess, str], object] | None = None
    flows: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def open(self, store: Store, minutes: int = 0) -> SupportAccess:
        """Return access under the rules of this race, so many minutes after its beginning."""
        flow = FLOW | {"single": self.single}
        rules = AccessRules.from_data(
            {"schema": 1, "name": "race", "flows": {"access": flow, **ASKING, **self.flows}}
        )
        clock = FakeClock("2027-03-03T14:20:00Z")
        clock.advance(minutes=minutes)
        return SupportAccess(store, rules=rules, clock=clock)

    def set_up(self, access: SupportAccess, tenant: str) -> None:
        """Do what must be done before it begins."""
        for _ in range(self.grants):
            grant(access, tenant)
        if self.ready is not None:
            self.ready(access, tenant)

    def run(self, access: SupportAccess, tenant: str, worker: int) -> str:
        """Do what this worker does, and verify the record while others may be writing to it; return what was said."""
        try:
            said = self.act(access, tenant, worker)
        except GrantkitError as error:
            said = type(error).__name__
        try:
            access.ledger.verify(tenant)
        except GrantkitError as error:
            said = f"{said}; {error}"
        return said


def ana(tenant: str) -> Member:
    """Return the administrator of *tenant*."""
    return Member("m-ana", tenant=tenant, roles={"admin"})


def grant(access: SupportAccess, tenant: str, key: str | None = None) -> str:
    """Let team support in; return the id of the grant."""
    to, ends, reason = Team("support"), Elapsed(hours=4), "Boards missing"
    return access.grant(tenant, by=ana(tenant), to=to, flow="access", ends=ends, reason=reason, key=key).id


def there(access: SupportAccess, tenant: str) -> list[Grant]:
    """Return the grants of *tenant*."""
    return [status.grant for status in access.grants(tenant)]


def kinds(access: SupportAccess, tenant: str) -> list[str]:
    """Return what is in the record of *tenant*, and verify it."""
    access.ledger.verify(tenant)
    return [event.kind for event in access.ledger.history(tenant) if event.kind != "rules_adopted"]


def allowed(access: SupportAccess, tenant: str) -> bool:
    """Whether an agent of team support gets in."""
    return bool(access.authorize(KIM, tenant, "board:read"))


# --- one grant, amended at one version by all -------------------------------------------------------------------------


def _amend(access: SupportAccess, tenant: str, worker: int) -> str:
    (found,) = there(access, tenant)
    made = access.amend(tenant, found.id, by=ana(tenant), version=1, ends=Elapsed(minutes=10 + worker))
    return f"{made.version} until {made.ends_at}"


def _one_amended(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    (found,) = there(access, tenant)
    told = Counter(said)
    expect(told.pop("StaleVersion", 0) == len(said) - 1, f"not one winner: {said}")
    expect(told == {f"2 until {found.ends_at}": 1}, f"the winner says {told}, the grant has {found}")
    expect(kinds(access, tenant) == ["granted", "amended"], "not one amendment")


# --- one live grant, asked for by all; one key, used by all -----------------------------------------------------------


def _one_grant(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    found = [each.id for each in there(access, tenant)]
    expect(len(found) == 1, f"{len(found)} grants")
    expect(set(said) == set(found), f"{found} is there, and they were told {said}")
    expect(kinds(access, tenant).count("granted") == 1, "not one event")


# --- stopping against giving ------------------------------------------------------------------------------------------


def _freeze_or_grant(access: SupportAccess, tenant: str, worker: int) -> str:
    if worker % 2:
        return grant(access, tenant)
    access.freeze(tenant, by=ana(tenant))
    return "allowed after the freeze" if allowed(access, tenant) else "frozen"


def _frozen(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    happened = kinds(access, tenant)
    given = [each for each in said if each.startswith("gr_")]
    told = Counter(each for each in said if each not in given)
    refused = len(said) // 2 - len(given)
    expect(
        told == +Counter({"frozen": (len(said) + 1) // 2, "TenantFrozen": refused}), f"they were told {said}"
    )
    expect(happened == ["granted"] * len(given) + ["frozen"], f"what the freeze refused is there: {happened}")
    expect(sorted(given) == sorted(each.id for each in there(access, tenant)), "what was given is not there")
    expect(not allowed(access, tenant), "somebody gets in")


def _revoke_or_amend(access: SupportAccess, tenant: str, worker: int) -> str:
    if worker % 2:
        return _amend(access, tenant, worker)
    (found,) = there(access, tenant)
    access.revoke(tenant, found.id, by=ana(tenant))
    return "allowed after the end" if allowed(access, tenant) else "revoked"


def _ended(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    happened = kinds(access, tenant)
    amended = [each for each in said if each.startswith("2 until")]
    told = Counter(each for each in said if each not in amended)
    late = len(said) // 2 - len(amended)
    expect(
        told == +Counter({"revoked": (len(said) + 1) // 2, "StaleVersion": late}), f"they were told {said}"
    )
    expect(happened == ["granted", *["amended"] * len(amended), "revoked"], f"in no order: {happened}")
    expect(len(amended) <= 1, f"{len(amended)} amended one version")
    expect(not allowed(access, tenant), "somebody gets in")


def _cut_off_or_grant(access: SupportAccess, tenant: str, worker: int) -> str:
    if worker % 2:
        return grant(access, tenant)
    access.revoke_all(tenant, by=ana(tenant))
    return "cut off"


def _cut_off(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    happened = kinds(access, tenant)
    given = [each for each in said if each.startswith("gr_")]
    found = there(access, tenant)
    expect(len(given) == len(said) // 2, f"they were told {said}")
    expect(sorted(given) == sorted(each.id for each in found[1:]), f"{given} were given, {found} are there")
    expect(happened.count("granted") == 1 + len(given), f"not all are recorded: {happened}")
    cuts = [event.seq for event in access.ledger.history(tenant) if event.kind == "cut_off"]
    expect(1 <= len(cuts) <= said.count("cut off"), f"{len(cuts)} cut-offs")
    late = any(each.consent_seq > cuts[-1] for each in found)
    expect(allowed(access, tenant) is late, "what was given before the cut-off counts, or after it does not")


def _forget_or_grant(access: SupportAccess, tenant: str, worker: int) -> str:
    if worker:
        return grant(access, tenant)
    found = access.ledger.forget_tenant(tenant, by=KEEPER)
    return f"forgotten {found}"


def _forgotten(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    access.ledger.verify(VENDOR)
    heads = [
        event.body.head
        for event in access.ledger.history(VENDOR)
        if isinstance(event.body, TenantForgotten) and event.body.head.tenant == tenant
    ]
    expect(len(heads) == 1 and said[0] == f"forgotten {heads[0]}", f"forgotten {heads}, told {said[0]}")
    left = [each.id for each in there(access, tenant)]
    before = heads[0].seq - 2  # what was there before the race: rules adopted, and one grant
    expect(before + len(left) == len(said) - 1, f"{before} forgotten, {len(left)} left, told {said}")
    expect(set(left) <= set(said[1:]), f"{left} are left, told {said}")
    expect(kinds(access, tenant) == ["granted"] * len(left), "what was forgotten is there")


# --- erasing --------------------------------------------------------------------


def _erase(access: SupportAccess, tenant: str, worker: int) -> str:
    return f"{access.ledger.erase(tenant, by=KEEPER, events=[2, 3])} gone"


def _erased_once(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    # Of each of the two grants the reason goes; nobody has a name here.
    told = Counter(said)
    expect(told == {"2 gone": 1, "0 gone": len(said) - 1}, f"not one erased it all: {said}")
    expect(kinds(access, tenant) == ["granted", "granted", "erased"], "not one event")
    expect([each.reason for each in there(access, tenant)] == ["", ""], "a reason is left")


def _forget_or_erase(access: SupportAccess, tenant: str, worker: int) -> str:
    if worker == 0:
        return f"forgotten {access.ledger.forget_tenant(tenant, by=KEEPER)}"
    return _erase(access, tenant, worker) if worker % 2 else grant(access, tenant)


def _forgotten_or_erased(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    access.ledger.verify(VENDOR)
    expect(said[0].startswith("forgotten") and ";" not in said[0], f"told {said[0]}")
    # What there is to erase is there before it is forgotten, and after that only if two grants come back.
    most = 2 if len(said[2::2]) > 1 else 1
    told = Counter(said[1::2])
    possible = told.keys() <= {"NotFound", "0 gone", "2 gone"} and told["2 gone"] <= most
    expect(possible, f"of texts that go once, they were told {said[1::2]}")
    expect(all(each.startswith("gr_") and ";" not in each for each in said[2::2]), f"told {said[2::2]}")
    expect(set(kinds(access, tenant)) <= {"granted", "erased"}, "something else happened")


# --- one decision about a request -------------------------------------------------------------------------------------


def _ask(access: SupportAccess, tenant: str) -> None:
    access.request(tenant, by=KIM, flow="ask", to=Team("support"), reason="Boards missing")


def approve(access: SupportAccess, tenant: str, worker: int) -> str:
    """Approve what is asked for, as it is shown."""
    (found,) = access.requests(tenant)
    shown = access.preview(tenant, found.request.id)
    by = Member(f"m-{worker}", tenant=tenant, roles={"admin"})
    made = access.approve(tenant, found.request.id, by=by, digest=shown.digest, ends_by=shown.ends_at)
    return f"approved: {made.gave}"


def _approve_or(
    stop: Callable[[SupportAccess, str, str], object],
) -> Callable[[SupportAccess, str, int], str]:
    def act(access: SupportAccess, tenant: str, worker: int) -> str:
        if worker % 2:
            return approve(access, tenant, worker)
        (found,) = access.requests(tenant)
        stop(access, tenant, found.request.id)
        return "stopped"

    return act


def _one_decision(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    (found,) = access.requests(tenant)
    won = [each for each in said if each != "AlreadyDecided"]
    expect(len(won) == 1, f"not one decision: {said}")
    happened = kinds(access, tenant)
    given = [each.id for each in there(access, tenant)]
    if won[0] == "stopped":
        expect(happened[1:] in (["denied"], ["withdrawn"]) and not given, f"stopped, and then {happened}")
    else:
        expect(happened == ["requested", "approved", "granted"], f"in no order: {happened}")
        expect(
            [won[0]] == [f"approved: {each}" for each in given] and found.request.gave in given,
            f"given {given}",
        )
    expect(allowed(access, tenant) is bool(given), "somebody gets in who was not let in, or does not who was")


# --- activating against revoking the consent --------------------------------------------------------------------------


def _permit(access: SupportAccess, tenant: str) -> None:
    access.consent(tenant, by=ana(tenant), flow="permit", reason="Boards missing")


def _activate_or_revoke(access: SupportAccess, tenant: str, worker: int) -> str:
    (found,) = access.consents(tenant)
    if worker % 2:
        return access.activate(tenant, under=found.consent.id, by=KIM, reason="Boards missing").id
    access.revoke(tenant, found.consent.id, by=ana(tenant))
    return "allowed after the end" if allowed(access, tenant) else "revoked"


def _nothing_rests(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    happened = kinds(access, tenant)
    given = [each for each in said if each.startswith("gr_")]
    told = Counter(each for each in said if each not in given)
    late = len(said) // 2 - len(given)
    expect(
        told == +Counter({"revoked": (len(said) + 1) // 2, "ConsentMissing": late}), f"they were told {said}"
    )
    expect(happened == ["consented", *["granted"] * len(given), "revoked"], f"in no order: {happened}")
    expect(sorted(given) == sorted(each.id for each in there(access, tenant)), "what was given is not there")
    expect(not allowed(access, tenant), "somebody gets in")


RACES = {
    "one amends": Race(_amend, _one_amended, grants=1),
    "one grant of a single flow": Race(lambda a, tenant, _: grant(a, tenant), _one_grant, single=True),
    "one event of a key": Race(lambda a, tenant, _: grant(a, tenant, "k-1"), _one_grant),
    "freeze or grant": Race(_freeze_or_grant, _frozen),
    "revoke or amend": Race(_revoke_or_amend, _ended, grants=1),
    "cut off or grant": Race(_cut_off_or_grant, _cut_off, grants=1),
    "forget or grant": Race(_forget_or_grant, _forgotten, grants=1),
    "one erases": Race(_erase, _erased_once, grants=2),
    "approve or deny": Race(
        _approve_or(lambda a, tenant, rid: a.deny(tenant, rid, by=ana(tenant))), _one_decision, ready=_ask
    ),
    "approve or approve": Race(approve, _one_decision, ready=_ask),
    "approve or withdraw": Race(
        _approve_or(lambda a, tenant, rid: a.withdraw(tenant, rid, by=KIM)), _one_decision, ready=_ask
    ),
    "activate or revoke the consent": Race(_activate_or_revoke, _nothing_rests, ready=_permit),
    "forget or erase": Race(_forget_or_erase, _forgotten_or_erased, grants=2),
}
