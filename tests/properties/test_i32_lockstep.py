"""I-32: two stores in lock-step: whatever is done on both comes to the same, to the last byte of what is kept."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import attrs
import pytest

import oracle as model
from grantkit import VENDOR, Agent, Elapsed, Member, SupportAccess, System, Team, TenantFacts
from grantkit.errors import GrantkitError
from grantkit.lifecycle import Want
from grantkit.model import Grant, Holder
from grantkit.ports import Due, GrantsOf, Store, TenantsOf
from grantkit.stores import MemoryStore, SQLiteStore
from laws.broken_stores import BROKEN
from laws.plain_store import PlainStore
from properties.histories import Writer
from properties.vocabulary import AGENTS, EARLIEST, LAST, NOWHERE, TEAMS, TENANTS, Rights, Step, instant
from properties.world import World

TICK = timedelta(microseconds=1)
PLENTY = 10_000
SEEDS = 6 if os.environ.get("GRANTKIT_PROFILE") == "long" else 3
KEEPER = System("keeper")
KIM = Agent("a-kim", teams=set(TEAMS), name="Kim e\u0301")


class Apart(AssertionError):
    """Two stores did not come to the same."""


class Keyed:
    """A front door at which grants are asked for with a key."""

    def __init__(self, access: SupportAccess, key: str) -> None:
        self.access, self.key = access, key

    def grant(self, *args: Any, **said: Any) -> Any:
        return self.access.grant(*args, **said, key=self.key)


class Side(World):
    """The library over one store, with nothing left to chance."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.access = SupportAccess(
            self.store,
            clock=self.clock,
            rules=self.rules.__getitem__,
            id_factory=lambda _: self.next_id,
            salts=lambda: bytes(range(16)),
            member_rights=Rights(),
        )

    def come_to(self, call: Callable[["Side"], Any]) -> Any:
        """Return what a call comes to: a result, or an error with its fields."""
        try:
            return "gave", call(self)
        except GrantkitError as error:
            return "refused", type(error), str(error), error.fields

    def do_with(self, step: Step, key: str | None) -> Any:
        """Carry out a step of a random history, with a key if there is one."""
        access, self.access = self.access, self.access if key is None else Keyed(self.access, key)
        try:
            return self.do(step)
        finally:
            self.access = access


BAD: tuple[Callable[[SupportAccess, str], Any], ...] = (
    lambda access, tenant: access.grant("", by=_ana(tenant), to=Team("support"), ends=Elapsed(hours=1)),
    lambda access, tenant: access.grant(
        tenant, by=_ana(tenant), to="support", ends=Elapsed(hours=1), reason="x"
    ),
    lambda access, tenant: access.grant(tenant, by=_ana(tenant), to=Team("support"), reason="\x00"),
    lambda access, tenant: access.grant(
        tenant, by=_ana("elsewhere"), to=Team("support"), ends=Elapsed(hours=1)
    ),
    lambda access, tenant: access.amend(tenant, "gr_1", by=_ana(tenant), version=0),
    lambda access, tenant: access.amend(
        tenant, "gr_absent", by=_ana(tenant), version=1, ends=Elapsed(hours=1)
    ),
    lambda access, tenant: access.revoke(tenant, "gr_1\n", by=_ana(tenant)),
    lambda access, tenant: access.revoke(tenant, "gr_absent", by=_ana(tenant)),
    lambda access, tenant: access.freeze(tenant, by=_ana(tenant), agent="%"),
    lambda access, tenant: access.ledger.erase(tenant, by=KEEPER),
    lambda access, tenant: access.ledger.erase(tenant, by=KEEPER, events=[PLENTY]),
    lambda access, tenant: access.ledger.erase(tenant, by=_ana(tenant), people=["m-ana"]),
    lambda access, tenant: access.ledger.forget_tenant(tenant, by=_ana(tenant)),
    lambda access, tenant: access.ledger.forget_tenant("never-was", by=KEEPER),
    lambda access, tenant: access.authorize(KIM, tenant, "board"),
    lambda access, tenant: access.ledger.as_of(tenant, KIM, "board:read", at=datetime(2027, 1, 1)),  # noqa: DTZ001
    lambda access, tenant: access.ledger.as_of(
        tenant, KIM, "board:read", at=instant(EARLIEST), known_at=PLENTY
    ),
)
"""Calls that are refused, and what they are refused by must be the same."""


