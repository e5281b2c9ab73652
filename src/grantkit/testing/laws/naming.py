"""Laws of names: ids are compared byte for byte, none is a pattern, and no part of a key runs over into the next."""

from grantkit.lifecycle import Want
from grantkit.model import Agent, Cut, Freeze, Head, Holder, Retry, Row, Stance, Text
from grantkit.ports import TenantsOf
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import HOUR, JOB, NOON, ask, consent, grant, over, request, retry
from grantkit.testing.laws.shelf import Shelf, salt

CASES = ("Acme", "ACME", "acme", "aCME", "x-KIM")
"""Ids that differ in case alone: all of one store."""
LIKE = (
    *(
        "a_b",
        "aXb",
        "a-b",
        "a.b",
        "a",
        "a_",
        "a_b_",
        "aa",
        "ab",
        "a/b",
        "a/b/c",
        "a|b",
        "a:b",
        "a+b",
        "a=b",
        "a~b",
    ),
    *(
        "0",
        "00",
        "1e1",
        "10",
        "0x10",
        "007",
        "7",
        "9" * 200,
        "9" * 199,
        "null",
        "NULL",
        "None",
        "true",
        "a@b.c",
    ),
)
"""Ids that a pattern, a prefix, a delimiter or a number would mix up."""


def _plant(shelf: Shelf, ids: tuple[str, ...]) -> None:
    """Put one of everything under each of *ids*: as a tenant; and in the first as agent, team, grant and key."""
    for number, tenant in enumerate(ids, 1):
        rows: list[Row] = []
        for place, ident in enumerate(ids if number == 1 else (tenant,), 1):
            held = grant(ident, tenant, holder=Holder("agent", ident), consent_seq=2 * place, version=number)
            team = grant(
                _second(ident), tenant, holder=Holder("team", ident), consent_seq=2 * place + 1, reason=ident
            )
            stance = Stance(
                agent=ident, cut_off=number * 100 + place, freeze=Freeze(by=JOB, at=NOON, seq=place)
            )
            used = Retry(actor=("agent", ident), verb="grant", key=ident, payload="", subject=ident)
            rows += [held, team, stance, used]
            rows += [
                consent(_second(ident, "c"), tenant, holder=Holder("agent", ident), consent_seq=place),
                request(
                    _second(ident, "r"), tenant, by=Agent(ident), ask=ask(Holder("team", ident)), seq=place
                ),
            ]
        texts = tuple(Text(f"name:member:{ident}", salt(ident), ident) for ident in sorted(ids))
        shelf.put(tenant, *rows, texts=(texts,), cut_off=number)


def _second(ident: str, letter: str = "") -> str:
    # The longest ids differ in length alone.
    return f"{letter}{len(ident)}-{ident[:190]}" if letter else f"{ident[:198]}~="


def _each_by_itself(bench: Bench, shelf: Shelf, ids: tuple[str, ...]) -> None:
    home = ids[0]
    asking.in_order(bench, shelf, home)
    for ident in ids:
        agent, team = Holder("agent", ident), Holder("team", ident)
        asking.record(bench, shelf, ident)
        for tenant in (home, ident):
            asking.read(bench, shelf, tenant, (agent, team), agent=ident)
            asking.read(bench, shelf, tenant, (team,), agent=ident)
        used = (("agent", ident), "grant", ident)
        want = Want(
            grants=(ident, _second(ident)),
            consents=(_second(ident, "c"),),
            requests=(_second(ident, "r"),),
            agents=(ident,),
            retries=(used,),
            holder=team,
            alive_after=NOON,
        )
        found = asking.load(bench, shelf, home, want)
        bench.same(f"stances of {ident}", {ident}, {*found.stances})
        asking.listed(bench, shelf, (agent,), agent=ident)


def ids_differ_in_case(bench: Bench) -> None:
    """Ids that differ in case alone are different: of tenants, agents, teams, grants and keys."""
    shelf = bench.shelf()
    _plant(shelf, CASES)
    _each_by_itself(bench, shelf, CASES)
    # What is asked for in a case in which it was never written is not there.
    asking.record(bench, shelf, "AcmE")
    asking.read(bench, shelf, "AcmE", (Holder("agent", "acme"),))
    asking.read(bench, shelf, "acme", (Holder("agent", "X-Kim"),), agent="X-Kim")
    bench.same("tenants of X-Kim", (), shelf.store.tenants(_everywhere(Holder("agent", "X-Kim"))))
    bench.same("grants by another case", {}, dict(shelf.store.load("acme", Want(grants=("AcmE",))).grants))


def _everywhere(holder: Holder) -> TenantsOf:
    return TenantsOf(agent=holder.id, holders=(holder,), alive_after=NOON, after="", limit=asking.PLENTY)


