"""Asking a store for what was put there, by every method of the port, and comparing."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import attrs

from grantkit.decision import TenantFacts
from grantkit.lifecycle import Slice, Want, agents_of
from grantkit.model import AccessRequest, Consent, Entry, Grant, Holder, retry_key
from grantkit.ports import ConsentsOf, Due, Found, GrantsOf, RequestsOf, TenantsOf
from grantkit.testing.laws.bench import Bench, kind_of
from grantkit.testing.laws.samples import HOUR, NOON, TICK
from grantkit.testing.laws.shelf import Shelf, place_of

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
    bench.finished(f"{what}: consents", found.consents)
    relied_on = {consent.id: consent for consent in found.consents}
    bench.among(f"{what}: consents", shelf.relied_on(tenant, holders, after), relied_on)
    _known(bench, f"{what}: consents", shelf.consents(tenant), relied_on.items())
    above: dict[str, Grant | Consent] = {}
    for grant in given.values():
        above |= shelf.ancestors(tenant, grant)
    bench.among(f"{what}: lineage", above, found.lineage)
    _known(bench, f"{what}: lineage", shelf.made(tenant), found.lineage.items())
    held = (*above.values(), *relied_on.values())
    named = {agent, *(each.holder.id for each in held if each.holder.kind == "agent")}
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
    agents = {*want.agents, *_agents(wanted.values())}
    for kind, idents, kept, given in (
        ("consents", want.consents, shelf.consents(tenant), found.consents),
        ("requests", want.requests, shelf.requests(tenant), found.requests),
    ):
        theirs = {ident: kept[ident] for ident in idents if ident in kept}
        bench.among(f"{what}: {kind}", theirs, given)
        _known(bench, f"{what}: {kind}", kept, given.items())
        agents |= _agents(theirs.values())
    stances = shelf.stances(tenant)
    named = {agent: stances[agent] for agent in sorted(agents) if agent in stances}
    bench.among(f"{what}: stances", named, found.stances)
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


def _agents(rows: Iterable[Found]) -> set[str]:
    return {agent for row in rows for agent in agents_of(row)}


def everything(shelf: Shelf, tenant: str, **more: object) -> Want:
    """Return the wish for all that a slice of *tenant* can hold."""
    return Want(
        grants=tuple(shelf.grants(tenant)),
        consents=tuple(shelf.consents(tenant)),
        requests=tuple(shelf.requests(tenant)),
        agents=tuple(shelf.stances(tenant)),
        cuts=True,
        document=True,
        retries=tuple((row.actor, row.verb, row.key) for row in shelf.retries(tenant).values()),
        **more,  # type: ignore[arg-type]  # holder and alive_after, by name
    )


def in_order(bench: Bench, shelf: Shelf, tenant: str, size: int = PLENTY) -> None:
    """Walk grants, consents and requests of *tenant* by pages of *size*, and hold them against what was put there."""
    _in_order(bench, shelf, GrantsOf(tenant=tenant, after=0, limit=size), shelf.grants(tenant).values())
    _in_order(bench, shelf, ConsentsOf(tenant=tenant, after=0, limit=size), shelf.consents(tenant).values())
    _in_order(bench, shelf, RequestsOf(tenant=tenant, after=0, limit=size), shelf.requests(tenant).values())


def _in_order(
    bench: Bench, shelf: Shelf, query: GrantsOf | ConsentsOf | RequestsOf, there: Iterable[Found]
) -> None:
    wanted = sorted(there, key=seq_of)
    what = f"{type(query).__name__} {query.tenant}"
    found: list[Found] = []
    while True:
        page = shelf.store.find(query)
        _page(bench, f"{what} past {query.after}", page, query.limit)
        found.extend(page)
        if len(page) < query.limit:
            break
        query = attrs.evolve(query, after=seq_of(page[-1]))
        _goes_on(bench, what, len(found), len(wanted))
    bench.same(f"{what} by pages of {query.limit}", tuple(wanted), tuple(found))


def seq_of(row: Found) -> int:
    """Return the sequence of the event that made *row*: its place in its order, and the cursor past it."""
    return row.seq if isinstance(row, AccessRequest) else row.consent_seq


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
    """Walk what is due by pages of *size*, and hold it against what was put there."""
    what = f"due by {by:%Y-%m-%dT%H:%M:%S.%f}"
    wanted = shelf.due(by)
    found: list[Found] = []
    query = Due(by=by, limit=size)
    while True:
        page = shelf.store.find(query)
        _page(bench, f"{what} past {query.after}", page, size)
        found.extend(page)
        if len(page) < size:
            break
        query = attrs.evolve(query, after=place_of(page[-1]))
        _goes_on(bench, what, len(found), len(wanted))
    bench.same(f"{what} by pages of {size}", tuple(wanted), tuple(found))


def whole(bench: Bench, shelf: Shelf, *others: str, after: datetime = NOON) -> None:
    """Hold everything that can be asked of a store against what was put there, for *others* too."""
    holders = tuple({made.holder: None for tenant in shelf.records for made in shelf.made(tenant).values()})
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