def _ana(tenant: str) -> Member:
    return Member("m-ana", tenant=tenant, roles={"admin", "owner"}, name="Ana caf\u00e9")


def _anybody_in_charge(tenant: str) -> model.Actor:
    return "member", "m-ana", tenant, frozenset({"admin", "owner"}), {}, None


@attrs.define
class Pair:
    """Two sides and what was done on both; where the model stands tells the writer what there is to do."""

    one: Side
    other: Side
    oracle: model.Oracle = attrs.field(factory=model.Oracle)
    known: dict[str, int] = attrs.field(factory=dict[str, int])
    tally: Counter[str] = attrs.field(factory=Counter[str])

    @property
    def now(self) -> int:
        return self.one.now

    @property
    def laws(self) -> Any:
        return self.one.laws

    def same(self, what: str, call: Callable[[Side], Any]) -> Any:
        """Make a call on both sides, and return what it came to on both."""
        ours, theirs = self.one.come_to(call), self.other.come_to(call)
        if ours != theirs:
            raise Apart(f"{what}: one {ours}, other {theirs}")
        self.tally[ours[0]] += 1
        return ours

    # --- what is done -------------------------------------------------------------------------------------------------

    def take(self, step: Step, key: str | None = None) -> None:
        """Take a step of a random history on both sides, and on the model as far as it goes."""
        if step.verb in ("clock", "rules"):
            self.one.take(step)
            self.other.take(step)
            return
        if step.verb == "sweep":
            self.same("sweep", lambda side: frozenset(side.access.delivery.sweep()))
            for tenant in self.oracle.logs:
                self.oracle.sweep(self.now, tenant=tenant, digest=self.one.digests[tenant])
            return
        law, digest = self.laws[step.tenant], self.one.digests[step.tenant]
        getattr(self.oracle, step.verb)(model.Call(step.tenant, step.by, self.now, law, digest), **step.args)
        came = self.same(str(step), lambda side: side.do_with(step, key))
        self.tally[f"{step.verb} {came[0]}"] += 1
        if came[0] == "refused":
            self.tally[came[1].__name__] += 1

    def keep(self, writer: Writer, tenant: str) -> None:
        """Do what the model knows nothing of: erase, forget, ask for what cannot be, repeat with a key."""
        rng = writer.rng
        kind = rng.randrange(9)
        if kind == 0 and rng.random() < 1 / 2:
            self.same(f"forget {tenant}", lambda side: side.access.ledger.forget_tenant(tenant, by=KEEPER))
            self.oracle.logs.pop(tenant, None)
            self.tally["forgotten"] += 1
        elif kind <= 2:
            there = range(1, self.known.get(tenant, 0) + 2)  # and one that is not
            events = rng.sample(there, min(len(there), rng.choice((0, 1, 2))))
            people = rng.sample(("m-ana", "m-bob", "x-sam", *AGENTS), 1 if events else rng.choice((1, 2)))
            by = rng.choice((KEEPER, KEEPER, KIM))
            said = {"by": by, "events": events, "people": people}
            came = self.same(f"erase {tenant} {said}", lambda side: side.access.ledger.erase(tenant, **said))
            self.tally["erased"] += came[1] if came[0] == "gave" else 0
        elif kind <= 4:
            bad = rng.choice(BAD)
            number = BAD.index(bad)
            self.same(f"bad call {number} of {tenant}", lambda side: bad(side.access, tenant))
        elif kind == 5:
            ana = _anybody_in_charge(tenant)
            self.take(Step("freeze", tenant, ana, {"agent": None}))
            self.take(Step("unfreeze", tenant, ana, {"agent": None, "revoke": rng.random() < 1 / 4}))
            self.take(Step("revoke_all", tenant, ana, {"agent": rng.choice((None, *AGENTS))}))
        else:
            step, key = self._named(writer, tenant), f"k-{rng.randrange(4)}"
            for _ in range(rng.choice((1, 2))):  # and perhaps once more, which gives the same back
                self.take(step, key)
            self.tally["keyed"] += 1

    @staticmethod
    def _named(writer: Writer, tenant: str) -> Step:
        """Return a grant by somebody who may, for a reason that a careless store would change."""
        step = writer._grant(tenant)
        reason = writer.rng.choice(("cafe\u0301", "caf\u00e9", "100%_"))
        return step._replace(by=_anybody_in_charge(tenant), args={**step.args, "reason": reason})

    # --- what is compared ---------------------------------------------------------------------------------------------

    def settle(self, tenant: str, *, whole: bool = False) -> None:
        """Compare what is kept of a tenant: what is new in its record, and every row."""
        after = 0 if whole else self.known.get(tenant, 0)
        head = self.same(f"head of {tenant}", lambda side: side.store.load(tenant, Want()).head)[1]
        if head.seq < after:
            after = 0  # forgotten, and begun anew
        self.same(f"entries of {tenant}", lambda side: side.store.events(tenant, after, PLENTY))
        self.same(f"rows of {tenant}", lambda side: dict(side.store.rows(tenant)))
        self.known[tenant] = head.seq

    def look(self, writer: Writer, tenant: str) -> None:
        """Compare what the methods of the port give, at instants where it could differ."""
        rng = writer.rng
        after = instant(writer.moment(tenant)) + rng.choice((-TICK, 0 * TICK, TICK))
        after = min(max(after, instant(EARLIEST)), instant(LAST))
        agent = rng.choice(AGENTS)
        teams = [Holder("team", team) for team in rng.sample(TEAMS, rng.randrange(4))]
        holders = (Holder("agent", agent), *teams)
        size = rng.choice((1, 2, PLENTY))
        listed = TenantsOf(
            agent=agent, holders=holders, alive_after=after, after=rng.choice(("", "acme")), limit=size
        )
        grants = (f"gr_{rng.randrange(PLENTY)}", writer.an_id(tenant))
        want = Want(
            grants=grants,
            agents=AGENTS,
            holder=rng.choice(holders),
            alive_after=after,
            cuts=True,
            document=True,
        )
        read = (tenant, agent, holders, after)
        self.same("read", lambda side: _promised(side.store.read(*read), holders, after))
        self.same("load", lambda side: side.store.load(tenant, want))
        self.same(
            "tenants", lambda side: [_promised(facts, holders, after) for facts in side.store.tenants(listed)]
        )
        self.same("due", lambda side: _due(side.store, after, size))
        self.same("grants", lambda side: side.store.find(GrantsOf(tenant=tenant, after=size % 5, limit=size)))

    def ask(self, writer: Writer, tenant: str) -> None:
        """Compare decisions, lists, and answers about the past."""
        for question in writer.questions(tenant, 3):
            who = Agent(question.agent, teams=set(question.teams))
            where, what = question.tenant, (question.action, instant(question.now))
            on = {"resource": question.resource, "act_as": question.act_as}
            self.same(
                str(question),
                lambda side, who=who, where=where, what=what, on=on: _told(
                    side.access.authorize(who, where, *what, **on)
                ),
            )
            self.same(
                f"past of {question}",
                lambda side, who=who, where=where, what=what, on=on: _told(
                    side.access.ledger.as_of(where, who, what[0], at=what[1], **on)
                ),
            )
            self.tally["questions"] += 2
        self.same(
            f"visible at {what[1]}", lambda side: side.access.visible_tenants(who, what[1], action=what[0])
        )
        self.same(f"grants of {tenant}", lambda side: side.access.grants(tenant))

    def close(self) -> None:
        """Compare everything, from the first event on."""
        for tenant in (*TENANTS, NOWHERE, VENDOR):
            self.settle(tenant, whole=True)
            self.same(f"verify {tenant}", lambda side, tenant=tenant: side.access.ledger.verify(tenant))
            self.same(f"export {tenant}", lambda side, tenant=tenant: _exported(side.access, tenant))
            self.same(f"history of {tenant}", lambda side, tenant=tenant: side.access.ledger.history(tenant))


