"""Asking a store for what was put there, by every method of the port, and comparing."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from grantkit.decision import TenantFacts
from grantkit.lifecycle import Slice, Want
from grantkit.model import Entry, Grant, Holder, retry_key
from grantkit.ports import Due, GrantsOf, TenantsOf
from grantkit.testing.laws.bench import Bench, kind_of
from grantkit.testing.laws.samples import HOUR, NOON, TICK
from grantkit.testing.laws.shelf import Shelf

PLENTY = 10_000


def record(bench: Bench, shelf: Shelf, tenant: str) -> None:
    """Hold everything that is kept of *tenant* under its name against what was put there."""
    kept = shelf.record(tenant)
    found = shelf.store.events(tenant, 0, PLENTY)
    bench.finished(f"events of {tenant}", found)
    bench.same(f"events of {tenant}", kept.entries, found)
    rows = shelf.store.rows(tenant)
    bench.true(f"rows of {tenant} are a mapping", issubclass(kind_of(rows), Mapping))
    bench.same(f"rows of {tenant}", kept.rows, dict(rows))
    bench.same(f"head of {tenant}", shelf.head(tenant), shelf.store.load(tenant, Want()).head)


def records(bench: Bench, shelf: Shelf, *others: str) -> None:
    """Hold everything that is kept of every tenant, and of *others*, against what was put there."""
    for tenant in (*shelf.records, *others):
        record(bench, shelf, tenant)


def read(
    bench: Bench,
    shelf: Shelf,
    tenant: str,
    holders: tuple[Holder, ...],
    after: datetime = NOON,
    *,
    agent: str = "a-kim",
) -> TenantFacts:
    """Return what ``read`` gives, after holding it against what was put there."""
    found = shelf.store.read(tenant, agent, holders, after)
    facts(bench, shelf, found, tenant, holders, after=after, agent=agent)
    return found


def facts(
    bench: Bench,
    shelf: Shelf,
    found: TenantFacts,
    tenant: str,
    holders: tuple[Holder, ...],
    *,
    after: datetime,
    agent: str,
) -> None:
    """Hold the facts of a decision against what was put there; more of the same tenant does no harm."""
    what = f"facts of {tenant} for {agent} past {after:%Y-%m-%dT%H:%M:%S.%f}"
    bench.true(f"{what} are TenantFacts", type(found) is TenantFacts)
    bench.same(f"{what}: for whom", agent, found.agent)
    bench.same(f"{what}: head", shelf.head(tenant), found.head)
    bench.finished(f"{what}: grants", found.grants)
    every = shelf.grants(tenant)
    given = {grant.id: grant for grant in found.grants}
    bench.among(f"{what}: grants", shelf.candidates(tenant, holders, after), given)
    _known(bench, f"{what}: grants", every, ((grant.id, grant) for grant in found.grants))
    above: dict[str, Grant] = {}
    for grant in given.values():
        above |= shelf.ancestors(tenant, grant)
    bench.among(f"{what}: lineage", above, found.lineage)
    _known(bench, f"{what}: lineage", every, found.lineage.items())
    named = {agent, *(grant.holder.id for grant in above.values() if grant.holder.kind == "agent")}
    stances = shelf.stances(tenant)
    wanted = {name: stances[name] for name in sorted(named) if name in stances}
    bench.among(f"{what}: stances", wanted, found.stances)
    _known(bench, f"{what}: stances", stances, found.stances.items())


def _known(bench: Bench, what: str, every: Mapping[str, object], found: Iterable[tuple[str, object]]) -> None:
    """Break the law if something was found that is not kept there, or not as it is kept there now."""
    for key, row in found:
        if key not in every:
            bench.broken(f"{what}: {key} should not be there: {row!r}")
        bench.same(f"{what}: {key}", every[key], row)


def load(bench: Bench, shelf: Shelf, tenant: str, want: Want) -> Slice:
    """Return what ``load`` gives, after holding it against what was put there."""
    found = shelf.store.load(tenant, want)
    what = f"slice of {tenant}"
    bench.true(f"{what} is a Slice", type(found) is Slice)
    bench.same(f"{what}: head", shelf.head(tenant), found.head)
    every = shelf.grants(tenant)
    wanted = {ident: every[ident] for ident in want.grants if ident in every}
    if want.holder is not None and want.alive_after is not None:
        wanted |= shelf.alive(tenant, want.holder, want.alive_after)
    bench.among(f"{what}: grants", wanted, found.grants)
    _known(bench, f"{what}: grants", every, found.grants.items())
    agents = {*want.agents, *(each.holder.id for each in wanted.values() if each.holder.kind == "agent")}
    stances = shelf.stances(tenant)
    theirs = {agent: stances[agent] for agent in sorted(agents) if agent in stances}
    bench.among(f"{what}: stances", theirs, found.stances)
    _known(bench, f"{what}: stances", stances, found.stances.items())
    retries = shelf.retries(tenant)
    keys = [retry_key(*used) for used in want.retries]
    bench.same(f"{what}: retries", {key: retries[key] for key in keys if key in retries}, dict(found.retries))
    if want.cuts:
        bench.finished(f"{what}: cuts", found.cuts)
        bench.same(f"{what}: cuts", shelf.cuts(tenant), found.cuts)
    if want.document:
        adopted = shelf.documents.get(shelf.head(tenant).rules)
        bench.same(f"{what}: document", adopted, found.document)
    return found


def everything(shelf: Shelf, tenant: str, **more: object) -> Want:
    """Return the wish for all that a slice of *tenant* can hold."""
    return Want(
        grants=tuple(shelf.grants(tenant)),
        agents=tuple(shelf.stances(tenant)),
        cuts=True,
        document=True,
        retries=tuple((row.actor, row.verb, row.key) for row in shelf.retries(tenant).values()),
        **more,  # type: ignore[arg-type]  # holder and alive_after, by name
    )


def in_order(bench: Bench, shelf: Shelf, tenant: str, size: int = PLENTY) -> None:
    """Walk the grants of *tenant* by pages of *size*, and hold them against what was put there."""
    wanted = sorted(shelf.grants(tenant).values(), key=lambda grant: grant.consent_seq)
    found: list[Grant] = []
    after = 0
    while True:
        page = shelf.store.grants(GrantsOf(tenant=tenant, after=after, limit=size))
        _page(bench, f"grants of {tenant} past {after}", page, size)
        found.extend(page)
        if len(page) < size:
            break
        after = page[-1].consent_seq
        _goes_on(bench, f"grants of {tenant}", len(found), len(wanted))
    bench.same(f"grants of {tenant} by pages of {size}", tuple(wanted), tuple(found))


def history(bench: Bench, shelf: Shelf, tenant: str, size: int = PLENTY) -> None:
    """Walk the record of *tenant* by pages of *size*, and hold it against what was put there."""
    wanted = shelf.record(tenant).entries
    found: list[Entry] = []
    after = 0
    while True:
        page = shelf.store.events(tenant, after, size)
        _page(bench, f"events of {tenant} past {after}", page, size)
        found.extend(page)
        if len(page) < size:
            break
        after = page[-1].seq
        _goes_on(bench, f"events of {tenant}", len(found), len(wanted))
    bench.same(f"events of {tenant} by pages of {size}", wanted, tuple(found))


def listed(
    bench: Bench,
    shelf: Shelf,
    holders: tuple[Holder, ...],
    after: datetime = NOON,
    size: int = PLENTY,
    *,
    agent: str = "a-kim",
) -> None:
    """Walk the tenants where *holders* have something by pages of *size*, and hold them against what was put there."""
    wanted = shelf.where(holders, after)
    found: list[str] = []
    last = ""
    while True:
        query = TenantsOf(agent=agent, holders=holders, alive_after=after, after=last, limit=size)
        page = shelf.store.tenants(query)
        what = f"tenants past {last!r}"
        _page(bench, what, page, size)
        names = [each.head.tenant for each in page]
        bench.same(f"{what}: order", sorted({*names}), names)
        bench.true(f"{what} come after it", all(name > last for name in names))
        for each in page:
            facts(bench, shelf, each, each.head.tenant, holders, after=after, agent=agent)
        found.extend(names)
        if len(page) < size:
            break
        last = names[-1]
    # More than was asked for does no harm here either: each is judged again.
    bench.same(f"tenants by pages of {size}", wanted, [name for name in found if name in {*wanted}])


def due(bench: Bench, shelf: Shelf, by: datetime, size: int = PLENTY) -> None:
    """Ask for so many of the ends that are due, and hold them against what was put there."""
    what = f"due by {by:%Y-%m-%dT%H:%M:%S.%f}, {size} of them"
    wanted = shelf.due(by)
    found = shelf.store.grants(Due(by=by, limit=size))
    _page(bench, what, found, size)
    # Of those that close at one instant it is left open which comes first.
    bench.same(
        f"{what}: instants",
        tuple(sorted(each.window.closes for each in wanted)[:size]),
        tuple(each.window.closes for each in found),
    )
    kept = {(each.tenant, each.id): each for each in wanted}
    given = {(each.tenant, each.id): each for each in found}
    bench.same(f"{what}: each once", len(given), len(found))
    bench.among(what, given, kept)


def whole(bench: Bench, shelf: Shelf, *others: str, after: datetime = NOON) -> None:
    """Hold everything that can be asked of a store against what was put there, for *others* too."""
    holders = tuple(
        {grant.holder: None for tenant in shelf.records for grant in shelf.grants(tenant).values()}
    )
    for tenant in (*shelf.records, *others):
        record(bench, shelf, tenant)
        in_order(bench, shelf, tenant)
        read(bench, shelf, tenant, holders, after)
        load(bench, shelf, tenant, everything(shelf, tenant))
        for holder in holders:
            read(bench, shelf, tenant, (holder,), after, agent=holder.id)
            load(bench, shelf, tenant, Want(holder=holder, alive_after=after))
    if holders:
        listed(bench, shelf, holders, after)
    for by in (after - HOUR, after, after + TICK):
        due(bench, shelf, by)
    bench.same(
        "documents",
        shelf.documents,
        dict(shelf.store.documents((*shelf.documents, "0" * 64))),
    )


def _page(bench: Bench, what: str, page: tuple[object, ...], size: int) -> None:
    bench.finished(what, page)
    if len(page) > size:
        bench.broken(f"{what}: at most {size} were asked for, and more came")


def _goes_on(bench: Bench, what: str, found: int, wanted: int) -> None:
    # A page that begins before its cursor would be walked for ever.
    if found > wanted:
        bench.broken(f"{what} by pages: more come than there are")
