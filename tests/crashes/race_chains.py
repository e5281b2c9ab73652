"""Races along chains of trust: what rests on a grant, a ticket, a session or an agent, against whatever ends it."""

from collections import Counter
from collections.abc import Sequence

from crashes import race_rounds
from crashes.race_rounds import KIM, Race, ana, expect, kinds, there
from grantkit import VENDOR, Agent, OpenEnded, SupportAccess, System

READ = {"policies": ["administrator"], "start": {"reason": {"min": 0}}}
HANDED = {"hand": {**READ, "ends": [{"elapsed": "PT4H"}], "delegate": {"to": ["agent:support"], "depth": 2}}}
BOUND = {
    "bound": {**READ, "ends": ["open_ended"], "longest": "open_ended", "start": {"tickets": "until_solved"}}
}
STAYS = {
    "stay": {
        **READ,
        "ends": [{"elapsed": "PT4H"}],
        "entry": {"required": True, "longest": {"elapsed": "PT2H"}},
    }
}
ASKED = {
    "asked": {
        "policies": ["administrator"],
        "ends": [{"elapsed": "PT4H"}],
        "to": ["agent:support"],
        "steps": [{"by": ["tenant:admin"]}],
    }
}
CLERK = System("tickets")


def lee(worker: int) -> Agent:
    """Return the agent whom a worker adds."""
    return Agent(f"a-lee-{worker}", teams={"support"})


def asker(tenant: str) -> Agent:
    """Return an agent of this tenant's round alone: a suspension holds at every tenant."""
    return Agent(f"a-{tenant}", teams={"support"})


def gets_in(access: SupportAccess, tenant: str, agent: Agent) -> bool:
    """Whether *agent* gets in."""
    return bool(access.authorize(agent, tenant, "board:read"))