def _promised(facts: TenantFacts, holders: tuple[Holder, ...], after: datetime) -> Any:
    """Return of facts what every store must give: it may give more, and the core judges it."""
    grants: set[Grant] = set()
    for holder in holders:
        held = [grant for grant in facts.grants if grant.holder == holder]
        last = max((grant.over_at for grant in held if grant.over_at <= after), default=None)
        grants |= {grant for grant in held if grant.over_at > after or grant.over_at == last}
    above, lineage = [grant.parent for grant in grants], {}
    while above:
        ident = above.pop()
        if ident in facts.lineage and ident not in lineage:
            lineage[ident] = facts.lineage[ident]
            above.append(lineage[ident].parent)
    named = {facts.agent, *(grant.holder.id for grant in lineage.values() if grant.holder.kind == "agent")}
    stances = {name: stance for name, stance in facts.stances.items() if name in named}
    return facts.head, facts.agent, grants, lineage, stances


def _due(store: Store, by: datetime, size: int) -> Any:
    """Return what is due; of what closes at one instant it is left open which comes first, and so which is cut off."""
    found = store.find(Due(by=by, limit=size))
    return frozenset(found) if size == PLENTY else [grant.window.closes for grant in found]


def _told(decision: Any) -> Any:
    return decision.to_dict(), decision.explain()