def no_id_is_a_pattern(bench: Bench) -> None:
    """An id stands for itself: an underscore for no letter, a prefix for nothing longer, digits for no number."""
    shelf = bench.shelf()
    _plant(shelf, LIKE)
    _each_by_itself(bench, shelf, LIKE)
    for ident in ("a__b", "a_c", "b", "a/", "1", "0.0", "8" * 200):
        asking.record(bench, shelf, ident)
        asking.read(bench, shelf, ident, (Holder("agent", "a_b"), Holder("team", "a")))
        bench.same(f"tenants of {ident[:9]}", (), shelf.store.tenants(_everywhere(Holder("agent", ident))))


def a_holder_is_a_kind_and_an_id(bench: Bench) -> None:
    """An agent and a team of one id are two holders, and a stance on an agent is none on the team."""
    shelf = bench.shelf()
    agent, team = Holder("agent", "duty"), Holder("team", "duty")
    shelf.put(
        "acme", grant("gr_1", holder=agent), grant("gr_2", holder=team, consent_seq=2), Stance(agent="duty")
    )
    past = [grant("gr_5", holder=agent, ended=over(NOON - 2 * HOUR), consent_seq=3)]
    past += [grant("gr_6", holder=team, ended=over(NOON - HOUR), consent_seq=4)]
    shelf.put("acme", *past)
    shelf.put("globex", grant("gr_3", "globex", holder=team))
    shelf.put("initech", grant("gr_4", "initech", holder=agent))
    for holder, idents, tenants in (
        (agent, {"gr_1"}, ["acme", "initech"]),
        (team, {"gr_2"}, ["acme", "globex"]),
    ):
        asking.read(bench, shelf, "acme", (holder,), agent="duty")
        slice_ = asking.load(bench, shelf, "acme", Want(holder=holder, alive_after=NOON))
        bench.same(
            f"what {holder} has alive",
            idents,
            {each.id for each in slice_.grants.values() if each.holder == holder and each.over_at > NOON},
        )
        asking.listed(bench, shelf, (holder,), agent="duty")
        listed = shelf.store.tenants(_everywhere(holder))
        alive = [
            facts.head.tenant
            for facts in listed
            if any(each.holder == holder and each.over_at > NOON for each in facts.grants)
        ]
        bench.same(f"where {holder} has something", tenants, alive)
    asking.whole(bench, shelf)


def parts_of_a_key_stay_apart(bench: Bench) -> None:
    """Keys whose parts look the same when they are joined are different keys, whatever they would be joined by."""
    shelf = bench.shelf()
    actors: list[tuple[str, ...]] = [
        ("member", "acme", "m"),
        ("member", "acme"),
        ("agent", "acme"),
        ("agent", "m"),
        ("system", "m"),
    ]
    for joint in (":", "/", "|", ".", "-", "_", "=", "~", "@", "+"):
        actors += [("agent", f"a{joint}b"), ("member", "a", f"b{joint}c"), ("member", f"a{joint}b", "c")]
    retries = [
        retry(key, actor, verb)
        for actor in actors
        for verb in ("grant", "b")
        for key in ("k", "b:k", "grant")
    ]
    rows: list[Row] = [
        *retries,
        grant("agent"),
        grant("cut", consent_seq=2),
        Stance(agent="4"),
        Stance(agent="grant"),
    ]
    cuts = [Cut(agent=None, seq=seq, at=NOON) for seq in (4, 40, 10, 9)]
    shelf.put("acme", *rows, *cuts)
    asking.record(bench, shelf, "acme")
    for one in retries:
        found = shelf.store.load("acme", Want(retries=((one.actor, one.verb, one.key),)))
        bench.same(f"use of {one.row_key}", {one.row_key: one}, dict(found.retries))
    for absent in (
        (("agent",), "m", "grant"),
        (("agent", "m"), "gran", "tk"),
        (("agent", "m", "grant"), "k", ""),
    ):
        bench.same(f"use of {absent}", {}, dict(shelf.store.load("acme", Want(retries=(absent,))).retries))


