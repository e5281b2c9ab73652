"""Laws of what happens inside a tenant: sessions, tickets, suspensions, and uses that are counted beside the record."""

from datetime import timedelta

import attrs

from grantkit.errors import Corrupt
from grantkit.lifecycle import Want
from grantkit.model import (
    VENDOR,
    Agent,
    Freeze,
    Session,
    Stance,
    System,
    Usage,
    Use,
    Window,
    usage_key,
)
from grantkit.ports import SessionsOf, TenantsOf, UsagesOf, UsesOf
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import KIM, NOON, SUPPORT, TICK, consent, grant, over
from grantkit.testing.laws.shelf import Shelf

_HOUR = timedelta(hours=1)
_OUT = Freeze(by=System("boss"), at=NOON, seq=1)
_LOU = Agent("a-lou")


def _session(ident: str, agent: str, hours: int, *, tenant: str = "acme", seq: int = 1) -> Session:
    ends = Window(NOON - _HOUR, NOON + hours * _HOUR)
    return Session(id=ident, tenant=tenant, grant="gr_1", agent=agent, window=ends, seq=seq)


def sessions_are_read_until_they_are_over(bench: Bench) -> None:
    """With the facts come the asking agent's sessions that are over after the bound, of that tenant alone."""
    shelf = bench.shelf()
    left = attrs.evolve(_session("se_left", "a-kim", 9, seq=3), left_at=NOON)
    mine = _session("se_mine", "a-kim", 2, seq=1)
    shelf.put("acme", grant("gr_1", holder=KIM), mine, _session("se_lee", "a-lee", 2, seq=2), left)
    shelf.put("globex", grant("gr_1", "globex", holder=KIM), _session("se_far", "a-kim", 2, tenant="globex"))
    for bound, wanted in (
        (NOON - TICK, {"se_mine", "se_left"}),
        (NOON, {"se_mine"}),
        (NOON + 2 * _HOUR - TICK, {"se_mine"}),
        (NOON + 2 * _HOUR, set[str]()),
    ):
        facts = shelf.store.read("acme", "a-kim", (KIM,), bound)
        alive = {each.id: each for each in facts.sessions if each.over_at > bound and each.agent == "a-kim"}
        rows = {each.id: each for each in (mine, left) if each.id in wanted}
        bench.same(f"sessions of a-kim after {bound}", rows, alive)
        bench.same(
            "sessions of others", set[str](), {each.id for each in facts.sessions if each.tenant != "acme"}
        )
        slice_ = shelf.store.load("acme", Want(entered="a-kim", alive_after=bound))
        found = {ident for ident, each in slice_.sessions.items() if each.over_at > bound}
        bench.same(f"sessions for a command after {bound}", wanted, found)
    query = TenantsOf(agent="a-kim", holders=(KIM,), alive_after=NOON, after="", limit=9)
    (facts,) = (each for each in shelf.store.tenants(query) if each.head.tenant == "acme")
    bench.same("sessions in lists", {"se_mine"}, {each.id for each in facts.sessions if each.over_at > NOON})
    named = shelf.store.load("acme", Want(sessions=("se_lee", "se_none", "se_far")))
    bench.same("sessions by id", {"se_lee"}, set(named.sessions))


def sessions_come_in_pages(bench: Bench) -> None:
    """Sessions of a tenant come in the order of their events, page by page, each once, over or not."""
    shelf = bench.shelf()
    rows = [_session(f"se_{number}", "a-kim", number % 3, seq=number) for number in range(1, 8)]
    shelf.put("acme", *rows)
    shelf.put("globex", _session("se_far", "a-kim", 2, tenant="globex"))
    found: list[Session] = []
    while True:
        after = found[-1].seq if found else 0
        page = shelf.store.sessions(SessionsOf(tenant="acme", after=after, limit=3))
        found += page
        if len(page) < 3:  # noqa: PLR2004  # the limit
            break
        bench.true("pages that end", len(found) <= len(rows))
    bench.same("sessions in order", rows, found)
    bench.same("all rows of sessions", {each.id: each for each in rows}, _of_kind(shelf, "session"))


def _of_kind(shelf: Shelf, kind: str) -> dict[str, object]:
    return {key[1]: row for key, row in shelf.store.rows("acme").items() if key[0] == kind}


def suspensions_are_read_with_the_facts(bench: Bench) -> None:
    """Who is frozen in the vendor's record is suspended everywhere: who asks, and by whose leave a grant is there."""
    shelf = bench.shelf()
    by_lou = Agent("a-lou", teams={"support"})
    rows = (
        grant("gr_1", holder=SUPPORT, consent_seq=1),
        grant("gr_2", holder=KIM, parent="gr_1", added_by=by_lou, consent_seq=2),
    )
    shelf.put("acme", *rows)

    def suspended(tenant: str, agent: str) -> frozenset[str]:
        return shelf.store.read(tenant, agent, (KIM, SUPPORT), NOON).suspended

    bench.same("nobody", frozenset[str](), suspended("acme", "a-kim"))
    shelf.put(VENDOR, *(Stance(agent=name, freeze=_OUT) for name in ("a-kim", "a-lou", "a-lee")))
    bench.same("at a tenant", {"a-kim", "a-lou"}, suspended("acme", "a-kim"))
    bench.same("at a tenant without a record", {"a-kim"}, suspended("nowhere", "a-kim"))
    slice_ = shelf.store.load("acme", Want(grants=("gr_2",), agents=("a-max",)))
    bench.same("for a command", {"a-kim", "a-lou"}, slice_.suspended)
    bench.same("for who acts", {"a-lee"}, shelf.store.load("nowhere", Want(agents=("a-lee",))).suspended)
    shelf.put(VENDOR, *(Stance(agent=name, freeze=None) for name in ("a-kim", "a-lou", "a-lee")))
    bench.same("reinstated", frozenset[str](), suspended("acme", "a-kim"))