def _exported(access: SupportAccess, tenant: str) -> Any:
    into = BytesIO()
    return access.ledger.export(tenant, into), into.getvalue()


def live(seed: int, one: Store, other: Store, steps: int) -> Pair:
    """Live the history of a seed on two stores; raise :class:`Apart` where they do not come to the same."""
    pair = Pair(Side(store=one), Side(store=other))
    writer = Writer(seed, pair)
    for number in range(steps):
        step = writer.step()
        pair.take(step)
        tenant = step.tenant or writer.rng.choice(TENANTS)
        if writer.chance(25):
            pair.keep(writer, tenant)
        for each in TENANTS if step.verb == "sweep" else (tenant,):
            pair.settle(each)
        pair.look(writer, tenant)
        if number % 5 == 0:
            pair.ask(writer, tenant)
    pair.close()
    return pair


@pytest.mark.parametrize("seed", range(SEEDS))
def test_i32_sqlite_and_memory_come_to_the_same(tmp_path, seed):
    """Any history of commands gives equal results, errors, entries, rows and decisions in memory and in a file."""
    with SQLiteStore(tmp_path / "records.db") as store:
        tally = live(seed, MemoryStore(), store, 60).tally
    assert min(tally["gave"], tally["refused"], tally["grant gave"], tally["questions"]) > 4


def test_i32_histories_do_all_there_is_to_do():
    """Histories in lock-step give every command, are refused for many reasons, and erase, forget and repeat."""
    tally: Counter[str] = Counter()
    for seed in range(8):
        tally += live(seed, MemoryStore(), PlainStore(), 40).tally
    verbs = ("grant", "amend", "revoke", "relinquish", "revoke_all", "freeze", "unfreeze", "correct_clock")
    assert [verb for verb in verbs if not tally[f"{verb} gave"]] == []
    assert [what for what in ("erased", "forgotten", "keyed") if tally[what] < 3] == []
    refusals = (
        "NotEntitled",
        "TermNotOffered",
        "InvalidInput",
        "IdempotencyMismatch",
        "NotFound",
        "TenantFrozen",
    )
    assert [name for name in refusals if not tally[name]] == []


SABOTAGE = (
    "instants to the millisecond", "texts are composed", "salts are made anew", "erased texts stay",
    "a freeze that is lifted stays", "ended grants are forgotten", "a bound a microsecond too late",
    "cut-offs in the order of letters", "only the rows are forgotten", "documents that nobody finds",
    "keys that are remembered for one grant", "what closes at the bound is not due",
)  # fmt: skip
"""Faults that commands can bring to light, of those that the laws know."""
TELLING = {
    "erased texts stay": 2,
    "cut-offs in the order of letters": 4,
    "what closes at the bound is not due": 2,
}
"""The history in which each of these shows first: it is lived first."""


@pytest.mark.parametrize("fault", SABOTAGE)
def test_i32_a_broken_store_falls_out_of_step(fault):
    """A store with one fault does not come to the same within a few histories, so the comparison sees something."""
    with pytest.raises(Apart):
        live_some(BROKEN[fault].make, TELLING.get(fault, 0))


def live_some(make: Callable[[], Store], first: int) -> None:
    for seed in (first, *(seed for seed in range(20) if seed != first)):
        live(seed, MemoryStore(), make(), 40)