def tenants_never_see_each_other(bench: Bench) -> None:
    """Two tenants with the same local ids have nothing in common: each is found at its own, and only there."""
    shelf = bench.shelf()
    here, there = "acme", "acme-2"  # the one is how the other begins
    for place, tenant in enumerate((here, there), 1):
        held = {"holder": Holder("agent", "a-kim"), "version": place, "reason": tenant}
        rows = [grant(f"gr_{number}", tenant, consent_seq=number, **held) for number in (1, 2)]
        rows += [grant("gr_child", tenant, parent="gr_top", consent_seq=3, holder=Holder("team", "support"))]
        rows += [grant(f"gr_{tenant}", tenant, consent_seq=4, parent=f"gr_{_other(tenant)}", **held)]
        rows += [grant("gr_resting", tenant, consent_seq=6, parent=f"cn_{_other(tenant)}", **held)]
        asked: list[Row] = [
            consent(ident, tenant, holder=Holder("agent", "a-kim"), reason=tenant, consent_seq=number)
            for number, ident in enumerate(("cn_1", f"cn_{tenant}"), 1)
        ]
        asked += [
            request(ident, tenant, by=Agent("a-kim"), reason=tenant, seq=number)
            for number, ident in enumerate(("rq_1", f"rq_{tenant}"), 1)
        ]
        shelf.put(
            tenant,
            *rows,
            *asked,
            Stance(agent=f"a-{tenant}", cut_off=place),
            retry(f"k-{tenant}"),
            cut_off=place,
        )
        shelf.put(
            tenant, Cut(agent=None, seq=place, at=NOON), texts=((Text("reason", salt(tenant), tenant),),)
        )
    # What it rests on is at the other tenant alone: here it is missing, and must stay so.
    shelf.put(
        there, grant("gr_top", there, holder=Holder("agent", "a-lee"), consent_seq=5), Stance(agent="a-lee")
    )
    shelf.put(here, Stance(agent="a-kim", cut_off=7))
    shelf.put("acm", Stance(agent="a-kim", cut_off=8))
    for tenant in (*shelf.records, "acme-", "nobody"):
        asking.record(bench, shelf, tenant)
        asking.history(bench, shelf, tenant, size=1)
        asking.in_order(bench, shelf, tenant, size=1)
        for agent in ("a-kim", "a-lee", f"a-{_other(tenant)}"):
            asking.read(
                bench, shelf, tenant, (Holder("agent", "a-kim"), Holder("team", "support")), agent=agent
            )
        for other in (here, there):
            ids = (f"gr_{other}", "gr_1", "gr_top")
            keys = ((("member", "acme", "m-ana"), "grant", f"k-{other}"),)
            want = Want(
                grants=ids,
                consents=(f"cn_{other}", "cn_1"),
                requests=(f"rq_{other}", "rq_1"),
                agents=(f"a-{other}",),
                retries=keys,
                cuts=True,
            )
            asking.load(bench, shelf, tenant, want)
        asking.load(bench, shelf, tenant, Want(holder=Holder("team", "support"), alive_after=NOON, cuts=True))
    asking.listed(bench, shelf, (Holder("agent", "a-kim"), Holder("team", "support")))
    asking.due(bench, shelf, NOON.replace(year=2030))


def _other(tenant: str) -> str:
    return "acme" if tenant == "acme-2" else "acme-2"


def the_vendors_record_is_kept_like_any(bench: Bench) -> None:
    """The vendor's own record, whose key is no id, is kept beside those of tenants, and mixes with none."""
    shelf = bench.shelf()
    for tenant in ("@vendor", "vendor", "acme"):
        texts = ((Text("name:agent:a-kim", salt(tenant), f"Kim of {tenant}"),), ())
        cut = Cut(agent=None, seq=1, at=NOON)
        shelf.put(tenant, Stance(agent="a-kim", cut_off=2), cut, retry(tenant), texts=texts, cut_off=1)
    shelf.put("@vendor", erases=((1, "name:agent:a-kim"),))
    shelf.put("vendor", grant("gr_1", "vendor"))
    for tenant in shelf.records:
        asking.record(bench, shelf, tenant)
        asking.history(bench, shelf, tenant, size=1)
        asking.load(bench, shelf, tenant, asking.everything(shelf, tenant))
        asking.read(bench, shelf, tenant, (Holder("team", "support"),))
    asking.listed(bench, shelf, (Holder("team", "support"),), size=1)


def a_tenant_that_never_was_is_empty(bench: Bench) -> None:
    """A tenant that nothing was ever written of has a head at 0, and nothing else: no error, and no trace of asking."""
    shelf = bench.shelf()
    for _ in range(2):
        for tenant in ("acme", "@vendor"):
            asking.record(bench, shelf, tenant)
            asking.in_order(bench, shelf, tenant)
            facts = asking.read(bench, shelf, tenant, (Holder("agent", "a-kim"),))
            bench.same("head", Head(tenant=tenant), facts.head)
            want = Want(
                grants=("gr_1",),
                agents=("a-kim",),
                holder=Holder("agent", "a-kim"),
                alive_after=NOON,
                cuts=True,
                document=True,
                retries=((("agent", "a-kim"), "grant", "k"),),
            )
            asking.load(bench, shelf, tenant, want)
        asking.listed(bench, shelf, (Holder("agent", "a-kim"),))
        asking.due(bench, shelf, NOON)
        bench.same("documents", {}, dict(shelf.store.documents(("0" * 64,))))
        asking.read(bench, shelf, "acme", ())
        bench.same("tenants of nobody", (), shelf.store.tenants(_of_nobody()))


def _of_nobody() -> TenantsOf:
    return TenantsOf(agent="a-kim", holders=(), alive_after=NOON, after="", limit=9)


LAWS = (
    ids_differ_in_case,
    no_id_is_a_pattern,
    a_holder_is_a_kind_and_an_id,
    parts_of_a_key_stay_apart,
    tenants_never_see_each_other,
    the_vendors_record_is_kept_like_any,
    a_tenant_that_never_was_is_empty,
)
