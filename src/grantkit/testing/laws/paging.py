"""Laws of paging: pages of any size make up the same whole, in order, also while others write."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs

from grantkit.inputs import EARLIEST, LATEST
from grantkit.model import AccessRequest, Ending, Grant, OpenEnded, Row, Settling
from grantkit.ports import ConsentsOf, Due, Found, GrantsOf, RequestsOf, TenantsOf
from grantkit.testing.laws import asking
from grantkit.testing.laws.bench import Bench
from grantkit.testing.laws.samples import (
    HOLDERS,
    HOUR,
    KIM,
    LEE,
    NOON,
    SUPPORT,
    TICK,
    consent,
    grant,
    over,
    request,
    settled,
    window,
)
from grantkit.testing.laws.shelf import Shelf

SIZES = (1, 2, 3, 5, 7, 100)
_THERE = 10


def events_come_in_pages(bench: Bench) -> None:
    """Events come in the order of their sequence, past a cursor, and pages of every size make up the whole record."""
    shelf = bench.shelf()
    for count in (1, 3, 2, 6):
        shelf.put("acme", texts=((),) * count)
        shelf.put("globex")
    for size in SIZES:
        for tenant in (*shelf.records, "new"):
            asking.history(bench, shelf, tenant, size)
    every = shelf.record("acme").entries
    for after in range(len(every) + 2):
        bench.same(f"events past {after}", every[after : after + 4], shelf.store.events("acme", after, 4))


def grants_come_in_pages(bench: Bench) -> None:
    """Grants of a tenant come in the order of their consent, and pages of every size make up the whole."""
    shelf = bench.shelf()
    seqs = (10, 9, 100, 2, 11, 1, 99, 2**31, 3, 2**53 - 1)  # written in another order, under ids in a third
    for place, seq in enumerate(seqs):
        shelf.put(
            "acme", grant(f"gr_{place * 7 % 10}", consent_seq=seq, ended=over(NOON) if place % 3 else None)
        )
        shelf.put("globex", grant(f"gr_{place}", "globex", consent_seq=seq))
    for size in SIZES:
        for tenant in (*shelf.records, "new"):
            asking.in_order(bench, shelf, tenant, size)
    shelf.put(
        "acme",
        *(attrs.evolve(each, version=9, window=window(end=None)) for each in _some(shelf.grants("acme"))),
    )
    for size in SIZES:
        asking.in_order(bench, shelf, "acme", size)


def _some(grants: dict[str, Grant]) -> list[Grant]:
    return [each for each in grants.values() if each.ended is None]


def consents_and_requests_come_in_pages(bench: Bench) -> None:
    """Consents and requests come in the order of their events, each kind by itself, settled, over or neither."""
    shelf = bench.shelf()
    seqs = (10, 9, 100, 2, 11, 1, 99, 2**31, 3, 2**53 - 1)
    for place, seq in enumerate(seqs):
        number, odd = place * 7 % 10, bool(place % 3)
        rows: list[Row] = [
            consent(f"cn_{number}", consent_seq=seq, ended=over(NOON) if odd else None),
            request(f"rq_{number}", seq=seq, settled=settled() if odd else None),
        ]
        shelf.put("acme", *rows)
        shelf.put(
            "globex",
            consent(f"cn_{place}", "globex", consent_seq=seq),
            request(f"rq_{place}", "globex", seq=seq),
        )
        shelf.put("initech", grant(f"gr_{place}", "initech", consent_seq=seq))
    for size in SIZES:
        for tenant in (*shelf.records, "new"):
            asking.in_order(bench, shelf, tenant, size)
    # What becomes of them moves none of them.
    consents, requests = shelf.consents("acme").values(), shelf.requests("acme").values()
    shelf.put("acme", *(attrs.evolve(each, ended=over(NOON - HOUR)) for each in consents))
    shelf.put("acme", *(attrs.evolve(each, settled=settled(), gave="gr_1", needs=0) for each in requests))
    for size in SIZES:
        asking.in_order(bench, shelf, "acme", size)


def tenants_come_in_pages(bench: Bench) -> None:
    """Tenants come in the order of their ids, byte by byte, each once, and pages of every size make up the whole."""
    shelf = bench.shelf()
    names = ("b", "a", "B", "A", "a-1", "a.1", "a_1", "a1", "a~", "Z", "z", "10", "9", "aa", "a" * 200, "0")
    for place, tenant in enumerate(names):
        shelf.put(
            tenant,
            grant("gr_1", tenant, holder=KIM),
            grant(
                "gr_2", tenant, holder=SUPPORT, window=window(NOON - HOUR, NOON + place * TICK), consent_seq=2
            ),
            grant("gr_3", tenant, holder=LEE, ended=over(NOON - HOUR), consent_seq=3),
        )
    for size in SIZES:
        for holders in (HOLDERS, (SUPPORT,), (LEE,), (KIM, LEE)):
            asking.listed(bench, shelf, holders, NOON, size)
            asking.listed(bench, shelf, holders, NOON + 5 * TICK, size)
    shelf.put(
        "b",
        grant("gr_1", "b", holder=KIM, ended=over(NOON)),
        grant("gr_2", "b", ended=over(NOON), consent_seq=2),
    )
    asking.listed(bench, shelf, HOLDERS, NOON, 2)


def lists_hold_the_facts_of_decisions(bench: Bench) -> None:
    """Each tenant of a list comes with what ``read`` gives for the same agent, what ended and what it rests on too."""
    shelf = bench.shelf()
    for place in range(6):
        tenant = f"tenant-{place}"
        shelf.put(
            tenant,
            grant("gr_top", tenant, holder=LEE, ended=over(NOON - HOUR)),
            grant("gr_live", tenant, holder=SUPPORT, parent="gr_top", consent_seq=2),
            grant("gr_over", tenant, holder=KIM, ended=over(NOON - place * TICK), consent_seq=3),
            consent("cn_live", tenant, holder=KIM),
            cut_off=place,
        )
    query = TenantsOf(agent="a-kim", holders=HOLDERS, alive_after=NOON, after="", limit=9)
    for facts in shelf.store.tenants(query):
        read = asking.read(bench, shelf, facts.head.tenant, HOLDERS)
        bench.same("head", read.head, facts.head)
        for name in ("lineage", "stances"):
            bench.same(f"{name} of a list", dict(getattr(read, name)), dict(getattr(facts, name)))
        promised = shelf.candidates(facts.head.tenant, HOLDERS, NOON)
        bench.among("grants of a list", promised, {each.id: each for each in facts.grants})
        consents = shelf.relied_on(facts.head.tenant, HOLDERS, NOON)
        bench.among("consents of a list", consents, {each.id: each for each in facts.consents})
    asking.listed(bench, shelf, HOLDERS, size=2)


def pages_do_not_shift_while_others_write(bench: Bench) -> None:
    """Whoever pages while others write misses nothing that was there from the beginning, and gets nothing twice."""
    for size in (1, 2, 3):
        shelf = bench.shelf()
        for place in range(_THERE):
            shelf.put(f"t-{2 * place:02}", grant("gr_1", f"t-{2 * place:02}"))
            at = 10 * place + 10
            shelf.put(
                "acme",
                grant(f"gr_{place}", consent_seq=at),
                consent(f"cn_{place}", consent_seq=at),
                request(f"rq_{place}", seq=at),
            )
        there: tuple[list[Any], ...] = (
            [each.seq for each in shelf.record("acme").entries],
            [each.consent_seq for each in shelf.grants("acme").values()],
            [each.consent_seq for each in shelf.consents("acme").values()],
            [each.seq for each in shelf.requests("acme").values()],
            shelf.where((SUPPORT,), NOON),
        )
        walks: tuple[Iterator[list[Any]], ...] = (
            _events(shelf, size),
            _found(shelf, GrantsOf(tenant="acme", after=0, limit=size)),
            _found(shelf, ConsentsOf(tenant="acme", after=0, limit=size)),
            _found(shelf, RequestsOf(tenant="acme", after=0, limit=size)),
            _tenants(shelf, size),
        )
        found: tuple[list[Any], ...] = tuple([] for _ in walks)
        nothing: list[Any] = []
        for turn in range(200):
            pages = [next(walk, nothing) for walk in walks]
            if not any(pages):
                break
            for into, page in zip(found, pages, strict=True):
                into.extend(page)
            if turn < _THERE:  # before, among and behind what has been walked
                between = f"t-{2 * turn + 1:02}"
                shelf.put(
                    "acme",
                    grant(f"gr_new_{turn}", consent_seq=1000 + turn),
                    consent(f"cn_new_{turn}", consent_seq=1000 + turn),
                    request(f"rq_new_{turn}", seq=1000 + turn),
                    *_again(turn),
                )
                shelf.put(between, grant("gr_1", between))
        kinds = ("events", "grants", "consents", "requests", "tenants")
        for what, walked, before in zip(kinds, found, there, strict=True):
            bench.same(f"{what} by pages of {size}: each once, in order", sorted({*walked}), walked)
            missed = [each for each in before if each not in walked]
            bench.same(f"{what} by pages of {size}: missed", [], missed)


def _again(turn: int) -> tuple[Row, ...]:
    """Return what was there before, one of each kind, as it is after a change."""
    at, ended = 10 * turn + 10, over(NOON - HOUR) if turn % 2 else None
    return (
        grant(f"gr_{turn}", consent_seq=at, version=2, ended=ended),
        consent(f"cn_{turn}", consent_seq=at, ended=ended),
        request(f"rq_{turn}", seq=at, settled=settled() if turn % 2 else None, needs=0),
    )


def _events(shelf: Shelf, size: int) -> Iterator[list[int]]:
    after = 0
    while page := shelf.store.events("acme", after, size):
        after = page[-1].seq
        yield [each.seq for each in page]


def _found(shelf: Shelf, query: GrantsOf | ConsentsOf | RequestsOf) -> Iterator[list[int]]:
    while page := shelf.store.find(query):
        query = attrs.evolve(query, after=asking.seq_of(page[-1]))
        yield [asking.seq_of(each) for each in page]


def _tenants(shelf: Shelf, size: int) -> Iterator[list[str]]:
    after = ""
    query = TenantsOf(agent="a-kim", holders=(SUPPORT,), alive_after=NOON, after=after, limit=size)
    while page := shelf.store.tenants(attrs.evolve(query, after=after)):
        after = page[-1].head.tenant
        yield [each.head.tenant for each in page]


def what_is_due_comes_earliest_first(bench: Bench) -> None:
    """Due is what is over by the bound, at the very instant too, of any tenant and kind: earliest, tenant, id."""
    shelf = bench.shelf()
    ends = (5, 1, 4, 1, 3, 9, 2, 6)
    for place, hours in enumerate(ends):
        tenant = ("acme", "globex", "initech")[place % 3]
        made = grant(
            f"gr_{place % 4}", tenant, window=window(NOON - HOUR, NOON + hours * HOUR), consent_seq=place + 1
        )
        # At one instant: several tenants, and kinds whose ids stand among each other.
        spans = window(NOON - HOUR, NOON + (hours % 5) * HOUR)
        shelf.put(
            tenant,
            made,
            consent(f"{'gh'[place % 2]}s_{place}", tenant, window=spans, consent_seq=place + 1),
            request(
                f"{'gf'[place % 2]}r_r{place}", tenant, lapses_at=NOON + (hours % 4) * HOUR, seq=place + 1
            ),
        )
    shelf.put("acme", grant("gr_open", window=window(EARLIEST, None), consent_seq=50))
    shelf.put("acme", consent("cn_open", window=window(EARLIEST, None), consent_seq=50))
    shelf.put("acme", request("rq_open", lapses_at=OpenEnded(), seq=50))
    shelf.put("globex", grant("gr_last", "globex", window=window(EARLIEST, LATEST), consent_seq=50))
    for hours in range(11):
        for by in (NOON + hours * HOUR - TICK, NOON + hours * HOUR, NOON + hours * HOUR + TICK):
            for size in (1, 2, 3, 100):
                asking.due(bench, shelf, by, size)
    for by in (EARLIEST, LATEST - TICK, LATEST):
        asking.due(bench, shelf, by)


def recorded_ends_are_not_due(bench: Bench) -> None:
    """What is recorded as over is never due again: recording what is due comes to an end, with each of them once."""
    shelf = bench.shelf()
    for place in range(9):
        tenant = ("acme", "globex")[place % 2]
        rows: list[Row] = [
            grant(
                f"gr_{place}",
                tenant,
                window=window(NOON - HOUR, NOON + (place % 4) * HOUR),
                consent_seq=place + 1,
            )
        ]
        rows += [
            grant(
                f"gr_{how.value}_{place}",
                tenant,
                ended=over(NOON, how=how),
                consent_seq=100 + 10 * place + number,
            )
            for number, how in enumerate(Ending)
        ]
        spans = window(NOON - HOUR, NOON + (place % 3) * HOUR)
        lapses = NOON + (place % 5) * HOUR
        rows += [
            consent(f"cn_{place}", tenant, window=spans, consent_seq=place + 1),
            consent(f"cn_x{place}", tenant, ended=over(NOON), consent_seq=100 + place),
            request(f"rq_{place}", tenant, lapses_at=lapses, seq=place + 1),
        ]
        rows += [
            request(
                f"rq_{how.value}_{place}",
                tenant,
                lapses_at=lapses,
                seq=100 + 10 * place + number,
                settled=settled(how=how),
            )
            for number, how in enumerate(Settling)
        ]
        shelf.put(tenant, *rows)
    by = NOON + 3 * HOUR
    wanted = {(each.tenant, each.id) for each in shelf.due(by)}
    recorded: list[tuple[str, str]] = []
    while True:
        asking.due(bench, shelf, by, 2)
        found = shelf.store.find(Due(by=by, limit=2))
        if not found:
            break
        for each in found:
            recorded.append((each.tenant, each.id))
            shelf.put(each.tenant, _recorded(each, by))
        if len(recorded) > len(wanted):
            bench.broken("what was recorded is due again")
    bench.same("recorded, each once", sorted(wanted), sorted(recorded))
    asking.whole(bench, shelf, after=by)


def _recorded(row: Found, at: datetime) -> Row:
    if isinstance(row, AccessRequest):
        return attrs.evolve(row, settled=settled(at, how=Settling.LAPSED))
    return attrs.evolve(row, ended=over(at, how=Ending.EXPIRED))


LAWS = (
    events_come_in_pages,
    grants_come_in_pages,
    consents_and_requests_come_in_pages,
    tenants_come_in_pages,
    lists_hold_the_facts_of_decisions,
    pages_do_not_shift_while_others_write,
    what_is_due_comes_earliest_first,
    recorded_ends_are_not_due,
)