def _known(said: Sequence[str], stopped: str, late: str, given: list[str]) -> None:
    """Expect that one half stopped it, and the other was given something or told that it was late."""
    told = Counter(each for each in said if each not in given)
    halves = {stopped: (len(said) + 1) // 2, late: len(said) // 2 - len(given)}
    expect(told == +Counter(halves), f"they were told {said}")


# --- handing on against revoking what is handed on --------------------------------------------------------------------


def _held(access: SupportAccess, tenant: str) -> None:
    access.grant(tenant, by=ana(tenant), to=KIM, flow="hand", reason="Boards missing")


def _delegate_or_revoke(access: SupportAccess, tenant: str, worker: int) -> str:
    parent = there(access, tenant)[0]
    if worker % 2:
        return access.delegate(tenant, parent.id, by=KIM, to=lee(worker), reason="Help").id
    access.revoke(tenant, parent.id, by=ana(tenant))
    inside = [one for one in range(4) if gets_in(access, tenant, lee(one))]
    return f"{inside} allowed after the end" if inside else "revoked"


def _none_below(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    happened = kinds(access, tenant)
    given = [each for each in said if each.startswith("gr_")]
    _known(said, "revoked", "ConsentMissing", given)
    expect(happened == ["granted", *["granted"] * len(given), "revoked"], f"in no order: {happened}")
    expect(
        sorted(given) == sorted(each.id for each in there(access, tenant)[1:]), "what was given is not there"
    )
    inside = [one for one in range(len(said)) if gets_in(access, tenant, lee(one))]
    expect(not inside, f"{inside} get in under a revoked grant")


# --- solving the last ticket against linking another ------------------------------------------------------------------


def _tied(access: SupportAccess, tenant: str) -> None:
    access.grant(
        tenant, by=ana(tenant), to=KIM, flow="bound", ends=OpenEnded(), reason="Boards", tickets=["T-1"]
    )


def _resolve_or_link(access: SupportAccess, tenant: str, worker: int) -> str:
    (found,) = there(access, tenant)
    if worker % 2:
        access.link_ticket(tenant, found.id, f"T-2-{worker}", by=ana(tenant))
        return f"T-2-{worker}"
    access.resolve_ticket(tenant, "T-1", by=CLERK)
    return "resolved"


def _last_ends_it(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    happened = kinds(access, tenant)
    (found,) = there(access, tenant)
    linked = [each for each in said if each.startswith("T-2")]
    _known(said, "resolved", "IllegalTransition", linked)
    if linked:
        late = len(linked) - happened.index("ticket_solved") + 1
        expect(late < len(linked), f"linked when it was over: {happened}")
        expect(
            sorted(happened) == sorted(["granted", "ticket_solved", *["ticket_linked"] * len(linked)]), "lost"
        )
    else:
        expect(happened == ["granted", "ticket_solved", "ended"], f"in no order: {happened}")
    expect(frozenset(linked) == found.open_tickets, f"open {found.open_tickets}, linked {linked}")
    expect(gets_in(access, tenant, KIM) is bool(linked), "the last ticket did not decide")


# --- entering against a freeze ----------------------------------------------------------------------------------------


def _open_to(access: SupportAccess, tenant: str) -> None:
    for worker in range(4):
        access.grant(tenant, by=ana(tenant), to=lee(worker), flow="stay", reason="Boards missing")


def _enter_or_freeze(access: SupportAccess, tenant: str, worker: int) -> str:
    if worker % 2:
        (mine,) = [one for one in there(access, tenant) if one.holder.id == lee(worker).id]
        return access.enter(tenant, mine.id, by=lee(worker), reason="Look").id
    access.freeze(tenant, by=ana(tenant))
    inside = [one for one in range(4) if gets_in(access, tenant, lee(one))]
    return f"{inside} allowed after the freeze" if inside else "frozen"


def _none_inside(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    happened = kinds(access, tenant)[4:]
    entered = [each for each in said if each.startswith("se_")]
    _known(said, "frozen", "TenantFrozen", entered)
    expect(happened == ["entered"] * len(entered) + ["frozen"], f"in no order: {happened}")
    there_now = sorted(status.session.id for status in access.sessions(tenant))
    expect(sorted(entered) == there_now, f"{entered} entered, {there_now} are there")
    expect(not any(gets_in(access, tenant, lee(one)) for one in range(len(said))), "somebody is in")


# --- suspending who asked against approving what they asked for -------------------------------------------------------


def _asked(access: SupportAccess, tenant: str) -> None:
    who = asker(tenant)
    access.request(tenant, by=who, flow="asked", to=who, reason="Boards missing")


def _suspend_or_approve(access: SupportAccess, tenant: str, worker: int) -> str:
    if worker % 2:
        return race_rounds.approve(access, tenant, worker)
    access.suspend(asker(tenant).id, by=CLERK)
    return "allowed after it" if gets_in(access, tenant, asker(tenant)) else "suspended"


def _suspended(access: SupportAccess, tenant: str, said: Sequence[str]) -> None:
    access.ledger.verify(VENDOR)
    whom = asker(tenant).id
    stops = [e for e in access.ledger.history(VENDOR) if e.kind == "suspended" and e.body.agent == whom]
    expect(len(stops) == 1, f"{len(stops)} suspensions")
    given = [each.id for each in there(access, tenant)]
    told = Counter(said)
    expect(told.pop("suspended", 0) == (len(said) + 1) // 2, f"they were told {said}")
    expect(len(given) == 1 and told.pop(f"approved: {given[0]}", 0) == 1, f"given {given}, told {said}")
    expect(told == +Counter({"AlreadyDecided": len(said) // 2 - 1}), f"they were told {said}")
    expect(kinds(access, tenant) == ["requested", "approved", "granted"], "not one approval")
    expect(not gets_in(access, tenant, asker(tenant)), "a suspended agent gets in")


RACES = race_rounds.RACES | {
    "delegate or revoke the parent": Race(_delegate_or_revoke, _none_below, ready=_held, flows=HANDED),
    "resolve or link": Race(_resolve_or_link, _last_ends_it, ready=_tied, flows=BOUND),
    "enter or freeze": Race(_enter_or_freeze, _none_inside, ready=_open_to, flows=STAYS),
    "suspend or approve": Race(_suspend_or_approve, _suspended, ready=_asked, flows=ASKED),
}
