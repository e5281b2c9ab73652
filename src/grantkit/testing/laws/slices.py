"""Laws of slices: everything that a command wants to read, in one go."""

from itertools import product

from grantkit.inputs import LATEST
from grantkit.lifecycle import Want
from grantkit.model import Agent, Cut, Holder, Stance
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import (
    DAY,
    KIM,
    LEE,
    NOON,
    SUPPORT,
    TECH,
    TICK,
    ask,
    consent,
    grant,
    over,
    request,
    retry,
    rich_request,
    rules,
    team,
    window,
)


def a_slice_holds_what_was_wanted(bench: Bench) -> None:
    """A slice holds each wanted grant that there is, over or not, and the stances of agents, named or holding one."""
    shelf = bench.shelf()
    rows = [
        grant("gr_live", holder=KIM, consent_seq=1),
        grant("gr_over", holder=LEE, ended=over(NOON - DAY), consent_seq=2),
        grant("gr_long_over", holder=LEE, ended=over(NOON - 2 * DAY), consent_seq=3),
        grant("gr_ahead", holder=SUPPORT, window=window(NOON + DAY, None), consent_seq=4),
        grant("gr_child", holder=TECH, parent="gr_live", consent_seq=5),
    ]
    shelf.put(
        "acme",
        *rows,
        *(Stance(agent=name, cut_off=1) for name in ("a-kim", "a-lee", "a-max", "tech", "support")),
    )
    ids = [row.id for row in rows]
    for wanted in (
        (),
        (ids[0],),
        (ids[1],),
        tuple(ids[1:3]),
        tuple(ids),
        ("gr_none",),
        ("gr_none", ids[3]),
        ids[3:],
    ):
        for agents in ((), ("a-max",), ("a-none", "a-kim"), ("tech",)):
            asking.load(bench, shelf, "acme", Want(grants=tuple(wanted), agents=agents))
    for holder, after in product(
        (KIM, LEE, SUPPORT, TECH, team(1)), (NOON - 3 * DAY, NOON - DAY, NOON, LATEST)
    ):
        asking.load(bench, shelf, "acme", Want(holder=holder, alive_after=after))
        asking.load(bench, shelf, "acme", Want(grants=("gr_over",), holder=holder, alive_after=after))
    found = shelf.store.load("acme", Want(holder=KIM))  # without a bound nobody's grants are asked for
    bench.same("head", shelf.head("acme"), found.head)


def a_slice_holds_consents_and_requests(bench: Bench) -> None:
    """A slice holds wanted consents and requests, by kind and id, and the stances of those for and by whom they are."""
    shelf = bench.shelf()
    agents = ("a-kim", "a-lee", "a-max", "a-zoe")
    asked = ask(Holder("agent", "a-max"))
    shelf.put(
        "acme",
        consent("cn_live", holder=LEE),
        consent("cn_over", holder=KIM, ended=over(NOON - DAY), consent_seq=2),
        consent("cn_team", consent_seq=3),
        request("rq_open", ask=asked, seq=4),
        request("rq_zoe", by=Agent("a-zoe"), seq=5, lapses_at=NOON - DAY),
        rich_request("rq_done", seq=6),
        grant("gr_1", holder=SUPPORT, consent_seq=7),
        *(Stance(agent=name, cut_off=place) for place, name in enumerate((*agents, "support", "m-bob"))),
    )
    shelf.put("globex", consent("cn_there", "globex"), request("rq_there", "globex"))
    ids = ("cn_live", "cn_over", "cn_team", "rq_open", "rq_zoe", "rq_done", "gr_1", "cn_none", "cn_there")
    for ident in ids:  # under the name of another kind it is not there
        for want in (Want(grants=(ident,)), Want(consents=(ident,)), Want(requests=(ident,))):
            found = asking.load(bench, shelf, "acme", want)
            bench.true(
                f"{ident} is one row at most", len((*found.grants, *found.consents, *found.requests)) <= 1
            )
    for many in (ids, ids[::2], ("rq_there", *ids[3:6])):
        asking.load(bench, shelf, "acme", Want(grants=many, consents=many, requests=many))
        asking.load(bench, shelf, "globex", Want(grants=many, consents=many, requests=many))
    for ident, names in (("rq_open", {"a-kim", "a-max"}), ("rq_zoe", {"a-zoe"}), ("rq_done", {"a-kim"})):
        found = shelf.store.load("acme", Want(requests=(ident,)))
        bench.same(f"stances of {ident}", names, names & {*found.stances})
    found = shelf.store.load("acme", Want(consents=("cn_live", "cn_team")))
    bench.same("stances of cn_live", {"a-lee"}, {"a-lee"} & {*found.stances})


def a_slice_remembers_keys(bench: Bench) -> None:
    """A slice holds each wanted use of a key under its row key, of this actor, verb and key alone."""
    shelf = bench.shelf()
    actors = (
        ("member", "acme", "m-ana"),
        ("member", "acme", "m-bob"),
        ("agent", "m-ana"),
        ("system", "m-ana"),
    )
    kept = [retry(key, actor) for actor in actors for key in ("k-1", "k-2")][:-1]
    shelf.put("acme", *kept)
    shelf.put("globex", retry("k-9", ("agent", "a-kim")))
    used = [(actor, "grant", key) for actor in actors for key in ("k-1", "k-2", "k-9")]
    for one in used:
        asking.load(bench, shelf, "acme", Want(retries=(one,)))
    asking.load(bench, shelf, "acme", Want(retries=tuple(used)))
    asking.load(bench, shelf, "acme", Want(retries=((("agent", "m-ana"), "amend", "k-1"),)))
    asking.load(bench, shelf, "globex", Want(retries=tuple(used)))


def a_slice_holds_cut_offs_and_rules(bench: Bench) -> None:
    """A slice holds all cut-offs in the order of their events, and the rule document last adopted, if wanted."""
    shelf = bench.shelf()
    asking.load(bench, shelf, "acme", Want(cuts=True, document=True))
    for seq, agent in ((2, None), (9, "a-kim"), (10, None), (11, "a-kim"), (99, None), (100, "a-lee")):
        shelf.put("acme", Cut(agent=agent, seq=seq, at=NOON + seq * TICK))
        asking.load(bench, shelf, "acme", Want(cuts=True))
    for each in (rules("one"), rules("two"), rules("one"), rules("three")):
        shelf.put("acme", documents=[each], rules=each.digest)
        shelf.put("globex", documents=[rules("of globex")], rules=rules("of globex").digest)
        for tenant in shelf.records:
            asking.load(bench, shelf, tenant, Want(document=True))
    shelf.put("acme", rules="0" * 64)  # a document that nobody has is none
    asking.load(bench, shelf, "acme", Want(document=True, cuts=True))


LAWS = (
    a_slice_holds_what_was_wanted,
    a_slice_holds_consents_and_requests,
    a_slice_remembers_keys,
    a_slice_holds_cut_offs_and_rules,
)