def what_a_ticket_keeps_open_is_found_by_it(bench: Bench) -> None:
    """By a ticket are found just the grants and consents that are bound to it, unsolved and without a recorded end."""
    shelf = bench.shelf()
    both = frozenset({"T-1", "T-2"})
    bound = grant("gr_bound", tickets=both, until_tickets=True, consent_seq=1)
    shelf.put(
        "acme",
        bound,
        grant("gr_loose", tickets=both, consent_seq=2),
        grant("gr_over", tickets=both, until_tickets=True, ended=over(NOON), consent_seq=3),
        grant("gr_half", tickets=both, until_tickets=True, solved=frozenset({"T-1"}), consent_seq=4),
        consent("co_bound", tickets=both, until_tickets=True, consent_seq=5),
    )
    shelf.put("globex", grant("gr_far", "globex", tickets=both, until_tickets=True))

    def found(ticket: str) -> set[str]:
        slice_ = shelf.store.load("acme", Want(ticket=ticket))
        return {*slice_.grants, *slice_.consents}

    bench.same("of the first", {"gr_bound", "co_bound"}, found("T-1"))
    bench.same("of the second", {"gr_bound", "gr_half", "co_bound"}, found("T-2"))
    bench.same("of none", set[str](), found("T"))
    shelf.put("acme", attrs.evolve(bound, solved=frozenset({"T-1"})))
    bench.same("after it was solved", {"co_bound"}, found("T-1"))
    shelf.put("acme", attrs.evolve(bound, tickets=both | {"T-3"}))
    bench.same("after another was linked, and it was linked again", {"gr_bound"}, found("T-3"))
    bench.same("linked again", {"gr_bound", "co_bound"}, found("T-1"))
    shelf.put("acme", attrs.evolve(bound, ended=over(NOON)))
    bench.same("after its end", {"co_bound"}, found("T-1"))


def uses_are_counted_beside_the_record_once(bench: Bench) -> None:
    """Counts add up beside the record, move no head, and leave with the batch that spends them, whole or not."""
    shelf = bench.shelf()
    use = Use(grant="gr_1", agent="a-kim", hour=NOON, count=2, last=NOON)
    later = attrs.evolve(use, last=NOON + TICK, count=3)
    shelf.store.count("acme", use)
    bench.same("where there is no record", (), _uses(shelf))
    shelf.put("acme", grant("gr_1"))
    head = shelf.head("acme")
    for each in (later, use, attrs.evolve(use, agent="a-lee"), attrs.evolve(use, hour=NOON - _HOUR)):
        shelf.store.count("acme", each)
    bench.same("the head", head, shelf.store.load("acme", Want()).head)
    added = attrs.evolve(use, count=5, last=NOON + TICK)
    wanted = (
        attrs.evolve(use, hour=NOON - _HOUR),
        added,
        attrs.evolve(use, agent="a-lee"),
    )
    bench.same("counted", wanted, _uses(shelf))
    before = shelf.store.uses(UsesOf(tenant=None, before=NOON, limit=9))
    bench.same("of the hours before", (("acme", wanted[0]),), before)
    past = UsesOf(tenant="acme", after=("acme", *added.key), limit=9)
    bench.same("past one", (("acme", wanted[2]),), shelf.store.uses(past))
    batch = attrs.evolve(shelf.batch("acme", _usage(added)), spends=(attrs.evolve(added, count=6),))
    bench.refused("more than was counted", Corrupt, lambda: shelf.store.append("acme", head.seq, batch))
    bench.same("after that", wanted, _uses(shelf))
    batch = attrs.evolve(batch, spends=(attrs.evolve(added, count=4), wanted[2]))
    shelf.store.append("acme", head.seq, batch)
    shelf.remember("acme", batch)
    bench.same("left", (wanted[0], attrs.evolve(added, count=1)), _uses(shelf))
    summed = shelf.store.usages(UsagesOf(tenant="acme", after=("", ""), limit=9))
    bench.same("summed up", (_usage(added),), summed)
    slice_ = shelf.store.load("acme", Want(usages=(("gr_1", "a-kim"), ("gr_1", "a-lee"))))
    bench.same("for a command", {usage_key("gr_1", "a-kim"): _usage(added)}, dict(slice_.usages))
    shelf.put(VENDOR, forgets="acme")
    bench.same("of a tenant that is forgotten", ((), ()), (_uses(shelf), tuple(_of_kind(shelf, "usage"))))


def _usage(use: Use) -> Usage:
    return Usage(grant=use.grant, agent=use.agent, count=4, last=use.last)


def _uses(shelf: Shelf) -> tuple[Use, ...]:
    return tuple(use for _, use in shelf.store.uses(UsesOf(tenant="acme", limit=9)))


LAWS = (
    sessions_are_read_until_they_are_over,
    sessions_come_in_pages,
    suspensions_are_read_with_the_facts,
    what_a_ticket_keeps_open_is_found_by_it,
    uses_are_counted_beside_the_record_once,
)
